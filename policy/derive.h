// Facts that depend on the policy: whom it trusts, which domains are ours, what a list's code weighs. Made of
// what was observed, so that replay makes them anew under another policy.
//
// Pure; any thread. Monotone: where an observation is unavailable or known in part, a derived field is a set
// that holds every value it could have had (tests/property).
#pragma once
#include "policy/observed.h"

namespace policy {

// Sets all derived fields of observed.facts for which there are observations, and no others: a field that is absent
// afterwards is one that nobody has asked about yet.
void derive(const Policy& policy, const Host& host, Observed& observed);

// The source of recipients that the policy asks about one of them, or null: none is configured for his
// domain, he is not ours, or he is postmaster or abuse and known without asking.
const RecipientSource* source_for(const Policy& policy, const RecipientAsked& recipient);

}  // namespace policy
