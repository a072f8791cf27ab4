// Whether one condition cannot hold without another.
#pragma once
#include <vector>

#include "policy/rule.h"

namespace policy {

// Whether a mail that `narrow` holds for always makes `wide` hold. False when in doubt.
bool implies(const Condition& narrow, const Condition& wide);
bool implies(const std::vector<Condition>& narrow, const std::vector<Condition>& wide);

}  // namespace policy
