#include "policy/load/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policy/domain.h"
#include "policy/load/case_keys.h"
#include "policy/load/value.h"
#include "policy/nearest.h"

namespace policy {
namespace {

constexpr auto kSite = names(kSiteKeys);
constexpr auto kDomains = names(kDomainsKeys);
constexpr auto kTrusted = names(kTrustedKeys);
constexpr auto kRecipients = names(kRecipientsKeys);
constexpr auto kTest = names(kPolicyTestKeys);
constexpr std::array<std::string_view, 1> kSources{"file"};

// Networks larger than these are no single site's: what is usually handed out is a /16 and a /32 at most.
constexpr int kWidestV4 = 16;
constexpr int kWidestV6 = 32;

// Private and special blocks are ours or nobody's, however large.
bool is_private(const Network& network) {
  for (const auto* text : {"10.0.0.0/8", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7", "fe80::/10"})
    if (const auto block = Network::parse(text);
        block && network.prefix >= block->prefix && block->contains(network.base))
      return true;
  return false;
}

void warn_if_wide(const Network& network, const Place& at, Findings& findings) {
  const bool wide = network.prefix < (network.base.is_v4() ? kWidestV4 : kWidestV6);
  if (wide && !is_private(network))
    findings.warning(at,
                     fmt::format("trusted network {} holds many public addresses, and each of them may relay "
                                 "through this server",
                                 network.text()));
}

// What a reply may hold as it is: printable, no blanks, no placeholders of its own.
bool is_printable_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7F && c != '{' && c != '}'; });
}

YamlMapping section(const YamlMapping& root, std::string_view key, std::span<const std::string_view> keys,
                    Findings& findings) {
  const YamlValue nothing(YAML::Node(), root.place_of(key));
  return {root.find(key).value_or(nothing), std::string(key), keys, findings};
}

bool is_mailbox(std::string_view text) {
  const auto at = text.rfind('@');
  return text.size() <= kLongestContact && is_printable_word(text) && at != std::string_view::npos &&
         at > 0 && is_host_name(text.substr(at + 1));
}

std::string read_help(const YamlMapping& mapping, Findings& findings) {
  auto help = mapping.text("help").value_or("");
  if (help.empty()) return help;
  if ((!help.starts_with("https://") && !help.starts_with("http://")) || !is_printable_word(help))
    findings.error(
        mapping.find("help")->at(),
        fmt::format("expected a URL that begins with https://, read {}", mapping.find("help")->described()));
  while (help.ends_with('/')) help.pop_back();
  if (help.size() > kLongestHelp)
    findings.error(
        mapping.find("help")->at(),
        fmt::format("expected a URL of at most {} characters, so that a reply line has room for it; this "
                    "one has {}",
                    kLongestHelp, help.size()));
  return help;
}

std::vector<std::string> setting_groups() {
  std::vector<std::string> out;
  for (const auto& setting : kSettings)
    if (std::find(out.begin(), out.end(), setting.group) == out.end()) out.emplace_back(setting.group);
  return out;
}

void read_setting_group(const std::string& group, const YamlValue& value,
                        std::map<std::string, Value>& settings, Findings& findings) {
  std::vector<std::string_view> keys;
  for (const auto& setting : kSettings)
    if (setting.group == group) keys.push_back(setting.name);
  const YamlMapping mapping(value, "settings." + group, keys, findings);
  for (const auto& [setting_group, name, doc, all_words] : kSettings) {
    const std::span<const std::string_view> words(all_words.begin(),
                                                  std::find(all_words.begin(), all_words.end(), ""));
    if (setting_group != group) continue;
    if (auto word = mapping.word(name, words)) settings[group + "." + std::string(name)] = std::move(*word);
  }
}

}  // namespace

Site read_site(const YamlMapping& root, Findings& findings) {
  const auto mapping = section(root, "site", kSite, findings);
  Site site{mapping.text("name").value_or(""), read_help(mapping, findings),
            mapping.text("contact").value_or("")};
  if (!site.name.empty() && !is_host_name(site.name))
    findings.error(mapping.find("name")->at(),
                   fmt::format("expected a host name, read {}", mapping.find("name")->described()));
  if (!site.contact.empty() && !is_mailbox(site.contact))
    findings.error(mapping.find("contact")->at(),
                   fmt::format("expected an address such as postmaster@example.net, "
                               "read {}",
                               mapping.find("contact")->described()));
  return site;
}

Domains read_domains(const YamlMapping& root, Findings& findings) {
  const auto mapping = section(root, "domains", kDomains, findings);
  return {read_patterns(mapping, "local", findings), read_patterns(mapping, "relay", findings)};
}

Trusted read_trusted(const YamlMapping& root, Findings& findings) {
  const auto mapping = section(root, "trusted", kTrusted, findings);
  Trusted trusted{{}, mapping.flag("authenticated").value_or(true)};
  for (const auto& item : mapping.list("networks", "networks"))
    if (const auto network = read_network(item, findings)) {
      warn_if_wide(*network, item.at(), findings);
      trusted.networks.push_back(*network);
    }
  return trusted;
}

// A month at most: who is deferred for longer bounces at the sender anyway.
std::chrono::seconds read_span(const YamlMapping& from, std::string_view key, std::chrono::seconds otherwise,
                               Findings& findings) {
  constexpr std::int64_t kLongest = 30 * 24 * 3600;
  const auto value = from.find(key);
  if (!value) return otherwise;
  const auto text = value->text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t seconds = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? 24 * 3600
                                             : 0;
  if (error == std::errc{} && seconds > 0 && number >= 0 && number <= kLongest / seconds)
    return std::chrono::seconds(number * seconds);
  findings.error(value->at(),
                 fmt::format("expected a time like 24h or 90m, at most 30d, read {}", value->described()));
  return otherwise;
}

namespace {

// Letters and digits are of names, and the @ is of the address.
std::string read_delimiter(const YamlMapping& source, Findings& findings) {
  const auto value = source.find("recipient_delimiter");
  if (!value) return kRecipientDelimiter;
  const auto text = value->text();
  if (text.find_first_not_of("!#$%&'*+/=?^_`{|}~.-") != std::string::npos)
    findings.error(value->at(), fmt::format("expected characters like + or -, or \"\" for none, read {}",
                                            value->described()));
  return text;
}

}  // namespace

std::vector<RecipientSource> read_recipients(const YamlMapping& root, Findings& findings) {
  std::vector<RecipientSource> sources;
  const auto all = root.find("recipients");
  if (!all) return sources;
  if (!all->is_mapping())
    findings.error(all->at(),
                   fmt::format("expected a mapping of domains for recipients, read {}", all->described()));
  for (const auto& [key, value] : all->entries()) {
    const auto domain = read_pattern(key, findings);
    const YamlMapping mapping(value, "recipients of " + key.text(), kRecipients, findings);
    mapping.require({"source", "path"});
    RecipientSource source{domain.value_or(""), mapping.word("source", kSources).value_or(""),
                           mapping.text("path").value_or(""), key.at()};
    source.recipient_delimiter = read_delimiter(mapping, findings);
    source.vanished_for = read_span(mapping, "vanished_for", source.vanished_for, findings);
    const bool again = std::any_of(sources.begin(), sources.end(),
                                   [&](const RecipientSource& s) { return s.domain == source.domain; });
    if (domain && again) findings.error(key.at(), fmt::format("{} is given twice", *domain));
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<PolicyTest> read_tests(const YamlMapping& root, Findings& findings) {
  std::vector<PolicyTest> tests;
  for (const auto& item : root.list("tests", "tests")) {
    const YamlMapping mapping(item, "a test", kTest, findings);
    mapping.require({"name", "expect"});
    if (mapping.has("facts") == mapping.has("session"))
      findings.error(item.at(), "a test: expected either facts or a session");
    tests.push_back({mapping.text("name").value_or(""), item.yaml(), item.at()});
  }
  return tests;
}

std::map<std::string, Value> read_settings(const YamlMapping& root, Findings& findings) {
  std::map<std::string, Value> settings;
  const auto groups = setting_groups();
  const std::vector<std::string_view> keys(groups.begin(), groups.end());
  const auto mapping = section(root, "settings", keys, findings);
  for (const auto& group : groups)
    if (const auto value = mapping.find(group)) read_setting_group(group, *value, settings, findings);
  return settings;
}

}  // namespace policy
