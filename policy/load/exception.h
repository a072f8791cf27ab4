// The section `exceptions:`.
#pragma once
#include <vector>

#include "policy/load/loading.h"
#include "policy/rule.h"

namespace policy {

// `rules` are those that may be skipped.
std::vector<Exception> read_exceptions(const YamlMapping& root, const std::vector<Rule>& rules,
                                       const Loading& loading);

}  // namespace policy
