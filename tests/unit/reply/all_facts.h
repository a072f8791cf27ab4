// A schema with every fact that the shipped texts mention, for tests below the checks.
#pragma once
#include "policy/schema.h"

namespace policy {

const Schema& all_facts();

}  // namespace policy
