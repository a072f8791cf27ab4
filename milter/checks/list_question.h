// What the checks of DNS lists ask of one list, and what they tell of its answer: dnsbl of all lists but
// those of From domains, dnsbl_from of those. What it means is derive()'s business.
#pragma once
#include <vector>

#include "milter/checks/check.h"

namespace milter {

// The fields of both groups: all are derived, since codes, weights and names are the policy's.
std::vector<policy::FieldDoc> list_fields();

// Asks input.list, and its test points where nobody knows yet whether it may be believed.
Gathered ask_list(const CheckInput& input, Answers& answers);

}  // namespace milter
