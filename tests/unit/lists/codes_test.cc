#include "policy/codes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lists/world.h"

namespace milter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

policy::ListReading read(const std::vector<std::string>& answers, const policy::List& list = test::zen()) {
  return policy::read_answer(list, test::addresses(answers).addresses);
}

TEST(ReadAnswer, ADocumentedCodeIsAListing) {
  const auto answer = read({"127.0.0.2"});
  ASSERT_THAT(answer.listings, SizeIs(1));
  EXPECT_EQ(answer.listings[0].code, "127.0.0.2");
  EXPECT_EQ(answer.listings[0].means, "SBL");
  EXPECT_EQ(answer.listings[0].weight, 8);
  EXPECT_THAT(answer.problems, IsEmpty());
  EXPECT_FALSE(answer.lies);
}

TEST(ReadAnswer, ARangeHoldsBothItsEndsAndNothingBeyond) {
  EXPECT_THAT(read({"127.0.0.10"}).listings, SizeIs(1));
  EXPECT_THAT(read({"127.0.0.11"}).listings, SizeIs(1));
  EXPECT_THAT(read({"127.0.0.9"}).listings, IsEmpty());
  EXPECT_THAT(read({"127.0.0.12"}).listings, IsEmpty());
}

TEST(ReadAnswer, SeveralCodesAreSeveralListingsAndTheSameOneTwiceIsOne) {
  EXPECT_THAT(read({"127.0.0.2", "127.0.0.10", "127.0.0.2"}).listings, SizeIs(2));
}

TEST(ReadAnswer, AnUndocumentedCodeIsAProblemAndNeverAListing) {
  const auto answer = read({"127.0.0.99"});
  EXPECT_THAT(answer.listings, IsEmpty());
  EXPECT_THAT(answer.problems,
              ElementsAre("answered 127.0.0.99: not a return code that the policy documents for this list"));
  EXPECT_FALSE(answer.lies);
}

TEST(ReadAnswer, AnUndocumentedCodeBesideADocumentedOneTakesNothingFromIt) {
  const auto answer = read({"127.0.0.99", "127.0.0.2"});
  EXPECT_THAT(answer.listings, SizeIs(1));
  EXPECT_THAT(answer.problems, SizeIs(1));
}

TEST(ReadAnswer, ErrorCodesAreProblemsEvenWhereThePolicyDocumentsThem) {
  auto list = test::zen();
  list.codes.push_back(test::code("127.255.255.0", "127.255.255.255", "oops", 9));
  for (const auto* code : {"127.255.255.0", "127.255.255.252", "127.255.255.254", "127.255.255.255"}) {
    const auto answer = read({code, "127.0.0.2"}, list);
    EXPECT_THAT(answer.listings, IsEmpty()) << code;
    EXPECT_THAT(answer.problems, ElementsAre(HasSubstr(code)));
    EXPECT_TRUE(answer.lies);
  }
}

TEST(ReadAnswer, TheNeighbourOfTheErrorCodesIsOnlyUndocumented) {
  EXPECT_FALSE(read({"127.255.254.255"}).lies);
}

TEST(ReadAnswer, AnswersOutside127AreProblemsAndNeverListings) {
  auto list = test::zen();
  list.codes.push_back(test::code("126.255.255.255", "126.255.255.255", "oops", 9));
  for (const auto* code : {"126.255.255.255", "128.0.0.0", "192.0.2.80", "0.0.0.0", "10.0.0.1"}) {
    const auto answer = read({"127.0.0.2", code}, list);
    EXPECT_THAT(answer.listings, IsEmpty()) << code;
    EXPECT_THAT(answer.problems, ElementsAre(HasSubstr("your resolver rewrites \"no such name\"")));
    EXPECT_TRUE(answer.lies);
  }
}

TEST(ReadAnswer, SaysWhatTheSpamhausCodesMeanAndWhatToDo) {
  EXPECT_THAT(read({"127.255.255.252"}).problems[0], HasSubstr("correct `zone`"));
  EXPECT_THAT(read({"127.255.255.254"}).problems[0],
              HasSubstr("your resolver is blocked by Example ZEN: use your own, not a public one"));
  EXPECT_THAT(read({"127.255.255.255"}).problems[0], HasSubstr("too many queries"));
}

TEST(ReadAnswer, LooksAtNoMoreThanItsBound) {
  std::vector<std::string> answers(policy::kMostCodes, "127.0.0.99");
  answers.back() = "127.0.0.2";
  EXPECT_THAT(read(answers).listings, SizeIs(1));
  answers.insert(answers.begin(), "127.0.0.99");
  EXPECT_THAT(read(answers).listings, IsEmpty());
}

TEST(ReadAnswer, OfAnAllowListOverItsQuotaIsAProblemUnlessDocumented) {
  EXPECT_THAT(read({"127.0.0.255"}, test::allow_list()).listings, IsEmpty());
  EXPECT_THAT(read({"127.0.0.255"}, test::allow_list()).problems, SizeIs(1));
}

}  // namespace
}  // namespace milter
