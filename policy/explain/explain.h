// A record in plain words, short: what was decided, by which rule, why each rule did or did not apply. What
// `try` prints; explain_account.h tells the whole story. Pure; any thread.
#pragma once
#include <string>

#include "policy/explain/words.h"
#include "policy/policy.h"
#include "policy/record/record.h"
#include "policy/reply/reply.h"

namespace policy {

// `policy` may be null: then the places of rules are left out. Facts are those that the rules looked at.
// Ends without a line end.
std::string explain(const Record& record, const Policy* policy);

// The exception of this id; null: none.
const Exception* exception_of(const Policy& policy, std::string_view id);

// The facts that decided: the conditions of every rule that was considered, and of the exceptions that mattered, each
// path once, sorted. Without a policy, what the record says of settled conditions.
std::vector<std::string> paths_looked_at(const Record& record, const Policy* policy);

}  // namespace policy
