#include "milter/dns/cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace milter {
namespace {

using std::chrono::seconds;
using How = AnswerCache::Found::How;

constexpr std::size_t kRoomy = std::size_t{8} << 20;
const AnswerCache::Time kStart{std::chrono::hours(100)};
const Block kNetwork = "a network";

Question question(const std::string& name) { return {name, RecordType::txt}; }

Outcome records(seconds ttl, Records::Kind kind = Records::Kind::found) {
  Records out;
  out.kind = kind;
  out.ttl = ttl;
  if (kind == Records::Kind::found) out.texts = {"text"};
  return out;
}

Outcome failure() { return tl::unexpected(Trouble{Trouble::Kind::serv_fail, "TXT x: SERVFAIL"}); }

// Asks and answers `name` at `at`.
void learn(AnswerCache& cache, const std::string& name, const Outcome& outcome,
           AnswerCache::Time at = kStart) {
  if (const auto found = cache.find(question(name), kNetwork, at); found.pending)
    cache.settle(question(name), kNetwork, *found.pending, outcome, at);
}

bool is_fresh(AnswerCache& cache, const std::string& name, AnswerCache::Time at) {
  const auto found = cache.find(question(name), kNetwork, at);
  if (found.pending) cache.abandon(question(name));
  return found.how == How::cached;
}

// Whether it lives to just below `life` and no longer.
bool lives(const Outcome& outcome, seconds life) {
  AnswerCache cache(kRoomy);
  learn(cache, "x", outcome);
  return is_fresh(cache, "x", kStart + life - std::chrono::milliseconds(1)) &&
         !is_fresh(cache, "x", kStart + life);
}

TEST(AnswerCache, KeepsAnswersForTheirTtlWithinBounds) {
  EXPECT_TRUE(lives(records(seconds(60)), seconds(60)));
  EXPECT_TRUE(lives(records(seconds(0)), kShortestTtl));
  EXPECT_TRUE(lives(records(kLongestTtl), kLongestTtl));
  EXPECT_TRUE(lives(records(kLongestTtl + seconds(1)), kLongestTtl));
  EXPECT_TRUE(lives(records(kLongestNegativeTtl + seconds(1), Records::Kind::no_name), kLongestNegativeTtl));
  EXPECT_TRUE(lives(records(kLongestNegativeTtl + seconds(1), Records::Kind::no_data), kLongestNegativeTtl));
  EXPECT_TRUE(lives(failure(), kFailureTtl));
}

TEST(AnswerCache, SameQuestionJoinsTheOneUnderWay) {
  AnswerCache cache(kRoomy);
  const auto first = cache.find(question("x"), kNetwork, kStart);
  EXPECT_EQ(first.how, How::new_question);
  const auto second = cache.find(question("x"), kNetwork, kStart);
  EXPECT_EQ(second.how, How::joined);
  EXPECT_EQ(cache.find({"x", RecordType::a}, kNetwork, kStart).how, How::new_question) << "another type";
  cache.settle(question("x"), kNetwork, *first.pending, records(seconds(60)), kStart);
  EXPECT_NE(second.lookup.peek(), nullptr);
}

TEST(AnswerCache, AbandonedQuestionIsAskedAgain) {
  AnswerCache cache(kRoomy);
  cache.find(question("x"), kNetwork, kStart);
  cache.abandon(question("x"));
  EXPECT_EQ(cache.find(question("x"), kNetwork, kStart).how, How::new_question);
}

TEST(AnswerCache, NothingIsServedPastItsTimeNorAFailureInItsPlace) {
  AnswerCache cache(kRoomy);
  learn(cache, "x", records(seconds(60)));
  const auto found = cache.find(question("x"), kNetwork, kStart + seconds(60));
  ASSERT_EQ(found.how, How::new_question);
  EXPECT_EQ(found.lookup.peek(), nullptr);
  cache.settle(question("x"), kNetwork, *found.pending, failure(), kStart + seconds(60));
  EXPECT_FALSE(found.lookup.peek()->has_value());
}

TEST(AnswerCache, StaysWithinItsBound) {
  constexpr std::size_t kBound = 200'000;
  AnswerCache cache(kBound);
  for (int i = 0; i < 2000; ++i) {
    learn(cache, std::to_string(i), records(seconds(60)));
    ASSERT_LE(cache.size().octets, kBound);
  }
  EXPECT_GT(cache.size().octets, kBound / 3);
}

// A question that is asked when its generation goes is answered all the same.
TEST(AnswerCache, AnswersWhoAskedHoweverLongAgo) {
  AnswerCache cache(200'000);
  const auto found = cache.find(question("slow"), kNetwork, kStart);
  for (int i = 0; i < 2000; ++i) learn(cache, std::to_string(i), records(seconds(60)));
  cache.settle(question("slow"), kNetwork, *found.pending, records(seconds(60)), kStart);
  EXPECT_NE(found.lookup.peek(), nullptr);
  EXPECT_TRUE(is_fresh(cache, "slow", kStart));
}

TEST(AnswerCache, KeepsWhatIsAskedForAgain) {
  AnswerCache cache(200'000);
  learn(cache, "kept", records(seconds(60)));
  for (int i = 0; i < 2000; ++i) {
    learn(cache, std::to_string(i), records(seconds(60)));
    ASSERT_TRUE(is_fresh(cache, "kept", kStart));
  }
  EXPECT_FALSE(is_fresh(cache, "0", kStart));
}

TEST(AnswerCache, AnswerLargerThanAShardIsNotKept) {
  AnswerCache cache(16 * 2 * 2000);  // 16 shards of two generations of 2000
  Records large;
  large.kind = Records::Kind::found;
  large.texts = {std::string(3000, 'k')};
  learn(cache, "x", large);
  EXPECT_EQ(cache.size().entries, 0U);
  EXPECT_EQ(cache.find(question("x"), kNetwork, kStart).how, How::new_question);
}

// With `octets` of records, each of 1,000.
Outcome large(std::size_t octets) {
  Records out;
  out.kind = Records::Kind::found;
  out.ttl = seconds(60);
  std::size_t had = 0;
  while (had < octets) {
    std::string text(std::min<std::size_t>(octets - had, 1000) - sizeof(std::string), 'k');
    text.shrink_to_fit();
    out.texts.push_back(text);
    had += sizeof(std::string) + out.texts.back().capacity();
  }
  return out;
}

TEST(AnswerCache, KeepsAnAnswerOf4KiBAndNoneThatIsLarger) {
  AnswerCache cache(kRoomy);
  learn(cache, "largest", large(kLargestKept));
  EXPECT_TRUE(is_fresh(cache, "largest", kStart));
  const auto found = cache.find(question("larger"), kNetwork, kStart);
  cache.settle(question("larger"), kNetwork, *found.pending, large(kLargestKept + 40), kStart);
  ASSERT_NE(found.lookup.peek(), nullptr) << "who asked has it";
  EXPECT_TRUE(found.lookup.peek()->has_value());
  EXPECT_FALSE(is_fresh(cache, "larger", kStart));
}

// Two messages of sixteen signatures, whose keys are of 64 KB and of just below 4 KiB.
TEST(AnswerCache, LargeAnswersPushNobodyElsesOut) {
  AnswerCache cache(kRoomy);
  for (int i = 0; i < 500; ++i) learn(cache, std::to_string(i) + ".example", records(seconds(60)));
  for (int i = 0; i < 32; ++i) {
    learn(cache, "k" + std::to_string(i) + ".huge.example", large(64000));
    for (int j = 0; j < 100; ++j)
      learn(cache, std::to_string(i) + "-" + std::to_string(j) + ".large.example", large(4000));
  }
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(is_fresh(cache, std::to_string(i) + ".example", kStart)) << i;
}

TEST(AnswerCache, TheNamesOfOneOwnerHaveTheirShareAndNoMore) {
  constexpr std::size_t kOctets = 1'280'000;
  AnswerCache cache(kOctets);
  std::size_t most = 0;
  for (int i = 0; i < 500; ++i) {
    learn(cache, "h" + std::to_string(i) + ".shop.example", large(1000));
    most = std::max(most, cache.size().octets);
    ASSERT_TRUE(is_fresh(cache, "h" + std::to_string(i) + ".shop.example", kStart)) << "the newest is kept";
  }
  EXPECT_LE(most, kOctets / kOwnersInCache);
  EXPECT_GT(most, kOctets / kOwnersInCache * 8 / 10);
}

TEST(AnswerCache, AListMayFillTheCacheOfLists) {
  AnswerCache cache(1'280'000, Lane::ours);
  for (int i = 0; i < 500; ++i) learn(cache, std::to_string(i) + ".bl.example", records(seconds(60)));
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(is_fresh(cache, std::to_string(i) + ".bl.example", kStart)) << i;
}

TEST(AnswerCache, ThatAListDoesNotListIsBelievedForAMinute) {
  for (const auto kind : {Records::Kind::no_name, Records::Kind::no_data}) {
    AnswerCache cache(kRoomy, Lane::ours);
    learn(cache, "x", records(seconds(600), kind));
    EXPECT_TRUE(is_fresh(cache, "x", kStart + kLongestUnlistedTtl - seconds(1)));
    EXPECT_FALSE(is_fresh(cache, "x", kStart + kLongestUnlistedTtl));
  }
}

TEST(AnswerCache, AFailureIsBelievedForTheNetworkThatMetItAndOthersAskOnceMore) {
  AnswerCache cache(kRoomy);
  learn(cache, "x", failure());
  EXPECT_TRUE(is_fresh(cache, "x", kStart));
  const auto other = cache.find(question("x"), "another", kStart);
  ASSERT_EQ(other.how, How::new_question);
  cache.settle(question("x"), "another", *other.pending, failure(), kStart);
  EXPECT_EQ(cache.find(question("x"), "another", kStart).how, How::cached) << "once";
  EXPECT_TRUE(is_fresh(cache, "x", kStart)) << "and the first's stands";
  const auto third = cache.find(question("x"), "a third", kStart);
  cache.settle(question("x"), "a third", *third.pending, records(seconds(60)), kStart);
  EXPECT_TRUE(cache.find(question("x"), kNetwork, kStart).lookup.peek()->has_value())
      << "an answer is for all";
}

TEST(AnswerCache, ThreadsShareIt) {
  AnswerCache cache(300'000);
  const auto work = [&](int from) {
    for (int i = from; i < from + 3000; ++i) {
      const auto asked = question(std::to_string(i % 700));
      const auto found = cache.find(asked, kNetwork, kStart);
      if (found.pending) cache.settle(asked, kNetwork, *found.pending, records(seconds(60)), kStart);
    }
  };
  std::thread one(work, 0), two(work, 350);
  one.join();
  two.join();
  EXPECT_LE(cache.size().octets, 300'000U);
}

}  // namespace
}  // namespace milter
