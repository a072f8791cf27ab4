// What derived facts are made of: the observations and the values of the policy that would make one of them
// different. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "policy/observed.h"
#include "policy/rule.h"
#include "policy/schema.h"

namespace policy {

// A world, or a policy, in which one thing is different, and how one says it: "file:r.txt had said" "full".
struct Cause {
  enum class Of { observation, policy };
  Of of = Of::observation;
  std::string subject, word;
  Observed observed;
  Policy policy;
};

// Those that may turn a condition on a derived fact, the nearest to what is so first; none where nobody could
// change it by a single thing. `observed` has the derived facts of this policy.
std::vector<Cause> causes_of(const Condition& condition, const Observed& observed, const Policy& policy,
                             const Host& host, const Schema& schema);

}  // namespace policy
