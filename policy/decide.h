// The one function that decides. Pure: no I/O, no clock, no globals; any thread.
//
// Four promises, tested over random policies and worlds (tests/property):
//   1. gathering what a Need names, and asking again, ends, and no check is asked twice;
//   2. the facts of a verdict give that verdict again (replay);
//   3. further facts change nothing;
//   4. the order of conditions in a rule means nothing.
#pragma once
#include "policy/fact.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace policy {

// `moment` is rcpt or message: the rules of the stages that are decided then (stage.h) are looked at, first
// match wins.
//
// Three-valued: a condition known to be false settles a rule whatever the others turn out to be. A rule that
// cannot be settled because something is unavailable does what its if_unknown says: skip, or defer with the
// reason that belongs to what is unavailable. A rule whose exception cannot be settled defers, and so does a
// reject behind an accept that was skipped. No way leads from unknown to a reject.
Step decide(const Policy& policy, const FactSet& facts, Stage moment);

// One condition by itself: also used to explain a verdict.
Truth holds(const Condition& condition, const FactSet& facts);

}  // namespace policy
