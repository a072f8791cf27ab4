#include "milter/cli/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "milter/dns/server_address.h"
#include "policy/domain.h"
#include "policy/load/daemon_keys.h"
#include "policy/load/value.h"
#include "policy/load/yaml_reader.h"

namespace milter {
namespace {

using policy::Findings;
using policy::YamlMapping;

constexpr auto kKeys = policy::names(policy::kDaemonKeys);
constexpr auto kBudgetKeys = policy::names(policy::kBudgetKeys);
constexpr auto kLogKeys = policy::names(policy::kLogKeys);
constexpr auto kHeaderKeys = policy::names(policy::kHeaderKeys);
constexpr std::string_view kDetails[]{"facts", "brief", "none"};
constexpr int kLargestBacklog = 65535;
constexpr std::chrono::milliseconds kLongestTime = std::chrono::minutes(5);  // MTAs give up before that

// "5s", "250ms".
std::optional<std::chrono::milliseconds> duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc{} || number < 0 || number > 1'000'000) return std::nullopt;
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "ms") return std::chrono::milliseconds(number);
  return std::nullopt;
}

void read_time(const YamlMapping& from, std::string_view key, std::chrono::milliseconds& into,
               Findings& findings) {
  const auto value = from.find(key);
  if (!value) return;
  const auto time = duration(value->text());
  if (!time || *time > kLongestTime)
    findings.error(value->at(), "expected a time like 5s or 250ms, at most 300s, read " + value->described());
  else
    into = *time;
}

void read_mode(const YamlMapping& from, unsigned& into, Findings& findings) {
  const auto value = from.find("socket_mode");
  if (!value) return;
  const auto text = value->text();
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mode > 0777)
    findings.error(value->at(), "expected a file mode like \"0660\", read " + value->described());
  else
    into = mode;
}

void read_backlog(const YamlMapping& from, int& into, Findings& findings) {
  const auto value = from.find("backlog");
  if (!value) return;
  const auto text = value->text();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > kLargestBacklog)
    findings.error(value->at(), fmt::format("expected a number of connections, 1 to {}, read {}",
                                            kLargestBacklog, value->described()));
  else
    into = number;
}

void read_log(const YamlMapping& root, LogOptions& log, Findings& findings) {
  const auto value = root.find("log");
  if (!value) return;
  const YamlMapping from(*value, "log", kLogKeys, findings);
  log.file = from.text("file").value_or("");
  log.at = from.place_of("file");
  log.to_stdout = from.flag("stdout").value_or(log.to_stdout);
  log.journal = from.flag("journal").value_or(log.journal);
  log.syslog = from.flag("syslog").value_or(log.syslog);
  const auto accepted = from.word("accepted", kDetails);
  if (accepted == "brief") log.accepted = policy::Detail::brief;
  if (accepted == "none") log.accepted = policy::Detail::none;
}

// An authserv-id may be more (RFC 8601 2.2), but then readers differ.
void check_id(const policy::YamlValue& value, const std::string& id, Findings& findings) {
  if (!policy::is_host_name(id))
    findings.error(value.at(), "expected a name like mx.example.net, read " + value.described());
}

std::string read_authserv_id(const YamlMapping& from, Findings& findings) {
  const auto id = from.text("authserv_id").value_or("");
  if (!id.empty()) check_id(*from.find("authserv_id"), id, findings);
  return id;
}

std::vector<std::string> read_ids(const YamlMapping& from, std::string_view key, Findings& findings) {
  std::vector<std::string> ids;
  for (const auto& item : from.list(key, "ids")) {
    ids.push_back(item.text());
    check_id(item, ids.back(), findings);
  }
  return ids;
}

// Whoever keeps results of an id lets strangers write them, unless another filter sees to it.
void check_kept(const YamlMapping& from, const Config& config, Findings& findings) {
  if (config.kept_ids.empty()) return;
  const auto at = from.place_of("keep");
  if (!from.flag("from_filter_before_us").value_or(false))
    findings.error(
        at,
        "results of these ids are kept whoever brings them; if a filter before us writes them, and removes "
        "those that it did not write, say from_filter_before_us: true");
  for (const auto& id : config.kept_ids) {
    const auto is = [&](const std::string& other) { return policy::same_name(other, id); };
    const auto& also = config.headers.also_ours;
    if (is(config.headers.authserv_id) || std::any_of(also.begin(), also.end(), is))
      findings.error(at, id + " cannot be kept: it is one of ours, whose results are removed");
  }
}

void read_headers(const YamlMapping& root, Config& config, Findings& findings) {
  auto& headers = config.headers;
  const auto value = root.find("headers");
  if (!value) return;
  const YamlMapping from(*value, "headers", kHeaderKeys, findings);
  headers.authentication_results =
      from.flag("authentication_results").value_or(headers.authentication_results);
  headers.received_spf = from.flag("received_spf").value_or(headers.received_spf);
  headers.quarantine = from.text("quarantine").value_or(headers.quarantine);
  headers.authserv_id = read_authserv_id(from, findings);
  headers.also_ours = read_ids(from, "also_ours", findings);
  for (const auto& item : from.list("relays", "networks"))
    if (const auto network = policy::read_network(item, findings)) headers.relays.push_back(*network);
  if (!headers.relays.empty() && headers.also_ours.empty())
    findings.error(from.place_of("relays"),
                   "relays keep results of also_ours, and there are none: expected also_ours");
  config.kept_ids = read_ids(from, "keep", findings);
  check_kept(from, config, findings);
}

void read_metrics(const YamlMapping& from, std::string& into, Findings& findings) {
  const auto value = from.find("metrics");
  if (!value) return;
  const auto text = from.text("metrics").value_or("");
  const auto address = ServerAddress::parse(text);
  if (!text.empty() && (!address || address->text() == address->ip.text()))
    findings.error(value->at(), "expected ADDRESS:PORT like 127.0.0.1:9550, read " + value->described());
  else
    into = text;
}

std::string beside(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  return (std::filesystem::path(file).parent_path() / path).string();  // an absolute path stays itself
}

}  // namespace

policy::Loaded<Config> load_config(const policy::Source& source) {
  Findings findings(source.file);
  const auto root = policy::parse_yaml(source, findings);
  if (!root) return {std::nullopt, findings.by_place()};
  Config config;
  const YamlMapping from(*root, "the daemon file", kKeys, findings);
  config.socket.address = from.text("socket").value_or(config.socket.address);
  read_mode(from, config.socket.mode, findings);
  config.socket.group = from.text("socket_group").value_or("");
  read_backlog(from, config.socket.backlog, findings);
  config.user = from.text("user").value_or("");
  config.policy = beside(source.file, from.text("policy").value_or(""));
  config.replies = beside(source.file, from.text("replies").value_or(""));
  config.resolvers = from.texts("resolvers", "addresses of resolvers");
  if (const auto budgets = from.find("budgets")) {
    const YamlMapping times(*budgets, "budgets", kBudgetKeys, findings);
    read_time(times, "rcpt", config.budgets.rcpt, findings);
    read_time(times, "message", config.budgets.message, findings);
  }
  read_time(from, "drain", config.drain, findings);
  read_log(from, config.log, findings);
  config.log.file = beside(source.file, config.log.file);
  read_headers(from, config, findings);
  config.state = beside(source.file, from.text("state").value_or(""));
  read_metrics(from, config.metrics, findings);
  if (findings.has_errors()) return {std::nullopt, findings.by_place()};
  return {std::move(config), findings.by_place()};
}

}  // namespace milter
