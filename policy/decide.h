// The one function that decides. Pure: no I/O, no clock, no globals; any thread.
//
// Promises, tested over random policies and worlds (tests/property):
//   1. gathering what a Need names, and asking again, ends, and no check is asked twice;
//   2. the facts of a verdict give that verdict again (replay);
//   3. further facts change nothing;
//   4. the order of conditions in a rule means nothing;
//   5. a reject with facts that are unavailable or known in part is a reject whatever they turn out to be.
#pragma once
#include "policy/fact.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace policy {

// The id and reason of the deferral that brings a recipient in a transaction of its own.
inline constexpr std::string_view kSplit = "recipients-split";

// `moment` is rcpt or message. At rcpt the rules decided then (stage.h) are looked at, first match wins; a recipient
// whom the message's end treats otherwise than those before him (recipient.split) is told to come again before any
// rule is. At message all rules are, in the file's order: those of rcpt that refuse are passed by, for they have had
// their say, and those that accept count where they stand. So an accept shields from what stands below it, at either
// moment, and from nothing above it; a rule that is `always` it does not shield from.
//
// Three-valued: a condition known to be false settles a rule whatever the others turn out to be. A rule that
// cannot be settled because something is unknown does what its if_unknown says: skip, or defer with the
// reason that belongs to what is unknown. But:
//   - what is unknown by the client's own excess (Owner::client) defers by every rule that refuses;
//   - a rule that refuses does without blocklists that were given up, as if it said skip;
//   - an exception that is unknown defers;
//   - a rule that would have accepted or deferred, and was skipped as unknown, opens the walk: a later reject defers.
// No way leads from unknown to a reject.
Step decide(const Policy& policy, const FactSet& facts, Stage moment);

// One condition by itself: also used to explain a verdict.
Truth holds(const Condition& condition, const FactSet& facts);

}  // namespace policy
