// The section `rules:`.
#pragma once
#include <vector>

#include "policy/load/loading.h"
#include "policy/rule.h"

namespace policy {

std::vector<Rule> read_rules(const YamlMapping& root, Mode mode, const Loading& loading);

}  // namespace policy
