#include "policy/load/value.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/domain.h"
#include "policy/load/keys.h"

namespace policy {
namespace {

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::optional<std::string> read_id(const YamlMapping& mapping, Findings& findings) {
  if (!mapping.require({"id"})) return std::nullopt;
  auto id = mapping.text("id");
  if (!id || is_id(*id)) return id;
  findings.error(mapping.find("id")->at(),
                 fmt::format("expected an id of 1 to {} letters, digits, '-', '_' and '.', read {}",
                             kLongestId, mapping.find("id")->described()));
  return std::nullopt;
}

std::optional<std::string> read_pattern(const YamlValue& value, Findings& findings) {
  const auto text = read_text(value, "a domain or a pattern such as \"*.example.net\"", findings);
  if (!text) return std::nullopt;
  const auto name = normal_name(*text);
  if (is_host_name(name.starts_with("*.") ? std::string_view(name).substr(2) : std::string_view(name)))
    return name;
  findings.error(value.at(),
                 is_ascii(*text)
                     ? fmt::format("expected a domain or \"*.\" and a domain, read {}", value.described())
                     : fmt::format("expected a domain as DNS has it (xn--…), read {}", value.described()));
  return std::nullopt;
}

std::vector<std::string> read_patterns(const YamlMapping& mapping, std::string_view key, Findings& findings) {
  std::vector<std::string> out;
  for (const auto& item : mapping.list(key, "domains"))
    if (auto pattern = read_pattern(item, findings)) out.push_back(std::move(*pattern));
  return out;
}

std::optional<Network> read_network(const YamlValue& value, Findings& findings) {
  auto network = value.is_scalar() ? Network::parse(value.text()) : std::nullopt;
  if (!network)
    findings.error(value.at(), fmt::format("expected an address or a network such as 192.0.2.0/24, read {}",
                                           value.described()));
  return network;
}

std::string title(std::string_view kind, const YamlValue& item) {
  for (const auto& [key, value] : item.entries())
    if (key.text() == "id" && is_id(value.text())) return fmt::format("{} \"{}\"", kind, value.text());
  return fmt::format("a{} {}", kind.starts_with('e') ? "n" : "", kind);
}

}  // namespace policy
