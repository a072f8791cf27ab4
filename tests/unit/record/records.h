// Records for the tests: one as rich as they come, and random ones.
#pragma once
#include <random>

#include "policy/record/record.h"

namespace policy {

Record sample_record();

// Within the bounds of a line; texts of any bytes that are UTF-8.
Record random_record(std::mt19937& random);

}  // namespace policy
