// SPF macro strings (RFC 7208 section 7): parsed once, strictly; expanded as often as needed.
// Pure; any thread.
//
// Everything in a macro string was written by the sender's side, and so were most of the values: expansion is
// bounded by what can be used of it, never by what was asked for.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/address.h"

namespace milter {

// Text as it is, or one macro.
struct MacroPiece {
  char letter = 0;     // 0: literal text; else one of "slodipvhcrt", in lower case
  std::string text;    // the literal
  bool expand = true;  // written with a '%' ("%{d}", but "%%" too): a domain-spec may end in it
  int parts = 0;       // right-hand parts to keep; 0: all
  bool reversed = false;
  bool url_escaped = false;  // written with an upper-case letter
  std::string delimiters;    // where the value is split; never empty in a macro
  bool operator==(const MacroPiece&) const = default;
};
using MacroString = std::vector<MacroPiece>;

// Where the string stands decides which letters and characters it may hold.
enum class MacroUse {
  domain,       // domain-spec: no spaces, no c, r, t; must end in a top label or a macro
  modifier,     // the value of an unknown modifier: no spaces, no end rule
  explanation,  // the text that exp= leads to: spaces too
};

// The error says what is wrong, in words for the domain's admin.
tl::expected<MacroString, std::string> parse_macro_string(std::string_view text, MacroUse use);

bool uses_letter(const MacroString& macros, char letter);
bool is_literal(const MacroString& macros);  // no macro letters: the same for every mail

// What the letters stand for. The views must outlive the expansion.
struct MacroValues {
  std::string_view local_part;     // l, and the first half of s
  std::string_view sender_domain;  // o, and the second half of s
  std::string_view domain;         // d: the domain whose record is evaluated
  std::string_view helo;           // h
  std::string_view receiver;       // r
  std::string_view client_name;    // p: a validated name of the client, or "unknown"
  policy::Address client;          // i, c, v
  std::int64_t unix_time = 0;      // t: seconds since 1970
};

// RFC 7208 7.3: what DNS can carry; longer names lose labels on the left.
inline constexpr std::size_t kLongestTarget = 253;

// A domain name: no trailing dot, at most kLongestTarget octets. It may still be none that DNS can hold.
std::string expand_domain(const MacroString& macros, const MacroValues& values);

// An explanation is shown to people, in one line: two reply lines' worth. The rest is cut.
inline constexpr std::size_t kLongestExplanation = 400;

// Printable ASCII only, other octets become '?'; at most kLongestExplanation octets.
std::string expand_text(const MacroString& macros, const MacroValues& values);

}  // namespace milter
