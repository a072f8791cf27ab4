// A record out of its JSON line, whole or only what a replay asks. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "policy/record/record.h"

namespace policy {

// A line of any version 1 writer. The error says what is wrong with it.
tl::expected<Record, std::string> record_from_json(std::string_view line);

// The facts that a reader wants of records: paths, by group. Any thread.
class WantedFacts {
 public:
  explicit WantedFacts(const std::vector<std::string>& paths);
  // The fields wanted of a group, or null: none of it.
  const std::vector<std::string>* of(std::string_view group) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> groups_;
};

// As record_from_json, but only what a replay reads: of the flat keys v, event, ref, stage, mail_from and
// policy, the verdict, what was monitored, and the facts that are wanted. The rest stays empty; a group of
// which nothing is wanted is there without fields. Two thirds of a line are passed over unread.
tl::expected<Record, std::string> record_for_replay(std::string_view line, const WantedFacts& wanted);

}  // namespace policy
