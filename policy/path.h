// The argument of MAIL and RCPT (RFC 5321 4.1.2), read as the hostile bytes it is, and what a classic MTA
// makes of it: whom the mail would really go to. Pure; any thread.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "policy/policy.h"

namespace policy {

inline constexpr std::size_t kLongestLocalPart = 64;  // RFC 5321 4.5.3.1.1
inline constexpr std::size_t kLongestDomain = 255;    // RFC 5321 4.5.3.1.2
inline constexpr std::size_t kLongestAddress = 254;   // RFC 5321 4.5.3.1.3: 256 with the brackets
// A path of more octets, source route included, is not looked into: local and domain stay empty. Four
// times what RFC 5321 allows, and below the length at which texts from the wire are cut, so that a cut
// path is never trusted.
inline constexpr std::size_t kLongestPath = 1024;
// How often mail may be routed onward within one address. UUCP maps knew paths of a dozen hosts.
inline constexpr int kMostHops = 20;

struct Path {
  std::string local;     // quotes and backslashes undone, otherwise as written
  std::string domain;    // normal_name, or "[192.0.2.1]", "[ipv6:2001:db8::1]"; "" is none
  bool null = false;     // "<>" or nothing at all: the null sender
  bool routed = false;   // a source route was taken off
  bool literal = false;  // the domain is a well-formed address literal
  std::string problem;   // the first thing wrong with it, as half a sentence; "" is fine

  // "bob@example.net", the local part quoted where it must be; without domain the local part alone;
  // "" if null.
  std::string address() const;
};

// Never fails: reads as much as MTAs would, and says what is wrong in `problem`. The brackets may be missing.
// A source route is taken off (RFC 5321 appendix C). Empty labels and dots in the local part are no problem:
// real mailboxes have them (docomo.ne.jp). UTF-8 is kept as it is (RFC 6531).
Path parse_path(std::string_view text);

// Splits at the last @ outside quotes: for addresses that the MTA itself hands out. A local part that is
// quoted as a whole loses its quotes; nothing else is undone. A source route that the MTA kept means mail to
// the route's first host, so that is the domain.
Path split_address(std::string_view address);

// Where the mail ends up if every host for which `ours` holds plays along: <@a:user@b>, user%other@ours,
// other!user@ours, "user@other"@ours and their combinations are followed until the domain is not ours or the
// local part names nobody else. More than kMostHops: a problem, and no domain, so that it is nobody of ours.
Path resolve(Path path, const std::function<bool(std::string_view domain)>& ours);

// Nothing in it that any MTA reads as a route: no source route, no % ! @ in the local part, quoted or not.
bool is_plain(const Path& path);

// postmaster@ or abuse@ of our domains, or the bare postmaster (RFC 5321 4.5.1, RFC 2142), in any case.
bool is_role(const Path& path, const Policy& policy);

}  // namespace policy
