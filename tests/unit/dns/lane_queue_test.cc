#include "milter/dns/lane_queue.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace milter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr std::size_t kUnreserved = kTheirs.most_in_flight - kTheirs.most_in_flight / kReserve;
const LaneQueue::Time kStart{std::chrono::hours(100)};

Asker client(const std::string& address, Urgency urgency = Urgency::decision) {
  return {.lane = Lane::theirs, .urgency = urgency, .client = *policy::Address::parse(address)};
}
Asker ahead(const std::string& address) { return client(address, Urgency::ahead); }

FlightPtr flight(const std::string& name, const Asker& asker) {
  auto made = std::make_shared<Flight>(PendingLookup(), asker);
  made->question = {name, RecordType::a};
  made->name_owner = owner_of_name(name);
  made->pending.held(true);
  return made;
}

// A lane on a clock that stands still until it is moved, before name servers that answer when the test says so.
class LaneQueueTest : public testing::Test {
 protected:
  FlightPtr ask(const Asker& asker, std::string name = "") {
    if (name.empty()) name = fmt::format("x.n{}.example", next_++);
    auto asked = flight(name, asker);
    return queue.add(asked, now) ? asked : nullptr;
  }
  int flood(const Asker& asker, int count) {
    int queued = 0;
    for (int i = 0; i < count; ++i) queued += ask(asker) != nullptr ? 1 : 0;
    return queued;
  }
  std::vector<FlightPtr> send() {
    std::vector<FlightPtr> sent;
    while (auto started = queue.next(now)) sent.push_back(std::move(started));
    under_way.insert(under_way.end(), sent.begin(), sent.end());
    return sent;
  }
  // As the engine's tick does: what is silent is given up.
  void pass(milliseconds time) {
    now += time;
    std::erase_if(under_way, [&](const FlightPtr& one) {
      if (now - one->charged_from < seconds(5)) return false;
      one->done = true;
      queue.given_up(*one);
      return true;
    });
    for (const auto& one : queue.overdue(now)) given_up.push_back(one->question.name);
    queue.look_again(now);
  }
  void answer(Flight& one) {
    one.done = true;
    queue.ended(one, now);
  }

  LaneQueue queue{Lane::theirs, kTheirs};
  LaneQueue::Time now = kStart;
  std::vector<FlightPtr> under_way;
  std::vector<std::string> given_up;
  int next_ = 0;
};

TEST_F(LaneQueueTest, WhoFloodsHasHisShareAndOthersDoNotWait) {
  flood(client("192.0.2.1"), 2000);
  EXPECT_EQ(send().size(), kUnreserved / 9);
  const auto innocent = ask(client("203.0.113.1"));
  EXPECT_THAT(send(), ElementsAre(innocent));
}

TEST_F(LaneQueueTest, ManyNetworksThatFloodLeaveRoomForOneThatComesEverySecondOfIt) {
  for (int second = 0; second < 8; ++second) {
    for (int i = 0; i < 200; ++i) flood(client(fmt::format("{}.0.2.1", i + 1)), 20);
    send();
    for (int tick = 0; tick < 50; ++tick) {
      pass(milliseconds(20));
      send();
      const auto innocent = ask(client(fmt::format("203.0.113.{}", tick)));
      const auto sent = send();
      ASSERT_NE(std::find(sent.begin(), sent.end(), innocent), sent.end()) << second << " s, tick " << tick;
      answer(*innocent);
      std::erase(under_way, innocent);
    }
  }
}

TEST_F(LaneQueueTest, WhatIsSilentTakesItsSlotAsLongAsTheResolverWorksOnIt) {
  flood(client("192.0.2.1"), 2000);
  const auto first = send().size();
  pass(kTheirs.patience);
  EXPECT_EQ(queue.in_flight(), first) << "though nobody waits for it any more";
  pass(kResolversPatience - kTheirs.patience - milliseconds(1));
  EXPECT_EQ(queue.in_flight(), first);
  pass(milliseconds(1));
  EXPECT_EQ(queue.in_flight(), 0U);
}

TEST_F(LaneQueueTest, OfAResolverThatAnswersNobodyNothingIsTaken) {
  flood(client("192.0.2.1"), 2000);
  const auto first = send().size();
  pass(kTheirs.patience);
  queue.forget_given_up(now);
  EXPECT_EQ(queue.in_flight(), 0U);
  flood(client("192.0.2.1"), 2000);
  EXPECT_GT(send().size(), first / 4) << "of the time before, its network remembers half";
}

TEST_F(LaneQueueTest, ANeighbourHasHisTurns) {
  flood(client("192.0.2.1"), 2000);
  const auto sent = send();
  ask(client("192.0.2.2"), "neighbour.example");
  EXPECT_TRUE(send().empty()) << "their network has its share";
  answer(*sent[0]);
  answer(*sent[1]);
  pass(milliseconds(20));
  std::vector<std::string> names;
  for (const auto& one : send()) names.push_back(one->question.name);
  EXPECT_THAT(names, testing::Contains("neighbour.example"));
}

TEST_F(LaneQueueTest, AnOwnerOfNamesHas64OpenAndOthersPassByThem) {
  const Asker nobody;  // whom no share bounds
  for (std::size_t i = 0; i < kTheirs.most_an_owner + 10; ++i)
    ask(nobody, fmt::format("x{}.dead.example", i));
  const auto other = ask(nobody, "x.good.example");
  const auto sent = send();
  EXPECT_EQ(sent.size(), kTheirs.most_an_owner + 1);
  EXPECT_EQ(sent.back(), other);
  pass(seconds(2));
  EXPECT_TRUE(send().empty());
  answer(*sent[0]);
  pass(milliseconds(20));
  EXPECT_EQ(send().size(), 1U);
}

TEST_F(LaneQueueTest, AnAnswerLetsItsOwnLineGoOnAtOnce) {
  flood(client("192.0.2.1"), 2000);
  const auto sent = send();
  answer(*sent[0]);
  answer(*sent[1]);
  EXPECT_FALSE(send().empty()) << "not at the next tick";
}

TEST_F(LaneQueueTest, DecisionsGoBeforePrefetches) {
  for (int i = 0; i < 10; ++i) ask(ahead("192.0.2.1"));
  const auto urgent = ask(client("192.0.2.1"));
  EXPECT_EQ(send().front(), urgent);
}

TEST_F(LaneQueueTest, PrefetchesLeaveDecisionsHalfOfTheShare) {
  flood(ahead("192.0.2.1"), 2000);
  EXPECT_EQ(send().size(), kUnreserved / 17 + 1);
  const auto urgent = ask(client("192.0.2.1"));
  pass(milliseconds(20));
  EXPECT_THAT(send(), ElementsAre(urgent));
}

TEST_F(LaneQueueTest, ADecisionThatJoinsAWaitingPrefetchMakesItItsOwn) {
  flood(ahead("192.0.2.1"), 500);
  send();
  const auto shared = ask(ahead("192.0.2.1"), "shared.example");
  pass(milliseconds(20));
  EXPECT_TRUE(send().empty());
  queue.join(shared, client("203.0.113.1"), now);
  EXPECT_THAT(send(), ElementsAre(shared));
  EXPECT_EQ(shared->payer.client, policy::Address::parse("203.0.113.1"));
}

TEST_F(LaneQueueTest, AnInnocentDoesNotWaitWithTheHostileWhoAskedTheSameBefore) {
  flood(client("192.0.2.1"), 2000);
  send();
  const auto shared = ask(client("192.0.2.1"), "shared.example");
  EXPECT_TRUE(send().empty());
  queue.join(shared, client("203.0.113.1"), now);
  EXPECT_THAT(send(), ElementsAre(shared));
}

TEST_F(LaneQueueTest, ADecisionThatJoinsWhatIsUnderWayPaysFromThenOn) {
  const auto shared = ask(ahead("192.0.2.1"), "shared.example");
  send();
  queue.join(shared, client("203.0.113.1"), now);
  EXPECT_EQ(shared->payer.urgency, Urgency::decision);
  queue.join(shared, client("198.51.100.1"), now);
  EXPECT_EQ(shared->payer.client, policy::Address::parse("203.0.113.1")) << "equals leave it where it is";
}

TEST_F(LaneQueueTest, WhatWaitsTooLongIsGivenUpAPrefetchSooner) {
  flood(client("192.0.2.1"), 500);
  send();
  ask(client("192.0.2.1"), "urgent.example");
  ask(ahead("192.0.2.1"), "ahead.example");
  const auto raised = ask(ahead("192.0.2.1"), "raised.example");
  queue.join(raised, client("192.0.2.1"), now);
  pass(kPatienceAhead - milliseconds(1));
  EXPECT_TRUE(given_up.empty());
  pass(milliseconds(1));
  EXPECT_THAT(given_up, ElementsAre("ahead.example"));
  pass(kTheirs.patience - kPatienceAhead);
  EXPECT_THAT(given_up, testing::IsSupersetOf({"urgent.example", "raised.example"}));
}

TEST_F(LaneQueueTest, WhatItsAllowanceHeldUpForLongIsItsTrouble) {
  flood(client("192.0.2.1"), 300);
  const auto first = send();
  EXPECT_FALSE(first[0]->pending.handle().is_held()) << "sent in time";
  const auto soon = ask(client("203.0.113.1"));
  send();
  EXPECT_FALSE(soon->pending.handle().is_held());
  for (const auto& one : first) answer(*one);
  under_way.clear();
  pass(milliseconds(900));
  const auto second = send();
  for (const auto& one : second) answer(*one);
  under_way.clear();
  pass(milliseconds(200));
  const auto late = send();
  ASSERT_FALSE(second.empty());
  ASSERT_FALSE(late.empty());
  EXPECT_FALSE(second[0]->pending.handle().is_held());
  EXPECT_TRUE(late[0]->pending.handle().is_held());
}

TEST_F(LaneQueueTest, TheQueueIsSharedToo) {
  const int queued = flood(client("192.0.2.1"), 20000);
  EXPECT_EQ(static_cast<std::size_t>(queued), kTheirs.most_waiting / 9 + 1);
  EXPECT_NE(ask(client("203.0.113.1")), nullptr);
}

TEST_F(LaneQueueTest, WhatIsOverLeavesNothingBehind) {
  for (int round = 0; round < 2; ++round) {
    EXPECT_GT(flood(client("192.0.2.1"), 20000), 2000) << round;
    for (int i = 0; i < 1800; ++i) {
      pass(milliseconds(20));
      send();
    }
    EXPECT_EQ(queue.in_flight(), 0U);
    pass(seconds(60));
  }
}

TEST(LaneOfLists, OneListThatIsSilentLeavesHalfOfTheLaneToOthers) {
  LaneQueue queue(Lane::ours, kOurs);
  const Asker asker{.lane = Lane::ours, .client = policy::Address::parse("192.0.2.1")};
  std::size_t sent = 0;
  for (int i = 0; i < 2000; ++i) queue.add(flight(fmt::format("{}.dead.example", i), asker), kStart);
  while (queue.next(kStart)) ++sent;
  EXPECT_EQ(sent, kOurs.most_an_owner);
  const auto other = flight("x.good.example", asker);
  queue.add(other, kStart);
  EXPECT_EQ(queue.next(kStart), other);
}

}  // namespace
}  // namespace milter
