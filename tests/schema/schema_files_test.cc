// conf/schemas/NAME.schema.json are what `fivefifty docs schema` prints. With UPDATE_GOLDEN=1 in the
// environment they are written anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "milter/checks/check.h"
#include "policy/schemas/policy.h"

namespace milter {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TEST_SOURCE_DIR) / "conf/schemas";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SchemaFiles, AreWhatTheProgramPrints) {
  for (const auto name : policy::json_schema_names()) {
    const auto file = kFolder / (std::string(name) + ".schema.json");
    const auto printed = policy::json_schema(name, schema());
    if (std::getenv("UPDATE_GOLDEN")) std::ofstream(file) << printed;
    EXPECT_EQ(printed, read(file)) << "UPDATE_GOLDEN=1 writes " << file;
  }
}

TEST(SchemaFiles, AreNoMoreThanThose) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(kFolder))
    files += entry.path().extension() == ".json" ? 1U : 0U;
  EXPECT_EQ(files, policy::json_schema_names().size());
}

}  // namespace
}  // namespace milter
