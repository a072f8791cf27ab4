// Plays a test case and compares.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "milter/cli/cases.h"

namespace milter {

// What differs from the expectation, a sentence each; empty: passed.
struct CaseResult {
  std::vector<std::string> differences;
  std::vector<policy::Record> records;
};
CaseResult run_case(const TestCase& test, const std::shared_ptr<const Snapshot>& snapshot);

}  // namespace milter
