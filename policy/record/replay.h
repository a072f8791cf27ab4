// A logged decision made again by another policy: what would be different. Pure; any thread.
//
// Nothing is asked of the world: decide() sees the facts of the record and no others. What the new policy
// asks and the record does not hold makes the decision undecidable, never a guess.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "policy/record/record.h"

namespace policy {

// What became of one record. Each record has one of these; the first that fits. Refused is what the other
// side sees: a monitored rule refuses nothing, and its changes count only where the mail is accepted both
// times.
enum class Change {
  same,
  newly_refused,       // a reject that was an accept or a deferral
  newly_deferred,      // a deferral that was an accept or a reject
  newly_accepted,      // was a reject or a deferral
  refused_otherwise,   // still a reject, still a deferral, but for another reason or by another rule
  accepted_otherwise,  // still accepted, but by another rule, or now by none
  newly_would_refuse,  // accepted both times; now a monitored rule would refuse
  no_longer_would_refuse,
  would_refuse_otherwise,
  undecidable,   // the policy asks for what was not logged
  mta_refused,   // skipped: the mail server refused that recipient itself, no policy was asked
  filter_error,  // skipped: a fault of our own deferred it, no policy decided
};
inline constexpr std::size_t kChanges = 12;

// "same", "newly refused", "newly deferred" … as they are printed.
std::string_view to_text(Change change);

// Whether a policy decides otherwise than the logged one did, or cannot tell.
constexpr bool is_change(Change change) {
  return change != Change::same && change != Change::mta_refused && change != Change::filter_error;
}

struct Replayed {
  Change change = Change::same;
  Verdict now;  // empty when undecidable or skipped
  std::vector<std::string>
      needs;  // undecidable: the checks whose facts are missing, or "facts": none were kept
};

// Action, reason and rule are compared. A record whose facts the log's bounds have cut short says the same
// under the very policy that it was made with, and is undecidable where another decides otherwise: the part
// that is missing may be why.
Replayed replay(const Record& record, const Policy& policy);

// The paths that a replay under this policy looks at, and its tally (replay_tally.h).
std::vector<std::string> facts_for_replay(const Policy& policy);

}  // namespace policy
