// The checks that ask nobody: helo, clock, dice, message. And what holds for all rows of the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/checks/asking.h"

namespace milter {
namespace {

using testing::ElementsAre;

std::int64_t number(const policy::FactSet& facts, std::string_view path) {
  return std::get<std::int64_t>(*facts.value(path));
}

TEST(Checks, BuildOnlyOnChecksThatExistAndNeverInACircle) {
  for (const auto* check : all_checks()) {
    std::set<std::string_view> reached;
    std::vector<std::string_view> open(check->after.begin(), check->after.end());
    while (!open.empty()) {
      const auto* before = find_check(open.back());
      open.pop_back();
      ASSERT_NE(before, nullptr) << check->doc.name;
      ASSERT_NE(before, check) << check->doc.name;
      EXPECT_LE(before->doc.since, check->doc.since) << check->doc.name << " after " << before->doc.name;
      if (reached.insert(before->doc.name).second)
        open.insert(open.end(), before->after.begin(), before->after.end());
    }
  }
}

TEST(Checks, NoTwoTellTheSameFact) {
  std::set<std::string> seen;
  for (const auto& path : schema().paths()) EXPECT_TRUE(seen.insert(path).second) << path;
}

TEST(Clock, TellsTheDayInUtc) {
  AskedWorld world;
  world.millis = 1'795'564'799'999;  // 2026-11-24T23:59:59.999Z
  const auto facts = world.ask("clock");
  EXPECT_EQ(number(facts, "clock.unix"), 1'795'564'799);
  EXPECT_EQ(facts.text("clock.date"), "2026-11-24");
  EXPECT_EQ(number(facts, "clock.hour"), 23);
  EXPECT_EQ(facts.text("clock.weekday"), "tuesday");
}

TEST(Clock, KnowsLeapDays) {
  AskedWorld world;
  world.millis = 1'709'164'800'000;  // 2024-02-29T00:00:00Z
  EXPECT_EQ(world.ask("clock").text("clock.date"), "2024-02-29");
  EXPECT_EQ(world.ask("clock").text("clock.weekday"), "thursday");
}

TEST(Dice, RollTheSameForTheSameTransactionOnEveryMachine) {
  AskedWorld world;
  world.transaction.session = "7K2M9QXA";
  world.transaction.number = 1;
  const auto roll = number(world.ask("dice"), "dice.roll");
  EXPECT_EQ(roll, number(world.ask("dice"), "dice.roll"));
  EXPECT_EQ(roll, 4394) << "FNV-1a of 7K2M9QXA:1";
}

TEST(Dice, FallEvenly) {
  AskedWorld world;
  int below = 0;
  for (int i = 0; i < 10'000; ++i) {
    world.transaction.number = i;
    const auto roll = number(world.ask("dice"), "dice.roll");
    ASSERT_TRUE(roll >= 0 && roll < 10'000);
    below += roll < 1000 ? 1 : 0;
  }
  EXPECT_NEAR(below, 1000, 120);  // four standard deviations
}

class MessageCheck : public testing::Test {
 protected:
  MessageCheck() { world_.policy.domains.local = {"example.net"}; }
  policy::FactSet to(std::vector<std::string> accepted) {
    world_.observed.accepted.clear();
    for (auto& path : accepted) world_.observed.accepted.push_back({.path = std::move(path), .answer = {}});
    return world_.ask("message");
  }
  std::string list_id(std::string value) {
    world_.transaction.headers = {{"list-ID", std::move(value)}};
    return std::string(to({}).text("message.list_id"));
  }
  AskedWorld world_;
};

TEST_F(MessageCheck, ForRoleAddressesOnly) {
  EXPECT_TRUE(to({"<postmaster>", "<Abuse@example.net>"}).flag("message.role"));
  EXPECT_FALSE(to({"<postmaster>", "<bob@example.net>"}).flag("message.role"));
  EXPECT_FALSE(to({"<postmaster%far.example@example.net>"}).flag("message.role"));
  EXPECT_FALSE(to({}).flag("message.role"));
}

TEST_F(MessageCheck, NamesRecipientsAndEachDomainOnce) {
  const auto facts = to({"<bob@example.net>", "<carol@Example.Net>", "<x%far.example@example.net>"});
  EXPECT_THAT(std::get<policy::TextList>(*facts.value("message.recipients")),
              ElementsAre("bob@example.net", "carol@example.net", "x@far.example"));
  EXPECT_THAT(std::get<policy::TextList>(*facts.value("message.recipient_domains")),
              ElementsAre("example.net", "far.example"));
}

TEST_F(MessageCheck, ReadsTheListIdHoweverItIsWritten) {
  EXPECT_EQ(list_id(" The Friends <Friends.Example.NET>\r\n"), "friends.example.net");
  EXPECT_EQ(list_id(" friends.example.net "), "friends.example.net");
  EXPECT_EQ(list_id(" \"a <b\" <friends.example.net>"), "friends.example.net");
  EXPECT_EQ(list_id("<>"), "");
  EXPECT_EQ(list_id(""), "");
}

TEST_F(MessageCheck, AListIdHas255Octets) {
  EXPECT_EQ(list_id(std::string(255, 'a')).size(), 255U);
  EXPECT_EQ(list_id(std::string(256, 'a')).size(), 255U);
}

TEST_F(MessageCheck, AnyListFieldMakesAList) {
  EXPECT_FALSE(to({}).flag("message.list"));
  for (const auto* name : {"List-Id", "list-post", "LIST-UNSUBSCRIBE"}) {
    world_.transaction.headers = {{"Subject", " x"}, {name, " <x>"}};
    EXPECT_TRUE(to({}).flag("message.list")) << name;
  }
}

TEST_F(MessageCheck, TheNullSenderMakesABounce) {
  world_.transaction.mail_from = "<>";
  EXPECT_TRUE(to({}).flag("message.bounce"));
  world_.transaction.mail_from = "<a@far.example>";
  EXPECT_FALSE(to({}).flag("message.bounce"));
}

TEST(Helo, NamesOfOursCountOnlyAsTheyAreListed) {
  AskedWorld world;
  world.host.name = "mx.example.net";
  world.policy.domains.local = {"example.net", "*.lan.example.net"};
  world.connection.helo = "MX.Example.Net.";
  EXPECT_TRUE(world.ask("helo").flag("helo.ours"));
  world.policy.trusted.networks = {*policy::Network::parse("192.0.2.0/24")};
  world.observed.facts.put("client", policy::Fields{{"ip", std::string("192.0.2.1")}});
  EXPECT_FALSE(world.ask("helo").flag("helo.ours"));
}

TEST(Helo, OurAddressLiteralIsOursWithOrWithoutBrackets) {
  AskedWorld world;
  world.policy.domains.local = {"[192.0.2.25]"};
  for (const auto* name : {"[192.0.2.25]", "192.0.2.25"}) {
    world.connection.helo = name;
    EXPECT_TRUE(world.ask("helo").flag("helo.ours")) << name;
  }
  world.connection.helo = "[192.0.2.26]";
  EXPECT_FALSE(world.ask("helo").flag("helo.ours"));
}

TEST(Helo, NothingIsNoHelo) {
  AskedWorld world;
  const auto facts = world.ask("helo");
  EXPECT_EQ(facts.text("helo.problem"), "no HELO");
  EXPECT_FALSE(facts.flag("helo.valid"));
  EXPECT_FALSE(facts.flag("helo.ours")) << "a policy without site.name does not own the empty name";
}

}  // namespace
}  // namespace milter
