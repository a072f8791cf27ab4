// Which rule can never fire because another above it decides all that it could.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace policy {

// Rules are shown to it from the top down. It files each under the values of its rarest condition, so that a
// rule is held against the few that ask for something of the same: time is linear in the rules as long as
// their values differ. (Only thousands of comparisons of one number, or of negations of one fact, are held
// against each other.)
class Shadows {
 public:
  explicit Shadows(const Policy& policy);  // outlives it

  // The number of the first rule above that leaves nothing for rule `index`. Once for each, in order.
  std::optional<std::size_t> next(std::size_t index);

 private:
  std::vector<std::string> filing(const Rule& rule) const;  // the keys of its rarest condition
  bool shadows(const Rule& earlier, const Rule& later) const;

  const Policy& policy_;
  std::set<std::string, std::less<>> skipped_;    // what exceptions name: rule ids and reasons
  std::map<std::string, std::size_t> frequency_;  // of each key, in all rules
  std::map<std::string, std::vector<std::size_t>> filed_;
};

}  // namespace policy
