// The section `lists:`.
#pragma once
#include <vector>

#include "policy/load/loading.h"
#include "policy/policy.h"

namespace policy {

std::vector<List> read_lists(const YamlMapping& root, const Loading& loading);

}  // namespace policy
