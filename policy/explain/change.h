// What would have changed a verdict: one fact, one rule, one exception at a time, each tried with decide()
// itself. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/record/record.h"
#include "policy/schema.h"

namespace policy {

struct Alternative {
  enum class Of { fact, rule, exception };
  Of of = Of::fact;
  std::string if_what;  // "spf.result had been pass or none", "rule spf were in monitor mode"
  Step then;            // what decide() answers; a Need where the record does not tell
};
std::string_view to_text(Alternative::Of of);  // "fact", "rule", "exception"

// More near misses of accepted mail than these are noise: any mail could have been refused for something.
inline constexpr std::size_t kMostNearMisses = 5;

// Smallest change first: facts, then the rule, then exceptions. Only what gives another outcome is listed.
// Empty when `policy` cannot decide the record's facts. `schema` knows the words that a fact can take.
//
// Of a refusal, enforced or monitored: each condition of the deciding rule is turned in its turn. Of mail
// that nothing refused: the rules that one fact kept from applying, in order, at most kMostNearMisses. No
// exception to relay control is proposed: that would be an open relay.
std::vector<Alternative> alternatives(const Record& record, const Policy& policy, const Schema& schema);

}  // namespace policy
