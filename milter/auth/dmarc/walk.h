// Where the DMARC record of a domain is: the DNS tree walk of RFC 9989 section 4.10, and the two places of
// RFC 7489. Pure, over Answers; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "milter/auth/dmarc/parse.h"
#include "milter/dns/answers.h"

namespace milter {

// Which rules find the record and the organisational domain.
//   tree_walk           RFC 9989
//   public_suffix_list  RFC 7489: the domain itself, then the registrable domain; np, psd and t mean nothing, but pct
//                       does
enum class DmarcMode { tree_walk, public_suffix_list };

inline constexpr std::size_t kMostWalkQueries = 8;  // RFC 9989 4.10

// The names a tree walk looks at, the longest first: all of up to eight labels; of a longer name itself and
// its last seven labels (RFC 9989 4.10 step 4). `domain` without trailing dot, not empty.
std::vector<std::string> walk_names(std::string_view domain);

// A record and whose it is.
struct DmarcPlace {
  std::string domain;  // without "_dmarc."
  std::string text;    // as published: foreign bytes; "" where it is longer than kLongestDmarcRecord
  DmarcRecord record;
};

// What the walk of one domain came to.
struct DmarcDiscovery {
  std::optional<DmarcPlace> own;      // the domain's own record
  std::optional<DmarcPlace> applied;  // whose policy applies to the domain: its own, else its organisation's
                                      // or its public suffix's; empty: DMARC does not apply
  std::string org_domain;  // "": none, the domain is a public suffix (RFC 7489), or unknown (trouble)
  std::string problem;     // "2 DMARC records at _dmarc.example.org count as none", or ""
  // A question of the walk was not answered: nothing but `own` is known.
  std::optional<policy::Unavailable> trouble;
};

// Asks all questions of the walk at once. `domain`: A-labels, lower case, no trailing dot; not empty. Says
// nothing while one of them is open.
DmarcDiscovery discover(const std::string& domain, DmarcMode mode, Answers& answers);

}  // namespace milter
