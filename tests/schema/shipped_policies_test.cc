// The shipped policies load with the program's own facts and texts, without a word.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "milter/checks/check.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"

namespace milter {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1795521600;  // 2026-11-24T12:00:00Z: before the exceptions of the examples end

std::vector<fs::path> shipped() {
  const auto conf = fs::path(TEST_SOURCE_DIR) / "conf";
  std::vector<fs::path> out{conf / "policy.yaml"};
  for (const auto& entry : fs::directory_iterator(conf / "examples"))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  return out;
}

TEST(ShippedPolicies, LoadWithTheProgramsOwnFactsAndTexts) {
  for (const auto& path : shipped()) {
    std::ifstream in(path);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const auto loaded =
        policy::load_policy({text, path.string()}, schema(), policy::shipped_catalogue(schema()), kNow);
    EXPECT_TRUE(loaded.value) << path;
    for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << policy::to_text(diagnostic);
  }
}

}  // namespace
}  // namespace milter
