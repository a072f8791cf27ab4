// Broken policies and what is said of them: tests/golden/policies/NAME.yaml and NAME.expected. With
// UPDATE_GOLDEN=1 in the environment the expected texts are written anew; read the difference as prose.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "policy/diagnostic.h"
#include "policy/load/policy.h"
#include "world.h"

namespace policy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewest = 40;  // of broken policies: fewer mean that some were lost

const fs::path kFolder = fs::path(TEST_SOURCE_DIR) / "tests/golden/policies";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> broken_policies() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".yaml") names.insert(entry.path().stem());
  return {names.begin(), names.end()};
}

std::string said_of(const std::string& text, const std::string& file) {
  std::string out;
  for (const auto& diagnostic :
       load_policy({text, file}, test_schema(), test_catalogue(), kTestNow).diagnostics)
    out += to_text(diagnostic, text, Colour::never) + "\n";
  return out;
}

class BrokenPolicy : public testing::TestWithParam<std::string> {};

TEST_P(BrokenPolicy, IsExplained) {
  const auto said = said_of(read(kFolder / (GetParam() + ".yaml")), GetParam() + ".yaml");
  EXPECT_NE(said, "") << "nothing is wrong with it";
  const auto golden = kFolder / (GetParam() + ".expected");
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(golden) << said;
  EXPECT_EQ(said, read(golden));
}

INSTANTIATE_TEST_SUITE_P(Golden, BrokenPolicy, testing::ValuesIn(broken_policies()), [](const auto& name) {
  std::string out;
  for (const char c : name.param) out += c == '-' ? '_' : c;
  return out;
});

TEST(BrokenPolicies, AreFortyAtLeast) { EXPECT_GE(broken_policies().size(), kFewest); }

}  // namespace
}  // namespace policy
