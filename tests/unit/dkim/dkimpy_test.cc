// dkimpy beside us over the whole table. Where it comes to another end, the case says who is right and by
// which paragraph; an unlisted disagreement fails, and so does a listed one that is none.
#include "tests/unit/dkim/dkimpy.h"

#include <gtest/gtest.h>

#include "tests/unit/dkim/cases.h"

namespace milter::test {
namespace {

TEST(Dkimpy, AgreesButWhereTheTableSaysWhoIsRight) {
  const auto cases = all_cases();
  std::vector<DkimpyQuestion> questions;
  for (const auto& one : cases) questions.push_back({mail_of(one), records_of(one)});
  const auto answers = ask_dkimpy(questions);
  ASSERT_EQ(answers.size(), cases.size()) << "is python3-dkim installed?";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const bool ours = cases[i].expected.starts_with("pass");
    const bool theirs = answers[i] == "pass";
    EXPECT_EQ(ours != theirs, !cases[i].dkimpy.empty())
        << cases[i].name << "\n  we: " << cases[i].expected << "\n  dkimpy: " << answers[i];
  }
}

}  // namespace
}  // namespace milter::test
