// DMARC, the receiver's half: does a message come from the domain that its From field shows, and what does
// that domain ask for if not (RFC 9989; RFC 7489 by mode). Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "milter/auth/dmarc/walk.h"

namespace milter {

// What is known of a message. All domains: A-labels, lower case, no trailing dot.
struct DmarcQuestion {
  std::string from_domain;  // not empty: without one domain in From there is no question (from_field.h)
  // The domain that SPF passed, "" if it passed none. RFC 9989 4.4.2 takes the MAIL FROM identity only; for a
  // null sender that is postmaster@HELO (RFC 7208 2.4), so the HELO name belongs here then, and only then.
  std::string spf_domain;
  std::vector<std::string> dkim_domains;  // d= of the good signatures, at most what the DKIM verifier checks
  DmarcMode mode = DmarcMode::tree_walk;
  // 0 to 99, by chance: a record with a pct of so much or less asks one grade less of this message (RFC 7489 6.6.4).
  int roll = 0;
};

// none: no record applies. temperror: the world did not answer, `problem` says who; never a reason to refuse.
enum class DmarcStatus { pass, fail, none, temperror };
std::string_view to_text(DmarcStatus status);

struct DmarcResult {
  DmarcStatus status = DmarcStatus::none;
  std::string policy_domain;               // whose record applies; "" is none
  std::string org_domain;                  // "" where unknown or none
  DmarcPolicy policy = DmarcPolicy::none;  // the record's p=
  DmarcPolicy asked = DmarcPolicy::none;   // after sp, np, psd, t and pct: what is asked for mail that fails
  DmarcPolicy disposition = DmarcPolicy::none;  // `asked` on a fail, else none
  std::vector<std::string> aligned_by;          // "spf", "dkim"
  std::string record;                           // as published: foreign bytes; "" is none
  std::string problem;                          // of the record, or what did not answer; "" is nothing
  policy::Owner owner = policy::Owner::world;   // of a temperror: whose trouble it is
};

// Pure; says nothing while it has a question open.
//
// Identical domains align always. Otherwise, unless the record says strict, those that share the
// organisational domain do; a public suffix is no organisation (walk.h), so its signature aligns with
// nothing but itself.
DmarcResult evaluate_dmarc(const DmarcQuestion& question, Answers& answers);

}  // namespace milter
