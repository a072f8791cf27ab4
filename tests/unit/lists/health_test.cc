#include "milter/lists/health.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/lists/world.h"

namespace milter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Standing::Kind;

const SelfTest kPass{.passed = true, .points = {{"127.0.0.2", "127.0.0.2"}}};
const SelfTest kFail{.problem = "test point 127.0.0.2: time-out", .points = {{"127.0.0.2", "time-out"}}};

class Health : public ::testing::Test {
 protected:
  Health() { health_.use({zen_}); }

  void tests(const std::vector<SelfTest>& results) {
    for (const auto& result : results) health_.tested("zen", result, now_ += 1000);
  }
  // Clients never seen before.
  void clients(int count, bool listed) {
    for (int i = 0; i < count; ++i) health_.observe("zen", fmt::format("client {}", next_++), listed);
  }
  Kind kind() const { return health_.standing(zen_, now_).kind; }

  std::vector<std::string> said_;
  ListHealth health_{[this](const std::string& sentence) { said_.push_back(sentence); }};
  policy::List zen_ = test::zen();
  UnixMillis now_ = 0;
  int next_ = 0;
};

TEST_F(Health, AListIsUntestedUntilItsFirstTestIsAnswered) {
  EXPECT_EQ(kind(), Kind::untested);
  tests({kPass});
  EXPECT_EQ(kind(), Kind::believed);
}

TEST_F(Health, AListWhoseFirstTestFailedIsNotAskedAndSaysWhy) {
  tests({kFail});
  EXPECT_EQ(kind(), Kind::failing);
  EXPECT_EQ(health_.standing(zen_, now_).why, kFail.problem);
}

TEST_F(Health, OneLostPacketDoesNothing) {
  tests({kPass, kFail});
  EXPECT_EQ(kind(), Kind::believed);
  EXPECT_EQ(health_.standing(zen_, now_).why, "");
}

TEST_F(Health, EveryChangeIsSaidOnceAsASentence) {
  tests({kPass, kPass, kFail, kFail, kFail, kFail, kPass, kPass, kPass});
  EXPECT_THAT(said_,
              ElementsAre("list zen: counts", "list zen: does not count: test point 127.0.0.2: time-out",
                          "list zen: counts"));
}

TEST_F(Health, AListThatHasNotCountedForLongIsGivenUpAndThatIsSaidOnce) {
  constexpr UnixMillis kGiveUp = 4LL * 3600 * 1000;
  tests({kFail});  // its first test: in doubt from here on
  const auto since = now_;
  EXPECT_FALSE(health_.standing(zen_, since + kGiveUp - 1).given_up);
  EXPECT_TRUE(health_.standing(zen_, since + kGiveUp).given_up);
  EXPECT_FALSE(health_.standing(zen_, since - 1).given_up) << "the clock was set back";
  now_ = since + kGiveUp;
  tests({kFail, kFail, kFail});
  EXPECT_EQ(
      std::count_if(said_.begin(), said_.end(),
                    [](const auto& sentence) { return sentence.find("lists_give_up") != sentence.npos; }),
      1);
}

TEST_F(Health, AListThatCountsAgainIsNotGivenUp) {
  tests({kPass, kFail, kFail, kFail});
  const auto late = now_ + 5LL * 3600 * 1000;
  EXPECT_TRUE(health_.standing(zen_, late).given_up);
  now_ = late;
  tests({kPass, kPass});
  EXPECT_FALSE(health_.standing(zen_, late + 5LL * 3600 * 1000).given_up);
}

TEST_F(Health, NeitherOneLostPacketNorNoTestAtAllGivesAListUp) {
  EXPECT_FALSE(health_.standing(zen_, 5LL * 3600 * 1000).given_up);
  tests({kPass, kFail});
  EXPECT_FALSE(health_.standing(zen_, now_ + 5LL * 3600 * 1000).given_up);
}

TEST_F(Health, ThePolicySaysHowLongThatIs) {
  health_.use({zen_}, std::chrono::minutes(1));
  tests({kFail});
  EXPECT_FALSE(health_.standing(zen_, now_ + 59'999).given_up);
  EXPECT_TRUE(health_.standing(zen_, now_ + 60'000).given_up);
}

TEST_F(Health, TheOperatorsForceWinsOverTheTests) {
  zen_.force = policy::Force::on;
  health_.use({zen_});
  tests({kFail, kFail, kFail});
  EXPECT_EQ(kind(), Kind::believed);
  zen_.force = policy::Force::off;
  tests({kPass, kPass});
  EXPECT_EQ(kind(), Kind::off);
}

TEST_F(Health, AListThatSuddenlyListsFarMoreCountsOnAndItsPointsAreAskedAtOnce) {
  tests({kPass});
  clients(1000, false);
  EXPECT_THAT(health_.due(2000), IsEmpty());
  clients(100, true);
  EXPECT_EQ(kind(), Kind::believed);
  EXPECT_TRUE(health_.report()[0].surging);
  EXPECT_THAT(health_.report()[0].hit_rate, HasSubstr("of the last 100, before 0%"));
  EXPECT_THAT(said_.back(), HasSubstr("list zen: lists far more than usual"));
  EXPECT_THAT(health_.due(2000), SizeIs(1));
  EXPECT_THAT(health_.due(2000), IsEmpty()) << "once";
  health_.tested("zen", kPass, 2000);
  EXPECT_EQ(kind(), Kind::believed);
  EXPECT_THAT(health_.due(2000 + kDoubtInterval - 1), IsEmpty());
  EXPECT_THAT(health_.due(2000 + kDoubtInterval), SizeIs(1)) << "and sooner than usual while it lasts";
  clients(200, false);
  EXPECT_FALSE(health_.report()[0].surging);
  EXPECT_THAT(said_, SizeIs(3)) << "counts, far more, as usual again";
}

TEST_F(Health, OneThatAlsoListsWhatMustNotBeListedIsDisabledByThatAnswer) {
  const SelfTest lists_all{.lists_all = true, .problem = "test point 127.0.0.1 must not be listed"};
  tests({kPass, lists_all});
  EXPECT_EQ(kind(), Kind::believed) << "without a surge, one failed test is an accident";
  tests({kPass});
  clients(1000, false);
  clients(100, true);
  health_.tested("zen", kFail, 3000);
  EXPECT_EQ(kind(), Kind::believed) << "no answer is none";
  health_.tested("zen", lists_all, 4000);
  EXPECT_EQ(kind(), Kind::disabled);
  EXPECT_THAT(health_.standing(zen_, now_).why, HasSubstr("must not be listed"));
}

// 26 addresses of one listed /64, 26 names below one listed domain: what it took to switch a list off.
TEST_F(Health, ManyAddressesOfOneNetworkAndManyNamesOfOneDomainAreOne) {
  tests({kPass});
  clients(1000, false);
  for (int i = 0; i < 100; ++i) {
    health_.observe("zen", fmt::format("2001:db8:bad::{:x}", i), true);
    health_.observe("zen", fmt::format("203.0.113.{}", i), true);
    health_.observe("zen", fmt::format("s{}.spammer.example", i), true);
  }
  EXPECT_FALSE(health_.report()[0].surging);
}

TEST_F(Health, AnAllowListThatSuddenlyAllowsEverybodyIsSaid) {
  auto good = test::allow_list();
  health_.use({good});
  health_.tested("good", kPass, 1);
  for (int i = 0; i < 1000; ++i) health_.observe("good", fmt::format("before{}.example", i), i % 20 == 0);
  for (int i = 0; i < 100; ++i) health_.observe("good", fmt::format("after{}.example", i), true);
  EXPECT_EQ(health_.standing(good, now_).kind, Kind::believed);
  EXPECT_THAT(said_.back(), HasSubstr("allows far more than usual"));
}

TEST_F(Health, AnUndocumentedCodeIsCountedAndALieDisables) {
  tests({kPass});
  health_.problem("zen", "answered 127.0.0.99", false, 5000);
  EXPECT_EQ(kind(), Kind::believed);
  health_.problem("zen", "answered 192.0.2.80", true, 6000);
  EXPECT_EQ(kind(), Kind::disabled);
  const auto report = health_.report();
  EXPECT_EQ(report[0].counts.problems, 2U);
  EXPECT_EQ(report[0].counts.times_disabled, 1U);
  EXPECT_EQ(report[0].since, 6000);
}

TEST_F(Health, AReloadKeepsWhatIsKnownOfTheSameListAndForgetsAnother) {
  tests({kPass});
  zen_.codes.push_back(test::code("127.0.0.3", "127.0.0.3", "CSS", 4));
  health_.use({zen_});
  EXPECT_EQ(kind(), Kind::believed);
  zen_.zone = "other.example";
  health_.use({zen_});
  EXPECT_EQ(kind(), Kind::untested);
}

TEST_F(Health, WhatIsSaidOfAListThatIsGoneIsIgnored) {
  health_.use({});
  tests({kPass});
  health_.observe("zen", "192.0.2.1", true);
  health_.unanswered("zen");
  EXPECT_THAT(health_.report(), IsEmpty());
  EXPECT_EQ(kind(), Kind::untested);
}

TEST_F(Health, ATestIsDueAtOnceThenEveryHalfHour) {
  EXPECT_THAT(health_.due(1), SizeIs(1));
  EXPECT_THAT(health_.due(2), IsEmpty());  // under way
  health_.tested("zen", kPass, 1000);
  EXPECT_THAT(health_.due(1000 + kTestInterval - 1), IsEmpty());
  EXPECT_THAT(health_.due(1000 + kTestInterval), SizeIs(1));
}

TEST_F(Health, ATestThatNeverCameBackIsDueAgain) {
  EXPECT_THAT(health_.due(1), SizeIs(1));
  EXPECT_THAT(health_.due(1 + kLongestTest - 1), IsEmpty());
  EXPECT_THAT(health_.due(1 + kLongestTest), SizeIs(1));
}

TEST_F(Health, AClockThatIsSetBackStopsNoTests) {
  health_.tested("zen", kPass, 1'000'000'000);
  EXPECT_THAT(health_.due(1000), SizeIs(1));
}

TEST_F(Health, TheReportHasStateAnswersAndCounts) {
  tests({kFail});
  health_.observe("zen", "192.0.2.1", true);
  health_.observe("zen", "192.0.2.2", false);
  health_.unanswered("zen");
  const auto report = health_.report();
  ASSERT_THAT(report, SizeIs(1));
  EXPECT_EQ(report[0].name, "Example ZEN");
  EXPECT_EQ(to_text(report[0].standing.kind), "failing");
  EXPECT_EQ(report[0].last_test, 1000);
  EXPECT_EQ(report[0].points[0].answer, "time-out");
  EXPECT_EQ(report[0].counts.asked, 2U);
  EXPECT_EQ(report[0].counts.listed, 1U);
  EXPECT_EQ(report[0].counts.unanswered, 1U);
  EXPECT_EQ(report[0].counts.tests, 1U);
  EXPECT_EQ(report[0].counts.failed_tests, 1U);
}

TEST_F(Health, SessionsMayUseItTogether) {
  const auto work = [this] {
    for (int i = 0; i < 500; ++i) {
      health_.observe("zen", fmt::format("client {}", i), i % 2 == 0);
      if (health_.standing(zen_, now_).kind == Kind::off) std::abort();
      if (i % 50 == 0) health_.use({zen_});
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  threads.clear();
  EXPECT_EQ(health_.report()[0].counts.asked, 2000U);
}

}  // namespace
}  // namespace milter
