#include "milter/dns/zone_parse.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "policy/domain.h"
#include "policy/load/zone_keys.h"
#include "policy/nearest.h"

namespace milter {

namespace {

constexpr std::array kTypes{RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::txt,
                            RecordType::ptr};
constexpr std::string_view kAlias = "CNAME";
constexpr auto kTypeNames = policy::names(policy::kZoneKeys);
const std::vector<std::string> kTypeWords(kTypeNames.begin(), kTypeNames.end());

std::optional<RecordType> parse_type(std::string_view word) {
  for (const auto type : kTypes)
    if (policy::same_name(word, to_text(type))) return type;
  return std::nullopt;
}

std::optional<Trouble::Kind> parse_trouble(const YAML::Node& node) {
  if (!node.IsScalar()) return std::nullopt;
  if (node.Scalar() == "SERVFAIL") return Trouble::Kind::serv_fail;
  if (node.Scalar() == "REFUSED") return Trouble::Kind::refused;
  if (node.Scalar() == "TIMEOUT") return Trouble::Kind::timeout;
  return std::nullopt;
}

// "10 mail.example.org", "0 ."
std::optional<MailExchanger> parse_exchanger(std::string_view text) {
  MailExchanger mx;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, mx.preference);
  if (error != std::errc{} || rest == end || *rest != ' ') return std::nullopt;
  std::string_view host(rest, static_cast<std::size_t>(end - rest));
  host.remove_prefix(std::min(host.find_first_not_of(' '), host.size()));
  if (host != "." && !is_askable(host)) return std::nullopt;
  mx.host = policy::normal_name(host);
  return mx;
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read(const YAML::Node& root) {
    if (root.IsNull()) return;
    if (!root.IsMap()) return complain(root, "expected a mapping of names to their records");
    for (const auto& pair : root) read_name(pair.first, pair.second);
  }

  void complain(const YAML::Mark& mark, std::string message, std::string suggestion = "") {
    diagnostics_.push_back({policy::Severity::error,
                            {file_, mark.line + 1, mark.column + 1},
                            std::move(message),
                            std::move(suggestion)});
  }

  std::shared_ptr<ScriptedZone> zone() const { return zone_; }
  const auto& diagnostics() const { return diagnostics_; }

 private:
  void complain(const YAML::Node& node, std::string message) { complain(node.Mark(), std::move(message)); }

  void read_name(const YAML::Node& key, const YAML::Node& value) {
    if (!key.IsScalar() || !is_askable(key.Scalar()))
      return complain(
          key, fmt::format("\"{}\" is not a name that DNS can hold", key.IsScalar() ? key.Scalar() : ""));
    const auto& name = key.Scalar();
    if (!names_.insert(policy::normal_name(name)).second)
      return complain(key, fmt::format("{} is here twice: give all its records in one place", name));
    if (const auto kind = parse_trouble(value)) {
      for (const auto type : kTypes) zone_->put(name, type, *kind);
      return;
    }
    zone_->put_name(name);
    if (value.IsNull()) return;
    if (!value.IsMap())
      return complain(value,
                      fmt::format("{} takes a mapping of record types, or SERVFAIL, REFUSED, TIMEOUT", name));
    for (const auto& pair : value) read_type(name, value.size(), pair.first, pair.second);
  }

  void read_type(const std::string& name, std::size_t types, const YAML::Node& key, const YAML::Node& value) {
    const auto word = key.IsScalar() ? key.Scalar() : std::string();
    if (policy::same_name(word, kAlias)) return read_alias(name, types, value);
    const auto type = parse_type(word);
    if (!type)
      return complain(
          key.Mark(),
          fmt::format("unknown record type \"{}\": expected A, AAAA, MX, TXT, PTR or CNAME", word),
          policy::nearest(word, kTypeWords));
    if (const auto kind = parse_trouble(value)) return zone_->put(name, *type, *kind);
    read_records(name, *type, value);
  }

  void read_alias(const std::string& name, std::size_t types, const YAML::Node& value) {
    if (types > 1)  // RFC 1034 3.6.2
      return complain(value,
                      fmt::format("{} has a CNAME and other records: an alias has nothing else", name));
    if (!value.IsScalar() || !is_askable(value.Scalar())) return complain(value, "CNAME takes one name");
    zone_->put_alias(name, value.Scalar());
  }

  // A single value may stand without the brackets of a list.
  void read_records(const std::string& name, RecordType type, const YAML::Node& value) {
    Records records;
    if (value.IsSequence()) {
      for (const auto& item : value) read_record(type, item, records);
    } else if (value.IsScalar()) {
      read_record(type, value, records);
    } else {
      return complain(value, fmt::format("{0} takes a list, as {0}: [...]", to_text(type)));
    }
    const bool empty = value.IsSequence() && value.size() == 0;
    records.kind = empty ? Records::Kind::no_data : Records::Kind::found;
    zone_->put(name, type, std::move(records));
  }

  void read_record(RecordType type, const YAML::Node& item, Records& records) {
    if (!item.IsScalar())
      return complain(item, fmt::format("an item of {} is one text, not a list or mapping", to_text(type)));
    const auto& text = item.Scalar();
    switch (type) {
      case RecordType::a:
      case RecordType::aaaa:
        return read_address(type, item, records);
      case RecordType::mx:
        if (auto mx = parse_exchanger(text)) return records.exchangers.push_back(*std::move(mx));
        return complain(item, fmt::format(R"("{}" is not an MX: expected "10 mail.example.org")", text));
      case RecordType::ptr:
        if (is_askable(text)) return records.names.push_back(policy::normal_name(text));
        return complain(item, fmt::format("\"{}\" is not a name that DNS can hold", text));
      case RecordType::txt:
        return records.texts.push_back(text);
    }
  }

  // A mapped address (::ffff:192.0.2.1) is an AAAA record that means an IPv4 address.
  void read_address(RecordType type, const YAML::Node& item, Records& records) {
    const auto& text = item.Scalar();
    const auto address = policy::Address::parse(text);
    const bool dotted_only = text.find(':') == std::string::npos;
    if (!address || dotted_only != (type == RecordType::a))
      return complain(
          item, fmt::format("\"{}\" is not an {} address", text, type == RecordType::a ? "IPv4" : "IPv6"));
    records.addresses.push_back(*address);
  }

  std::string file_;
  std::shared_ptr<ScriptedZone> zone_ = std::make_shared<ScriptedZone>();
  std::set<std::string> names_;
  std::vector<policy::Diagnostic> diagnostics_;
};

}  // namespace

tl::expected<std::shared_ptr<ScriptedZone>, std::vector<policy::Diagnostic>> parse_zone(std::string_view yaml,
                                                                                        std::string file) {
  Reader reader(std::move(file));
  try {
    reader.read(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& error) {
    reader.complain(error.mark, error.msg);
  }
  if (!reader.diagnostics().empty()) return tl::unexpected(reader.diagnostics());
  return reader.zone();
}

}  // namespace milter
