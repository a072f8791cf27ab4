// The policies that are shipped must load as they are, without a word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "world.h"

namespace policy {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

Policy loaded(const fs::path& path) {
  auto result = load_text(read(path));
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << path << ": " << to_text(diagnostic);
  return result.value.value_or(Policy());
}

const fs::path kConf = fs::path(TEST_SOURCE_DIR) / "conf";

// filter-error is the reason of checks that ask nobody.
bool can_be_unknown(const Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [](const Condition& condition) { return condition.doubt_reason != "filter-error"; });
}

TEST(ShippedPolicy, LoadsWithoutAWord) { EXPECT_FALSE(loaded(kConf / "policy.yaml").rules.empty()); }

TEST(ShippedPolicy, EnforcesNothingBoldAsItComes) {
  std::vector<std::string> enforced;
  for (const auto& rule : loaded(kConf / "policy.yaml").rules)
    if (rule.action == Action::reject && rule.mode == Mode::enforce) enforced.push_back(rule.reason);
  EXPECT_THAT(enforced, testing::ElementsAre("relay-denied", "recipient-unknown", "recipient-disabled",
                                             "header-too-large"));
}

TEST(ShippedPolicy, DefersWhatItsEnforcedRulesCannotKnow) {
  for (const auto& rule : loaded(kConf / "policy.yaml").rules)
    if (rule.action == Action::reject && rule.mode == Mode::enforce && can_be_unknown(rule)) {
      EXPECT_EQ(rule.if_unknown, IfUnknown::defer) << rule.id;
    }
}

TEST(Examples, LoadWithoutAWord) {
  int examples = 0;
  for (const auto& entry : fs::directory_iterator(kConf / "examples")) {
    if (entry.path().extension() != ".yaml") continue;
    ++examples;
    EXPECT_FALSE(loaded(entry.path()).rules.empty()) << entry.path();
  }
  EXPECT_GE(examples, 3);
}

}  // namespace
}  // namespace policy
