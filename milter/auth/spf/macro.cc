#include "milter/auth/spf/macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "policy/domain.h"
#include "policy/text.h"

namespace milter {
namespace {

constexpr std::string_view kDelimiters = ".-+,/_=";  // RFC 7208 7.1
constexpr std::string_view kLetters = "slodipvh";
constexpr std::string_view kExplanationLetters = "slodipvhcrt";
constexpr int kMostParts = 128;  // a name has 127 labels at most: more right-hand parts are all of them

bool is_alphanum(char c) { return policy::is_digit(c) || policy::is_letter(c); }

using Problem = tl::unexpected<std::string>;

// Reads the inside of %{...}: letter, digits, "r", delimiters.
class MacroBody {
 public:
  explicit MacroBody(std::string_view body) : rest_(body) {}

  tl::expected<MacroPiece, std::string> parse(MacroUse use) {
    const std::string shown(rest_.substr(0, 20));
    if (!letter(use)) return Problem(fmt::format("no macro letter of SPF in %{{{}}}", shown));
    if (!parts()) return Problem(fmt::format("a part count of 0 in %{{{}}}", shown));
    if (!rest_.empty() && (rest_.front() == 'r' || rest_.front() == 'R')) {
      piece_.reversed = true;
      rest_.remove_prefix(1);
    }
    if (rest_.find_first_not_of(kDelimiters) != std::string_view::npos)
      return Problem(fmt::format("no delimiters of SPF in %{{{}}}", shown));
    piece_.delimiters = rest_.empty() ? "." : std::string(rest_);
    return piece_;
  }

 private:
  bool letter(MacroUse use) {
    if (rest_.empty()) return false;
    piece_.url_escaped = rest_.front() >= 'A' && rest_.front() <= 'Z';
    piece_.letter = policy::lower(rest_.substr(0, 1)).front();
    rest_.remove_prefix(1);
    const auto allowed = use == MacroUse::domain ? kLetters : kExplanationLetters;
    return allowed.find(piece_.letter) != std::string_view::npos;
  }

  // RFC 7208 7.1: the number, if there is one, must not be 0.
  bool parts() {
    if (rest_.empty() || !policy::is_digit(rest_.front())) return true;
    int number = 0;
    for (; !rest_.empty() && policy::is_digit(rest_.front()); rest_.remove_prefix(1))
      number = std::min(number * 10 + (rest_.front() - '0'), kMostParts);
    piece_.parts = number;
    return number > 0;
  }

  std::string_view rest_;
  MacroPiece piece_;
};

// What follows a '%' other than "{".
std::optional<std::string> escape(char c) {
  switch (c) {
    case '%':
      return "%";
    case '_':
      return " ";
    case '-':
      return "%20";
    default:
      return std::nullopt;
  }
}

MacroPiece literal(std::string text, bool expand) {
  return {.letter = 0, .text = std::move(text), .expand = expand};
}

// One macro-expand at the start of `rest`, which it takes away.
tl::expected<MacroPiece, std::string> take_expand(std::string_view& rest, MacroUse use) {
  const char next = rest.size() > 1 ? rest[1] : '\0';
  if (const auto text = escape(next)) {
    rest.remove_prefix(2);
    return literal(*text, true);
  }
  if (next != '{') return Problem("a % that begins no macro (a plain one is written %%)");
  const auto end = rest.find('}');
  if (end == std::string_view::npos) return Problem("a macro without closing }");
  auto piece = MacroBody(rest.substr(2, end - 2)).parse(use);
  rest.remove_prefix(end + 1);
  return piece;
}

bool is_macro_literal(char c, MacroUse use) {
  return (c > ' ' && c <= '~' && c != '%') || (c == ' ' && use == MacroUse::explanation);
}

// toplabel of RFC 7208 7.1: letters, digits, inner hyphens, not digits alone.
bool is_toplabel(std::string_view label) {
  if (label.empty() || !is_alphanum(label.front()) || !is_alphanum(label.back())) return false;
  if (std::all_of(label.begin(), label.end(), policy::is_digit)) return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_alphanum(c) || c == '-'; });
}

// domain-end of RFC 7208 7.1.
bool ends_well(const MacroString& macros) {
  if (macros.empty()) return false;
  if (macros.back().expand) return true;
  std::string_view tail = macros.back().text;
  if (tail.ends_with('.')) tail.remove_suffix(1);
  const auto dot = tail.rfind('.');
  return dot != std::string_view::npos && is_toplabel(tail.substr(dot + 1));
}

std::vector<std::string_view> split(std::string_view value, std::string_view delimiters) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = value.find_first_of(delimiters);
    parts.push_back(value.substr(0, end));
    if (end == std::string_view::npos) return parts;
    value.remove_prefix(end + 1);
  }
}

std::string transformed(const MacroPiece& piece, std::string_view value) {
  auto parts = split(value, piece.delimiters);
  if (piece.reversed) std::reverse(parts.begin(), parts.end());
  const auto kept = static_cast<std::size_t>(piece.parts);
  if (kept > 0 && kept < parts.size()) parts.erase(parts.begin(), parts.end() - piece.parts);
  return fmt::format("{}", fmt::join(parts, "."));
}

// RFC 3986 2.3: all but the unreserved characters.
std::string url_escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (is_alphanum(c) || std::string_view("-._~").find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// "192.0.2.1", or 32 nibbles with dots, in upper case as the examples of RFC 7208 7.4 have them.
std::string dotted(const policy::Address& address) {
  if (address.is_v4()) return address.text();
  std::string out;
  for (const auto byte : address.bytes()) out += fmt::format("{:X}.{:X}.", byte >> 4, byte & 0x0F);
  out.pop_back();
  return out;
}

std::string value_of(char letter, const MacroValues& values) {
  switch (letter) {
    case 's':
      return fmt::format("{}@{}", values.local_part, values.sender_domain);
    case 'l':
      return std::string(values.local_part);
    case 'o':
      return std::string(values.sender_domain);
    case 'd':
      return std::string(values.domain);
    case 'i':
      return dotted(values.client);
    case 'p':
      return std::string(values.client_name);
    case 'v':
      return values.client.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return std::string(values.helo);
    case 'c':
      return values.client.text();
    case 'r':
      return std::string(values.receiver.empty() ? "unknown" : values.receiver);
    default:
      return std::to_string(values.unix_time);  // t
  }
}

std::string expand(const MacroPiece& piece, const MacroValues& values) {
  if (piece.letter == 0) return piece.text;
  const auto text = transformed(piece, value_of(piece.letter, values));
  return piece.url_escaped ? url_escaped(text) : text;
}

// RFC 7208 7.3: labels go from the left until the name fits.
std::string truncated(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  if (name.size() <= kLongestTarget) return name;
  const auto dot = name.find('.', name.size() - kLongestTarget - 1);
  return dot == std::string::npos ? name.substr(name.size() - kLongestTarget) : name.substr(dot + 1);
}

}  // namespace

tl::expected<MacroString, std::string> parse_macro_string(std::string_view text, MacroUse use) {
  MacroString macros;
  while (!text.empty()) {
    if (text.front() == '%') {
      auto piece = take_expand(text, use);
      if (!piece) return tl::unexpected(piece.error());
      macros.push_back(*std::move(piece));
      continue;
    }
    const auto end =
        std::find_if(text.begin(), text.end(), [&](char c) { return !is_macro_literal(c, use); });
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length == 0) return Problem(fmt::format("the octet 0x{:02X}", static_cast<unsigned char>(text[0])));
    macros.push_back(literal(std::string(text.substr(0, length)), false));
    text.remove_prefix(length);
  }
  if (use == MacroUse::domain && !ends_well(macros)) return Problem("no domain name at the end");
  return macros;
}

bool uses_letter(const MacroString& macros, char letter) {
  return std::any_of(macros.begin(), macros.end(), [&](const auto& p) { return p.letter == letter; });
}

bool is_literal(const MacroString& macros) {
  return std::all_of(macros.begin(), macros.end(), [](const auto& p) { return p.letter == 0; });
}

// From the right, since the left is what goes: a record with thousands of macros costs no more than one name.
std::string expand_domain(const MacroString& macros, const MacroValues& values) {
  std::string name;
  for (auto piece = macros.rbegin(); piece != macros.rend(); ++piece) {
    name.insert(0, expand(*piece, values));
    if (name.size() > kLongestTarget + 1) break;  // 1: the trailing dot that does not count
  }
  return truncated(std::move(name));
}

std::string expand_text(const MacroString& macros, const MacroValues& values) {
  std::string text;
  for (const auto& piece : macros) {
    text += expand(piece, values);
    if (text.size() > kLongestExplanation) break;
  }
  text.resize(std::min(text.size(), kLongestExplanation));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace milter
