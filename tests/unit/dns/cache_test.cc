#include "milter/dns/cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace milter {
namespace {

using std::chrono::seconds;
using How = AnswerCache::Found::How;

constexpr std::size_t kRoomy = std::size_t{8} << 20;
const AnswerCache::Time kStart{std::chrono::hours(100)};

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
  if (const auto found = cache.find(question(name), at); found.pending)
    cache.settle(question(name), *found.pending, outcome, at);
}

bool is_fresh(AnswerCache& cache, const std::string& name, AnswerCache::Time at) {
  const auto found = cache.find(question(name), at);
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
  const auto first = cache.find(question("x"), kStart);
  EXPECT_EQ(first.how, How::new_question);
  const auto second = cache.find(question("x"), kStart);
  EXPECT_EQ(second.how, How::joined);
  EXPECT_EQ(cache.find({"x", RecordType::a}, kStart).how, How::new_question) << "another type";
  cache.settle(question("x"), *first.pending, records(seconds(60)), kStart);
  EXPECT_NE(second.lookup.peek(), nullptr);
}

TEST(AnswerCache, AbandonedQuestionIsAskedAgain) {
  AnswerCache cache(kRoomy);
  cache.find(question("x"), kStart);
  cache.abandon(question("x"));
  EXPECT_EQ(cache.find(question("x"), kStart).how, How::new_question);
}

TEST(AnswerCache, NothingIsServedPastItsTimeNorAFailureInItsPlace) {
  AnswerCache cache(kRoomy);
  learn(cache, "x", records(seconds(60)));
  const auto found = cache.find(question("x"), kStart + seconds(60));
  ASSERT_EQ(found.how, How::new_question);
  EXPECT_EQ(found.lookup.peek(), nullptr);
  cache.settle(question("x"), *found.pending, failure(), kStart + seconds(60));
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
  const auto found = cache.find(question("slow"), kStart);
  for (int i = 0; i < 2000; ++i) learn(cache, std::to_string(i), records(seconds(60)));
  cache.settle(question("slow"), *found.pending, records(seconds(60)), kStart);
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
  EXPECT_EQ(cache.find(question("x"), kStart).how, How::new_question);
}

TEST(AnswerCache, ThreadsShareIt) {
  AnswerCache cache(300'000);
  const auto work = [&](int from) {
    for (int i = from; i < from + 3000; ++i) {
      const auto asked = question(std::to_string(i % 700));
      const auto found = cache.find(asked, kStart);
      if (found.pending) cache.settle(asked, *found.pending, records(seconds(60)), kStart);
    }
  };
  std::thread one(work, 0), two(work, 350);
  one.join();
  two.join();
  EXPECT_LE(cache.size().octets, 300'000U);
}

}  // namespace
}  // namespace milter
