// What is wrong with a policy although each of its words is right.
#pragma once
#include "policy/load/loading.h"
#include "policy/policy.h"

namespace policy {

// What only the whole policy shows: names of lists, rules that cannot fire, warnings.
void lint_policy(const Policy& policy, const YamlMapping& root, const Loading& loading);

}  // namespace policy
