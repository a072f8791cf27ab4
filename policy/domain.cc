#include "policy/domain.h"

#include <algorithm>

namespace policy {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 2.3.4: 255 octets on the wire
constexpr std::size_t kLongestLabel = 63;

bool is_letter_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && is_letter_digit(label.front()) &&
         is_letter_digit(label.back()) &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter_digit(c) || c == '-'; });
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

bool is_below(std::string_view name, std::string_view domain) {
  return name.size() > domain.size() && name[name.size() - domain.size() - 1] == '.' &&
         same_name(name.substr(name.size() - domain.size()), domain);
}

std::string normal_name(std::string_view name) { return lower(without_dot(name)); }

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool matches_domain(std::string_view name, std::string_view pattern) {
  name = without_dot(name);
  pattern = without_dot(pattern);
  if (!pattern.starts_with("*.")) return same_name(name, pattern);
  const auto suffix = pattern.substr(1);  // ".example.net"
  return name.size() > suffix.size() && same_name(name.substr(name.size() - suffix.size()), suffix);
}

bool matches_any(std::string_view name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_domain(name, pattern); });
}

}  // namespace policy
