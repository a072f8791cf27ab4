// A record in plain words: who, what was decided, by which rule, why each rule did or did not apply. Pure.
#pragma once
#include <string>

#include "policy/policy.h"
#include "policy/record.h"
#include "policy/reply.h"

namespace policy {

// `policy` and `catalogue` may be null: then places of rules, tests and texts are left out. Ends without a
// line end.
std::string explain(const Record& record, const Policy* policy, const Catalogue* catalogue);

// "spf.result is fail, softfail", "dnsbl.weight >= 8", "client.trusted is not true": a condition read aloud.
std::string to_text(const Condition& condition);

}  // namespace policy
