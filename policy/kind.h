// What tells recipients of one message apart at its end: there is one answer for all of them (after DATA), so
// those who would need different ones come in transactions of their own. Pure; any thread.
#pragma once
#include <vector>

#include "policy/decide.h"
#include "policy/fact.h"
#include "policy/policy.h"

namespace policy {

// Whether an enforced rule of the end refuses: else all recipients are of one kind.
bool has_kinds(const Policy& policy);

// How each condition of the end that reads recipients holds, and each accept of rcpt that may shield from an
// enforced rule of the end; further facts of others (DNS) change nothing. `own`: the groups recipient and
// message as they are of this recipient alone; `facts`: all others. Empty where there are no kinds.
std::vector<Truth> kind_of(const Policy& policy, const FactSet& facts, const FactSet& own);

}  // namespace policy
