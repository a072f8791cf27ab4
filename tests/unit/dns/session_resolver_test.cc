#include "milter/dns/session_resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "milter/dns/zone.h"

namespace milter {
namespace {

// Answers when the test says so.
class SlowResolver : public Resolver {
 public:
  Lookup query(std::string_view name, RecordType type) override { return query_for(name, type, {}); }
  Lookup query_for(std::string_view, RecordType, const Asker& asker) override {
    askers.push_back(asker);
    return open.emplace_back().handle();
  }
  std::vector<PendingLookup> open;
  std::vector<Asker> askers;
};

Asker ahead() { return {.lane = Lane::theirs, .urgency = Urgency::ahead, .client = {}}; }
Asker of_list() { return {.lane = Lane::ours, .client = {}}; }

TEST(SessionResolver, CapsTheQuestionsOfAMessageAndTheExcessIsTheClients) {
  ScriptedZone world;
  SessionResolver session(world);
  const auto ask = [&](std::size_t i) {
    return *session.query(fmt::format("X{}.org.", i), RecordType::a).peek();
  };
  for (std::size_t i = 0; i < kMostQuestionsAMessage; ++i) ASSERT_TRUE(ask(i).has_value()) << i;
  const auto beyond = ask(kMostQuestionsAMessage);
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().detail, "A x256.org: overload (this message asked too much)");
  EXPECT_EQ(unavailable(beyond.error()).owner, policy::Owner::client);
  EXPECT_TRUE(ask(0).has_value()) << "what was asked before is free";
  session.renew();
  EXPECT_TRUE(ask(kMostQuestionsAMessage).has_value());
}

TEST(SessionResolver, ListsAreAskedWhateverElseTheMessageAsked) {
  ScriptedZone world;
  SessionResolver session(world, 1);
  for (const auto* name : {"a.bl.org", "b.bl.org", "c.bl.org"})
    EXPECT_TRUE(session.query_for(name, RecordType::a, of_list()).peek()->has_value());
  EXPECT_TRUE(session.query("x.org", RecordType::a).peek()->has_value()) << "and take nothing away";
  EXPECT_FALSE(session.query("y.org", RecordType::a).peek()->has_value());
}

TEST(SessionResolver, AsksTheSameQuestionOnce) {
  ScriptedZone world;
  SessionResolver session(world, 1);
  for (const auto* name : {"x.org", "X.ORG", "x.org."})
    EXPECT_TRUE(session.query(name, RecordType::a).peek()->has_value()) << name;
  EXPECT_EQ(world.asked().size(), 1U);
}

TEST(SessionResolver, SaysWhoAsks) {
  SlowResolver world;
  SessionResolver session(world);
  session.client(policy::Address::parse("192.0.2.1"));
  session.query("x.org", RecordType::a);
  session.query_for("x.bl.org", RecordType::a, of_list());
  EXPECT_EQ(world.askers[0].client, policy::Address::parse("192.0.2.1"));
  EXPECT_EQ(world.askers[0].urgency, Urgency::decision);
  EXPECT_EQ(world.askers[1].lane, Lane::ours);
}

TEST(SessionResolver, WhatWasAskedAheadIsAskedAgainForADecisionOnce) {
  SlowResolver world;
  SessionResolver session(world, 1);
  session.query_for("x.org", RecordType::a, ahead());
  session.query_for("x.org", RecordType::a, ahead());
  EXPECT_EQ(world.askers.size(), 1U);
  session.query("x.org", RecordType::a);
  session.query("x.org", RecordType::a);
  ASSERT_EQ(world.askers.size(), 2U);
  EXPECT_EQ(world.askers[1].urgency, Urgency::decision);
}

TEST(SessionResolver, WhatWasDroppedWasNeverAsked) {
  SlowResolver world;
  SessionResolver session(world, 1);
  const auto dropped = session.query_for("x.org", RecordType::a, ahead());
  world.open[0].answer(
      tl::unexpected(Trouble{.kind = Trouble::Kind::overload, .detail = "", .dropped = true}));
  EXPECT_EQ(session.query("x.org", RecordType::a).peek(), nullptr);
  world.open[1].answer(Records{});
  EXPECT_TRUE(session.query("x.org", RecordType::a).peek()->has_value());
}

TEST(SessionResolver, MayEndBeforeItsAnswers) {
  SlowResolver world;
  auto session = std::make_shared<SessionResolver>(world);
  bool told = false;
  session->query("x.org", RecordType::a).on_done([&told, owner = session->owner()](const Outcome&) {
    told = true;
  });
  session.reset();
  world.open.front().answer(Records{});
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace milter
