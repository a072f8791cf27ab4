// What one version of the configuration decides with. A session keeps the one it began with; a
// reload makes another.
#pragma once
#include <memory>

#include "milter/checks/check.h"
#include "policy/policy.h"
#include "policy/reply/reply.h"

namespace milter {

// Immutable, shared between threads.
struct Snapshot {
  policy::Policy policy;  // site.name is not empty
  policy::Catalogue catalogue;
  std::shared_ptr<const Recipients> recipients;  // null: no source configured
};

}  // namespace milter
