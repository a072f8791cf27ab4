#include "policy/field_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "policy/fact.h"

namespace policy {
namespace {

TEST(FieldPath, IsTheSameHoweverItIsSaid) {
  const FieldPath path("spf.result");
  EXPECT_EQ(path, FieldPath("spf", "result"));
  EXPECT_EQ(path.number(), FieldPath("spf.result").number());
  EXPECT_EQ(path.text(), "spf.result");
  EXPECT_EQ(path.group(), "spf");
  EXPECT_EQ(path.field(), "result");
  EXPECT_NE(path, FieldPath("spf.domain"));
}

TEST(FieldPath, WithoutADotIsAGroup) {
  const FieldPath group("spf"), none;
  EXPECT_EQ(group.group(), "spf");
  EXPECT_EQ(group.field(), "");
  EXPECT_EQ(group.text(), "spf");
  EXPECT_TRUE(none.empty());
  EXPECT_NE(group, none);
}

TEST(FieldPath, ANameInALogMayHoldADotAndIsAnotherThen) {
  const FieldPath said("somebody.said_this");
  EXPECT_EQ(FieldPath::of_log("somebody", "said_this"), said);
  EXPECT_NE(FieldPath::of_log("some", "body.said_this"), said);
  EXPECT_EQ(FieldPath::of_log("some", "body.said_this")->group(), "some");
  EXPECT_FALSE(FieldPath::of_log("spf", ""));
  EXPECT_FALSE(FieldPath::of_log("", "result"));
}

// In a process of its own: names are kept until it ends.
void fill_with_names_of_logs() {
  std::size_t taken = 0;
  while (FieldPath::of_log("log", "f" + std::to_string(taken)) && taken <= kMostFieldPaths) ++taken;
  const FieldPath own("the.programs_own");
  const bool known =
      FieldPath::of_log("the", "programs_own") == own && FieldPath::of_log("log", "f0").has_value();
  std::exit(known && own.number() == kMostFieldPathsOfLogs && taken <= kMostFieldPathsOfLogs ? 0 : 1);
}

TEST(FieldPathDeathTest, LogsCannotTakeAllNumbers) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(fill_with_names_of_logs(), testing::ExitedWithCode(0), "");
}

TEST(FieldPath, ThreadsThatSayANameAtOnceMeanTheSame) {
  constexpr int kNames = 200;
  std::vector<std::vector<FieldPath>> said(4);
  std::vector<std::thread> threads;
  for (auto& mine : said)
    threads.emplace_back([&mine] {
      for (int i = 0; i < kNames; ++i) mine.emplace_back("thread", "f" + std::to_string(i));
    });
  for (auto& thread : threads) thread.join();
  for (const auto& mine : said) EXPECT_EQ(mine, said.front());
}

TEST(FactSet, ForgetsOneFieldAndKeepsTheOthers) {
  FactSet facts;
  facts.put("spf", Fields{{"result", std::string("pass")}, {"domain", std::string("a.example")}});
  facts.put("dmarc.result", std::string("none"));
  facts.forget("spf.result");
  EXPECT_EQ(facts.value("spf.result"), nullptr);
  EXPECT_EQ(facts.text("spf.domain"), "a.example");
  EXPECT_EQ(facts.text("dmarc.result"), "none");
  facts.forget_group("spf");
  EXPECT_FALSE(facts.has("spf"));
  EXPECT_EQ(facts.text("dmarc.result"), "none");
}

TEST(FactSet, IsTheSameInWhateverOrderItWasPut) {
  FactSet a, b;
  a.put("x.one", true);
  a.put("x.two", false);
  b.put("x.two", false);
  EXPECT_NE(a, b);
  b.put("x.one", true);
  EXPECT_EQ(a, b);
  b.put("x.one", false);
  EXPECT_NE(a, b);
}

TEST(FactSet, AGroupThatIsUnavailableHasNoFieldsUntilOneIsKnown) {
  FactSet facts;
  facts.put("spf.result", std::string("pass"));
  facts.put_none("spf", Unavailable{"SERVFAIL"});
  EXPECT_EQ(facts.value("spf.result"), nullptr);
  ASSERT_TRUE(facts.why_unknown("spf.result"));
  EXPECT_EQ(facts.why_unknown("spf.result")->reason, "SERVFAIL");
  facts.put("spf.domain", std::string("a.example"));
  EXPECT_FALSE(facts.why_unknown("spf.result"));
}

}  // namespace
}  // namespace policy
