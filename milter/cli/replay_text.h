// A replay's result for people and for programs.
#pragma once
#include <string>

#include "policy/policy.h"
#include "policy/record/tally.h"

namespace milter {

// "same: N", "newly refused: N", "newly deferred: N", "newly accepted: N", "undecidable: N", each at the
// start of a line; then by rule, sender domain, list, the most worrying first. With a line end.
std::string replay_text(const policy::ReplayTally& tally, const policy::Policy& policy);

// The same as one JSON object, indented, with a line end. Domains and worries: the first kMostShown.
std::string replay_json(const policy::ReplayTally& tally, const policy::Policy& policy);

inline constexpr std::size_t kMostShown = 20;  // domains and worries: the tail is not what one looks for

}  // namespace milter
