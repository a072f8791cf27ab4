// A logged decision made again by another policy: what would be different. Pure; any thread.
//
// Nothing is asked of the world: what the record observed is derived and decided again, each decision by itself. What
// the new policy asks and the record does not hold makes the decision undecidable, never a guess.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "policy/record/read_facts.h"
#include "policy/record/record.h"
#include "policy/record/rederive.h"
#include "policy/schema.h"

namespace policy {

// What became of one record. Each record has one of these; the first that fits. Refused is what the
// other side sees: a monitored rule refuses nothing, and its changes count only where the mail is
// accepted both times.
enum class Change {
  same,
  newly_refused,   // a reject that was an accept or a deferral
  newly_deferred,  // a deferral that was an accept or a reject
  newly_accepted,  // was a reject or a deferral. At rcpt: passes RCPT; what the message's end says nobody knows
  would_be_split,      // the recipient is told to come again in a transaction of his own
  refused_otherwise,   // still a reject, still a deferral, but for another reason or by another rule
  accepted_otherwise,  // still accepted, but by another rule, or now by none
  newly_would_refuse,  // accepted both times; now a monitored rule would refuse
  no_longer_would_refuse,
  would_refuse_otherwise,
  undecidable,  // the policy asks for what was not observed, or what the log's bounds have cut
  // The very policy that decided, and another verdict or another derived fact: this program is another one.
  changed_by_program,
  not_reached,  // skipped: the message's end, where all its recipients are refused before (the tally says so)
  mta_refused,  // skipped: the mail server refused that recipient itself, no policy was asked
  filter_error,  // skipped: a fault of our own deferred it, no policy decided
};
inline constexpr std::size_t kChanges = 15;

// "same", "newly refused", "newly deferred" … as they are printed.
std::string_view to_text(Change change);

// Whether nobody decided, or nobody would have to.
constexpr bool is_skipped(Change change) { return change >= Change::not_reached; }

// Whether a policy decides otherwise than the logged one did, or cannot tell.
constexpr bool is_change(Change change) { return change != Change::same && !is_skipped(change); }

struct Replayed {
  Change change = Change::same;
  Verdict now;  // empty when undecidable or skipped
  // Undecidable: the checks, or parts of the record, that are missing; "facts": none were kept. Changed by
  // the program: the derived facts that differ, none if only the verdict does.
  std::vector<std::string> needs;
  TextList listed;       // the DNS lists that had the client or a domain, as the policy reads them
  bool aligned = false;  // DKIM vouched for the From domain
};

// All replays under one policy. Action, reason and rule are compared. Where the log's bounds have cut what a
// policy reads, a record says the same under the very policy that it was made with, and is undecidable under
// another. Immutable; any thread.
class Replay {
 public:
  Replay(const Policy& policy, const Schema& schema);  // the policy outlives it

  Replayed operator()(const Record& record) const;
  // What it reads of a record.
  const WantedFacts& wanted() const { return wanted_; }

 private:
  Replayed decide_again(const Record& record, Observed observed) const;

  const Policy& policy_;
  DerivedFields derived_;
  WantedFacts wanted_;
};

// One replay.
Replayed replay(const Record& record, const Policy& policy, const Schema& schema);

}  // namespace policy
