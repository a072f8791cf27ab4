#include "milter/auth/spf/parse.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "milter/auth/spf/verify.h"
#include "policy/domain.h"
#include "policy/text.h"

namespace milter {
namespace {

constexpr std::string_view kVersion = "v=spf1";
constexpr std::size_t kMostQuoted = 60;  // of a term, in a problem: enough to find it

constexpr std::array<std::pair<std::string_view, SpfMechanism>, 8> kMechanisms{{
    {"all", SpfMechanism::all},
    {"include", SpfMechanism::include},
    {"a", SpfMechanism::a},
    {"mx", SpfMechanism::mx},
    {"ptr", SpfMechanism::ptr},
    {"ip4", SpfMechanism::ip4},
    {"ip6", SpfMechanism::ip6},
    {"exists", SpfMechanism::exists},
}};

// Empty: no problem.
using Problem = std::string;

// name of RFC 7208 4.6.1: what may stand before the "=" of a modifier.
bool is_modifier_name(std::string_view name) {
  return !name.empty() && policy::is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return policy::is_letter(c) || policy::is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

// A prefix length as RFC 7208 5.6 writes it: no sign, no leading zero, at most `most`.
std::optional<int> prefix_length(std::string_view digits, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool leading_zero = digits.size() > 1 && digits.front() == '0';
  if (error != std::errc{} || end != digits.data() + digits.size() || leading_zero ||
      !policy::is_digit(digits.front()))
    return std::nullopt;
  return number <= most ? std::optional(number) : std::nullopt;
}

// Takes `mark` and the digits after it from the end of `text`. nullopt: there are none.
std::optional<std::string_view> take_prefix(std::string_view& text, std::string_view mark) {
  const auto last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == text.size()) return std::nullopt;
  const auto before = text.substr(0, last + 1);
  if (!before.ends_with(mark)) return std::nullopt;
  const auto digits = text.substr(last + 1);
  text = before.substr(0, before.size() - mark.size());
  return digits;
}

// dual-cidr-length, from the end of `argument`: the rest may hold slashes too.
Problem take_dual_prefix(std::string_view& argument, SpfTerm& term) {
  if (const auto digits = take_prefix(argument, "//")) {
    const auto length = prefix_length(*digits, 128);
    if (!length) return "the IPv6 prefix length is not 0 to 128";
    term.prefix6 = *length;
  }
  if (const auto digits = take_prefix(argument, "/")) {
    const auto length = prefix_length(*digits, 32);
    if (!length) return "the IPv4 prefix length is not 0 to 32";
    term.prefix4 = *length;
  }
  return {};
}

Problem read_domain(std::string_view text, MacroString& into) {
  auto macros = parse_macro_string(text, MacroUse::domain);
  if (!macros) return macros.error();
  into = *std::move(macros);
  return {};
}

Problem read_ip4(std::string_view argument, SpfTerm& term) {
  int prefix = 32;
  if (const auto slash = argument.find('/'); slash != std::string_view::npos) {
    const auto digits = argument.substr(slash + 1);
    const auto length = digits.empty() ? std::nullopt : prefix_length(digits, 32);
    if (!length) return "the prefix length is not 0 to 32";
    prefix = *length;
    argument = argument.substr(0, slash);
  }
  // Address::parse takes IPv6 too, and mapped addresses become IPv4: only digits and dots may come here.
  const bool plain = argument.find_first_not_of("0123456789.") == std::string_view::npos;
  const auto address = plain ? policy::Address::parse(argument) : std::nullopt;
  if (!address) return "not an IPv4 address";
  term.network = {*address, prefix};
  return {};
}

// Mapped clients count as IPv4 (RFC 7208 5), so nobody is in a mapped network of IPv6. Address would make
// IPv4 of it; a network that begins before the end of ::ffff:0:0/96 is written by its first bits instead, a
// smaller one as the discard prefix (RFC 6666), where no client can be.
policy::Network ip6_network(const policy::Address& address, int prefix) {
  constexpr int kMappedPrefix = 96;
  if (!address.is_v4()) return {address, prefix};
  policy::Address::V6 bytes{};
  if (prefix >= kMappedPrefix) {
    bytes[0] = 1;
    return {policy::Address(bytes), 128};
  }
  for (int bit = 80; bit < prefix; ++bit)
    bytes[static_cast<std::size_t>(bit) / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  return {policy::Address(bytes), prefix};
}

Problem read_ip6(std::string_view argument, SpfTerm& term) {
  int prefix = 128;
  if (const auto slash = argument.find('/'); slash != std::string_view::npos) {
    const auto digits = argument.substr(slash + 1);
    const auto length = digits.empty() ? std::nullopt : prefix_length(digits, 128);
    if (!length) return "the prefix length is not 0 to 128";
    prefix = *length;
    argument = argument.substr(0, slash);
  }
  // The colon also keeps out what Address::parse takes beyond RFC 4291: a tag, a dotted quad.
  const bool plain = argument.find(':') != std::string_view::npos &&
                     argument.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  const auto address = plain ? policy::Address::parse(argument) : std::nullopt;
  if (!address) return "not an IPv6 address";
  term.network = ip6_network(*address, prefix);
  return {};
}

struct Argument {
  bool given = false;  // there was a ':'
  std::string_view text;
};

// a and mx: everything is optional.
Problem read_host_argument(Argument argument, std::string_view after_name, SpfTerm& term) {
  std::string_view rest = argument.given ? argument.text : after_name;
  if (auto problem = take_dual_prefix(rest, term); !problem.empty()) return problem;
  if (argument.given) return read_domain(rest, term.target);
  return rest.empty() ? Problem{} : "neither a domain nor a prefix length after the name";
}

Problem read_argument(Argument argument, std::string_view after_name, SpfTerm& term) {
  const bool bare = after_name.empty();
  switch (term.mechanism) {
    case SpfMechanism::all:
      return bare ? Problem{} : "all takes nothing after it";
    case SpfMechanism::a:
    case SpfMechanism::mx:
      return read_host_argument(argument, after_name, term);
    case SpfMechanism::ptr:
      if (bare) return {};
      [[fallthrough]];
    case SpfMechanism::include:
    case SpfMechanism::exists:
      return argument.given ? read_domain(argument.text, term.target) : "a domain must follow, after a colon";
    case SpfMechanism::ip4:
      return argument.given ? read_ip4(argument.text, term) : "an address must follow, after a colon";
    case SpfMechanism::ip6:
      return argument.given ? read_ip6(argument.text, term) : "an address must follow, after a colon";
  }
  return {};
}

Problem read_directive(std::string_view text, SpfRecord& record) {
  SpfTerm term;
  term.text = text;
  if (std::string_view("+-~?").find(text.front()) != std::string_view::npos) {
    term.qualifier = static_cast<SpfQualifier>(text.front());
    text.remove_prefix(1);
  }
  const auto end = std::min(text.find_first_of(":/"), text.size());
  const auto name = policy::lower(text.substr(0, end));
  const auto known =
      std::find_if(kMechanisms.begin(), kMechanisms.end(), [&](const auto& m) { return m.first == name; });
  if (known == kMechanisms.end()) return "no mechanism of SPF";
  term.mechanism = known->second;
  const auto after_name = text.substr(end);
  const Argument argument{after_name.starts_with(':'), after_name.substr(after_name.empty() ? 0 : 1)};
  if (auto problem = read_argument(argument, after_name, term); !problem.empty()) return problem;
  if (record.asking > kMostSpfLookups) return {};
  record.asking += asks_dns(term.mechanism);
  record.terms.push_back(std::move(term));
  return {};
}

// RFC 7208 6: redirect and exp may stand once; a fault in one is a fault, not an unknown modifier.
Problem read_modifier(std::string_view text, std::size_t equals, SpfRecord& record) {
  const auto name = policy::lower(text.substr(0, equals));
  const auto value = text.substr(equals + 1);
  if (name != "redirect" && name != "exp") {
    const auto macros = parse_macro_string(value, MacroUse::modifier);
    return macros ? Problem{} : macros.error();
  }
  auto& modifier = name == "exp" ? record.explanation : record.redirect;
  if (modifier) return "a second one in the same record";
  if (name == "redirect") record.redirect_text = text;
  return read_domain(value, modifier.emplace());
}

Problem read_term(std::string_view text, SpfRecord& record) {
  const auto special = text.find_first_of(":/=");
  const bool modifier =
      special != std::string_view::npos && text[special] == '=' && is_modifier_name(text.substr(0, special));
  return modifier ? read_modifier(text, special, record) : read_directive(text, record);
}

// A record of 64 KiB has 13,000 terms: growing the list step by step costs a third of reading them.
std::size_t count_terms(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) count += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
  return count;
}

}  // namespace

bool is_spf_record(std::string_view text) {
  return policy::same_name(text.substr(0, kVersion.size()), kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

tl::expected<SpfRecord, std::string> parse_spf_record(std::string_view text) {
  SpfRecord record;
  text.remove_prefix(kVersion.size());
  record.terms.reserve(count_terms(text));
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return record;
    const auto term = text.substr(0, text.find(' '));
    if (const auto problem = read_term(term, record); !problem.empty())
      return tl::unexpected(fmt::format("{}: {}", term.substr(0, kMostQuoted), problem));
    text.remove_prefix(term.size());
  }
}

bool asks_dns(SpfMechanism mechanism) {
  return mechanism != SpfMechanism::all && mechanism != SpfMechanism::ip4 && mechanism != SpfMechanism::ip6;
}

}  // namespace milter
