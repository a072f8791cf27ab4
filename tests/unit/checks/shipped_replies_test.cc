// The shipped texts against the real checks: every placeholder is a fact that some check documents.
#include <gtest/gtest.h>

#include "milter/checks/check.h"
#include "policy/load/catalogue.h"
#include "policy/load/policy.h"
#include "policy/reply/check.h"

namespace milter {
namespace {

TEST(ShippedReplies, MentionOnlyFactsThatChecksTell) {
  for (const auto& [id, entry] : policy::shipped_catalogue(schema()))
    for (const auto& problem : policy::check_text(entry, schema(), policy::SchemaHas::all))
      ADD_FAILURE() << id << ": " << problem.what;
}

TEST(ShippedReplies, HaveSamplesOfFactsThatChecksTell) {
  for (const auto& [id, entry] : policy::shipped_catalogue(schema()))
    for (const auto& [path, value] : entry.sample.fields())
      EXPECT_TRUE(schema().find(path).field) << id << ": " << path.text();
}

}  // namespace
}  // namespace milter
