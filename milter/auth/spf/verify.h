// SPF (RFC 7208): may this client send mail for that domain? check_host() of section 4, once for the MAIL
// FROM identity, once for the HELO identity.
//
// Recursion, limits, macros, DNS, ip4 and ip6 are ours; libspf2 compares the addresses of the other terms
// (term.h). One evaluation asks for at most 10 terms that need DNS, includes and redirects counted together.
// Runs over Answers, pure: dns/answers.h says when a result counts. Any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "milter/dns/answers.h"
#include "policy/address.h"

namespace milter {

enum class SpfWord { none, neutral, pass, fail, softfail, temperror, permerror };  // RFC 7208 2.6
std::string_view to_text(SpfWord word);                                            // "none" …

enum class SpfIdentity { mail_from, helo };
std::string_view to_text(SpfIdentity identity);  // "mailfrom", "helo": RFC 8601 2.7.2

struct SpfQuestion {
  policy::Address client;
  std::string helo;            // as it came
  std::string sender;          // the mailbox without brackets; "" is the null sender
  std::string receiver;        // %{r}: site.name; "" becomes "unknown"
  std::int64_t unix_time = 0;  // %{t}
};

struct SpfOptions {
  bool explanation = false;  // on a fail, fetch and expand what exp= leads to: one more query
};

struct SpfResult {
  SpfWord word = SpfWord::none;
  SpfIdentity identity = SpfIdentity::mail_from;
  std::string domain;       // whose record was asked for; lower case
  std::string term;         // the directive that decided, as written: "-all"; "" is none
  std::string record;       // the record it stands in (redirect leads to another domain's); "" is none
  std::string problem;      // why none, permerror or temperror, a sentence without a full stop; else ""
  std::string explanation;  // the domain's words, cleaned, at most 400 octets; "" is none
  int lookups = 0;          // terms that asked DNS
  policy::Owner owner = policy::Owner::world;  // of a temperror: whose trouble it is
  bool operator==(const SpfResult&) const = default;
};

// RFC 7208 4.6.4, both per evaluation. Void: answered, with nothing in it.
inline constexpr int kMostSpfLookups = 10;
inline constexpr int kMostVoidLookups = 2;

class SpfRecords;  // records.h: what was parsed for this message

// The MAIL FROM identity; for the null sender that is postmaster@HELO, reported as identity helo
// (RFC 7208 2.4).
SpfResult check_mail_from(const SpfQuestion& question, Answers& answers, SpfRecords& records,
                          const SpfOptions& options = {});

// The HELO identity (RFC 7208 2.3).
SpfResult check_helo(const SpfQuestion& question, Answers& answers, SpfRecords& records,
                     const SpfOptions& options = {});

}  // namespace milter
