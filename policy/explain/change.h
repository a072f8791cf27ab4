// What would have changed a verdict: one observation, one value of the policy, one rule, one exception at a
// time, each tried with derive() and decide() themselves. A derived fact is never changed: what it is made of
// is. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/record/record.h"
#include "policy/schema.h"

namespace policy {

struct Alternative {
  enum class Of { fact, policy, rule, exception };
  Of of = Of::fact;
  // "spf.result had been pass or none", "zen had not listed 192.0.2.66", "127.0.0.2 of zen weighed 4 or
  // less", "rule spf were in monitor mode"
  std::string if_what;
  Step then;  // what decide() answers; a Need where the record does not tell
};
std::string_view to_text(Alternative::Of of);  // "fact", "policy", "rule", "exception"

// More near misses of accepted mail than these are noise: any mail could have been refused for something.
inline constexpr std::size_t kMostNearMisses = 5;

// Smallest change first: facts, then the rule, then exceptions. Only what gives another outcome is listed.
// Empty when `policy` cannot decide the record's facts. `schema` knows the words that a fact can take.
//
// A record of version 1 tells of no observation behind a derived fact: of these nothing is said.
//
// Of a refusal, enforced or monitored: each condition of the deciding rule is turned in its turn. Of mail
// that nothing refused: the rules that one fact kept from applying, in order, at most kMostNearMisses. No
// exception to relay control is proposed: that would be an open relay.
std::vector<Alternative> alternatives(const Record& record, const Policy& policy, const Schema& schema);

}  // namespace policy
