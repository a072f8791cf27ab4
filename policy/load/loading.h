// What every part of loading a policy works with.
#pragma once
#include <cstdint>

#include "policy/load/yaml_reader.h"
#include "policy/reply/reply.h"
#include "policy/schema.h"

namespace policy {

// What every part works with. References outlive the load.
struct Loading {
  const Schema& schema;
  const Catalogue& catalogue;
  std::int64_t now;  // seconds since 1970; 0: not known
  Findings& findings;
};

}  // namespace policy
