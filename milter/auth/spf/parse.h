// An SPF record (RFC 7208 sections 4.5, 4.6.1, 12), parsed whole and strictly before any of it is used: a
// fault anywhere makes the record a permerror, whatever stands before it. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/auth/spf/macro.h"
#include "policy/address.h"

namespace milter {

enum class SpfMechanism { all, include, a, mx, ptr, ip4, ip6, exists };
enum class SpfQualifier : char { pass = '+', fail = '-', softfail = '~', neutral = '?' };

// One directive: "-all", "a:mail.example.org/24".
struct SpfTerm {
  SpfMechanism mechanism = SpfMechanism::all;
  SpfQualifier qualifier = SpfQualifier::pass;
  MacroString target;       // include, a, mx, ptr, exists: the domain-spec; empty: the record's own domain
  policy::Network network;  // ip4, ip6
  int prefix4 = 32;         // a, mx: RFC 7208 5.3's dual-cidr-length
  int prefix6 = 128;
  std::string text;  // as it was written
};

struct SpfRecord {
  // As far as an evaluation can get: none goes beyond the term that asks DNS once too often (kMostSpfLookups). What
  // stands behind it is read like the rest, and not kept.
  std::vector<SpfTerm> terms;
  int asking = 0;  // of `terms`, those that ask DNS
  std::optional<MacroString> redirect;
  std::string redirect_text;               // "redirect=_spf.example.org", as it was written
  std::optional<MacroString> explanation;  // exp=
};

// RFC 7208 4.5: "v=spf1" in any case, then a space or the end.
bool is_spf_record(std::string_view text);

// REQUIRES is_spf_record(text). Takes time and memory in proportion to the text: the caller bounds that.
// The error says what is wrong, in words for the domain's admin; it quotes at most 60 octets of the record,
// as they came.
tl::expected<SpfRecord, std::string> parse_spf_record(std::string_view text);

// Whether evaluating the term asks DNS, and so counts (RFC 7208 4.6.4).
bool asks_dns(SpfMechanism mechanism);

}  // namespace milter
