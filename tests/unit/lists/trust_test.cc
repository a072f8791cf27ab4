#include "milter/lists/trust.h"

#include <gtest/gtest.h>

namespace milter {
namespace {

using State = Trust::State;

const SelfTest kPass{.passed = true};
const SelfTest kFail{.problem = "test point 127.0.0.2: time-out"};
const SelfTest kLie{.lies = true, .problem = "test point 127.0.0.2 answered 192.0.2.80"};

Trust after(const std::vector<SelfTest>& tests) {
  Trust trust;
  UnixMillis now = 0;
  for (const auto& test : tests) trust.tested(test, now += 1000);
  return trust;
}

TEST(Trust, BeginsUntestedAndOnePassIsEnough) {
  EXPECT_EQ(Trust().state(), State::untested);
  EXPECT_EQ(after({kPass}).state(), State::trusted);
}

TEST(Trust, AListWhoseFirstTestFailsIsNotTrustedAndSaysWhy) {
  EXPECT_EQ(after({kFail}).state(), State::untested);
  EXPECT_EQ(after({kFail}).why(), kFail.problem);
  EXPECT_EQ(after({kFail, kPass}).state(), State::trusted);
  EXPECT_EQ(after({kFail, kFail, kFail}).state(), State::disabled);
}

TEST(Trust, TwoFailuresDoNothingAndTheThirdDisables) {
  EXPECT_EQ(after({kPass, kFail, kFail}).state(), State::trusted);
  EXPECT_EQ(after({kPass, kFail, kFail}).why(), "");
  EXPECT_EQ(after({kPass, kFail, kFail, kFail}).state(), State::disabled);
}

TEST(Trust, FailuresCountOnlyInARow) {
  EXPECT_EQ(after({kPass, kFail, kFail, kPass, kFail, kFail}).state(), State::trusted);
}

TEST(Trust, OnePassAfterBeingDisabledIsTooFewAndTwoAreEnough) {
  EXPECT_EQ(after({kFail, kFail, kFail, kPass}).state(), State::disabled);
  EXPECT_EQ(after({kFail, kFail, kFail, kPass, kFail, kPass}).state(), State::disabled);
  EXPECT_EQ(after({kFail, kFail, kFail, kPass, kPass}).state(), State::trusted);
  EXPECT_EQ(after({kFail, kFail, kFail, kPass, kPass}).why(), "");
}

TEST(Trust, ALieDisablesAtOnceInATestAndOutsideOne) {
  EXPECT_EQ(after({kPass, kLie}).state(), State::disabled);
  auto trust = after({kPass});
  trust.lied("answered 192.0.2.80", 5000);
  EXPECT_EQ(trust.state(), State::disabled);
  EXPECT_EQ(trust.why(), "answered 192.0.2.80");
  EXPECT_EQ(trust.since(), 5000);
}

TEST(Trust, ALieStartsTheCountOfPassesAgain) {
  EXPECT_EQ(after({kLie, kPass, kLie, kPass}).state(), State::disabled);
}

TEST(Trust, RemembersSinceWhenItIsAsItIs) {
  EXPECT_EQ(after({kPass, kPass, kPass}).since(), 1000);
  EXPECT_EQ(after({kPass, kFail, kFail, kFail, kFail}).since(), 4000);
}

TEST(Trust, TestsEveryHalfHourAtEaseAndSoonerInDoubt) {
  EXPECT_EQ(after({kPass}).next_test(0), kTestInterval);
  EXPECT_EQ(after({kPass, kFail}).next_test(0), kDoubtInterval);
  EXPECT_EQ(after({kFail}).next_test(0), kDoubtInterval);
  EXPECT_EQ(after({kLie}).next_test(0), kDisabledInterval);
  EXPECT_EQ(after({kLie, kPass}).next_test(0), kDoubtInterval);
}

}  // namespace
}  // namespace milter
