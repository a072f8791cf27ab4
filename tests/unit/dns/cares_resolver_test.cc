#include "milter/dns/cares_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/unit/dns/fake_server.h"

namespace milter {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Ten times faster than in production, so that tests need not wait.
ResolverSettings quick(std::vector<ServerAddress> servers) {
  ResolverSettings settings;
  settings.engine.servers = std::move(servers);
  settings.engine.timeout = milliseconds(1000);
  settings.engine.hedge_after = milliseconds(100);
  return settings;
}

constexpr milliseconds kPatience{10000};  // a limit that only a hang reaches

Outcome ask(Resolver& dns, std::string_view name, RecordType type = RecordType::a) {
  const auto lookup = dns.query(name, type);
  const auto* outcome = lookup.wait(std::chrono::steady_clock::now() + kPatience);
  if (outcome != nullptr) return *outcome;
  ADD_FAILURE() << "no answer at all";
  return tl::unexpected(Trouble{});
}

Trouble trouble(Resolver& dns, std::string_view name) {
  const auto outcome = ask(dns, name);
  EXPECT_FALSE(outcome.has_value());
  return outcome ? Trouble{Trouble::Kind::overload, "no trouble"} : outcome.error();
}

bool wait_for(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
  return holds();
}

class CaresResolverTest : public testing::Test {
 protected:
  FakeServer server;
  CaresResolver dns{quick({server.address()})};
};

TEST_F(CaresResolverTest, Answers) {
  EXPECT_THAT(ask(dns, "Example.org.")->addresses, ElementsAre(*policy::Address::parse("192.0.2.1")));
}

TEST_F(CaresResolverTest, UnaskableNameIsNotAsked) {
  EXPECT_EQ(ask(dns, "a..b")->kind, Records::Kind::no_name);
  EXPECT_EQ(server.queries(), 0);
}

TEST_F(CaresResolverTest, TellsServfailRefusedAndBadRepliesApart) {
  server.set(Fault::serv_fail);
  EXPECT_EQ(trouble(dns, "a.example").kind, Trouble::Kind::serv_fail);
  server.set(Fault::refused);
  EXPECT_EQ(trouble(dns, "b.example").kind, Trouble::Kind::refused);
  server.set(Fault::cut_short);
  EXPECT_EQ(trouble(dns, "c.example").kind, Trouble::Kind::bad_reply);
  server.set(Fault::form_error);
  EXPECT_EQ(trouble(dns, "d.example").kind, Trouble::Kind::bad_reply);
  EXPECT_EQ(trouble(dns, "d.example").detail, "A d.example: bad reply (FORMERR)");
}

TEST_F(CaresResolverTest, SilenceIsATimeoutAfterTheWholeTime) {
  server.set(Fault::silent);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(trouble(dns, "a.example").detail, "A a.example: time-out");
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(1000));
  EXPECT_EQ(server.queries(), 4);  // the rounds
}

TEST_F(CaresResolverTest, RepliesToOthersAreNotBelieved) {
  for (const auto fault : {Fault::wrong_id, Fault::other_name, Fault::garbage}) {
    server.set(fault);
    EXPECT_EQ(trouble(dns, std::to_string(static_cast<int>(fault)) + ".example").kind,
              Trouble::Kind::timeout);
  }
}

TEST_F(CaresResolverTest, ForgedReplyDoesNotKeepTheRightOneOut) {
  server.set(Fault::wrong_id);
  const auto lookup = dns.query("a.example", RecordType::a);
  ASSERT_TRUE(wait_for([&] { return server.queries() == 1; }));
  server.set(Fault::none);
  const auto* outcome = lookup.wait(std::chrono::steady_clock::now() + kPatience);
  ASSERT_NE(outcome, nullptr);
  EXPECT_TRUE(outcome->has_value());
}

TEST_F(CaresResolverTest, LateAnswerIsTaken) {
  server.set(Fault::late, milliseconds(450));
  const auto outcome = ask(dns, "a.example");
  ASSERT_TRUE(outcome.has_value());
  EXPECT_THAT(outcome->addresses, SizeIs(1));
}

TEST_F(CaresResolverTest, EmptyReplyIsNodata) {
  server.set(Fault::empty);
  EXPECT_EQ(ask(dns, "a.example")->kind, Records::Kind::no_data);
}

TEST_F(CaresResolverTest, TruncationGoesToTcp) {
  server.set(Fault::truncated);
  EXPECT_THAT(ask(dns, "a.example")->addresses, SizeIs(1));
  EXPECT_EQ(server.tcp_queries(), 1);
  EXPECT_EQ(dns.counters().over_tcp, 1U);
}

TEST_F(CaresResolverTest, TruncationWithDeadTcpIsTrouble) {
  server.set(Fault::dead_tcp);
  EXPECT_THAT(trouble(dns, "a.example").detail, HasSubstr("truncated, and TCP does not answer"));
  server.set(Fault::mute_tcp);
  EXPECT_EQ(trouble(dns, "b.example").kind, Trouble::Kind::timeout);
}

TEST_F(CaresResolverTest, ServerWithoutEdnsIsAskedWithout) {
  server.set(Fault::no_edns);
  for (const auto* name : {"a.example", "b.example", "c.example"}) EXPECT_TRUE(ask(dns, name).has_value());
  EXPECT_LE(server.queries(), 5);  // two refusals, then it is known
}

TEST_F(CaresResolverTest, WaiterThatGivesUpDoesNotCancel) {
  server.set(Fault::late, milliseconds(150));
  {
    const auto lookup = dns.query("a.example", RecordType::a);
    EXPECT_EQ(lookup.wait(std::chrono::steady_clock::now() + milliseconds(20)), nullptr);
  }
  ASSERT_TRUE(wait_for([&] { return dns.counters().cache_octets > 0; }));
  const auto again = dns.query("a.example", RecordType::a);
  EXPECT_NE(again.peek(), nullptr);
}

TEST_F(CaresResolverTest, SameQuestionIsSentOnce) {
  server.set(Fault::late, milliseconds(50));
  std::vector<Lookup> lookups;
  for (int i = 0; i < 200; ++i)
    lookups.push_back(dns.query(i % 2 == 0 ? "a.example" : "A.Example.", RecordType::a));
  for (const auto& lookup : lookups)
    ASSERT_NE(lookup.wait(std::chrono::steady_clock::now() + kPatience), nullptr);
  EXPECT_EQ(server.queries(), 1);
  EXPECT_EQ(dns.counters().joined, 199U);
}

TEST_F(CaresResolverTest, CacheAnswersAtOnce) {
  ask(dns, "a.example");
  EXPECT_NE(dns.query("A.example.", RecordType::a).peek(), nullptr);
  EXPECT_EQ(server.queries(), 1);
  EXPECT_EQ(dns.counters().cache_hits, 1U);
}

TEST_F(CaresResolverTest, CallbackMayAskFurther) {
  std::promise<bool> found;
  dns.query("a.example", RecordType::a).on_done([&](const Outcome&) {
    dns.query("b.example", RecordType::a).on_done([&](const Outcome& second) {
      found.set_value(second.has_value());
    });
  });
  auto future = found.get_future();
  ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(future.get());
}

TEST(CaresResolver, EndAnswersWhatIsOpen) {
  FakeServer server;
  server.set(Fault::silent);
  auto dns = std::make_unique<CaresResolver>(quick({server.address()}));
  const auto lookup = dns->query("a.example", RecordType::a);
  ASSERT_TRUE(wait_for([&] { return server.queries() > 0; }));
  dns.reset();
  ASSERT_NE(lookup.peek(), nullptr);
  EXPECT_EQ(lookup.peek()->error().kind, Trouble::Kind::timeout);
}

TEST(CaresResolver, SecondServerAnswersForASilentOne) {
  FakeServer silent, good;
  silent.set(Fault::silent);
  CaresResolver dns(quick({silent.address(), good.address()}));
  EXPECT_TRUE(ask(dns, "a.example").has_value());
  EXPECT_EQ(dns.counters().hedged, 1U);
  const int before = silent.queries();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(dns, std::to_string(i) + ".example").has_value());
  EXPECT_LE(silent.queries() - before, 1) << "only a probe";
  EXPECT_EQ(dns.counters().hedged, 1U);
}

TEST(CaresResolver, SecondServerAnswersForOneThatFails) {
  for (const auto fault : {Fault::serv_fail, Fault::refused, Fault::cut_short, Fault::dead_tcp}) {
    FakeServer failing, good;
    failing.set(fault);
    CaresResolver dns(quick({failing.address(), good.address()}));
    EXPECT_TRUE(ask(dns, "a.example").has_value()) << static_cast<int>(fault);
  }
}

TEST(CaresResolver, ServerThatIsBackIsFoundByAProbe) {
  FakeServer first, second;
  first.set(Fault::silent);
  CaresResolver dns(quick({first.address(), second.address()}));
  ask(dns, "a.example");
  first.set(Fault::none);
  ask(dns, "b.example");  // brings the probe
  ASSERT_TRUE(wait_for([&] { return dns.counters().probes == 1; }));
  second.set(Fault::silent);
  EXPECT_TRUE(ask(dns, "c.example").has_value());
}

TEST(CaresResolver, NoServerAtAllIsATimeout) {
  ServerAddress closed;
  {
    const FakeServer gone;
    closed = gone.address();
  }
  CaresResolver dns(quick({closed}));
  EXPECT_EQ(trouble(dns, "a.example").detail, "A a.example: time-out (no server is reachable)");
}

TEST(CaresResolver, PendingQuestionsAreBounded) {
  FakeServer server;
  server.set(Fault::silent);
  auto settings = quick({server.address()});
  settings.engine.theirs.most_in_flight = 2;
  settings.engine.theirs.most_waiting = 3;
  CaresResolver dns(settings);
  std::vector<Lookup> lookups;
  const auto more = [&] {
    lookups.push_back(dns.query(std::to_string(lookups.size()) + ".example", RecordType::a));
    return lookups.back().peek();
  };
  EXPECT_EQ(more(), nullptr);
  EXPECT_EQ(more(), nullptr);
  ASSERT_TRUE(wait_for([&] { return dns.counters().in_flight == 2; }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(more(), nullptr);
  const auto* beyond = more();
  ASSERT_NE(beyond, nullptr);
  EXPECT_EQ(beyond->error().kind, Trouble::Kind::overload);
  EXPECT_EQ(dns.counters().overloads, 1U);
  EXPECT_EQ(dns.counters().pending, 3U);
}

Asker ahead() { return {.lane = Lane::theirs, .urgency = Urgency::ahead, .client = {}}; }
Asker of_list() { return {.lane = Lane::ours, .client = {}}; }
Asker of(const char* client) { return {.client = policy::Address::parse(client)}; }

TEST_F(CaresResolverTest, WhatNobodyWaitsForIsSentOnceUntilSomebodyDoes) {
  server.set(Fault::silent);
  const auto lookup = dns.query_for("a.example", RecordType::a, ahead());
  ASSERT_TRUE(wait_for([&] { return server.queries() == 1; }));
  std::this_thread::sleep_for(milliseconds(350));  // of the rounds, three would be over
  EXPECT_EQ(server.queries(), 1);
  server.set(Fault::none);
  EXPECT_EQ(dns.query_for("a.example", RecordType::a, ahead()).peek(), nullptr);
  EXPECT_TRUE(ask(dns, "a.example").has_value());
  EXPECT_NE(lookup.peek(), nullptr) << "it is the same question";
}

TEST(CaresResolver, AListIsAskedWhileTheSlotsOfStrangersAreTaken) {
  FakeServer server;
  server.set(Fault::silent);
  auto settings = quick({server.address()});
  settings.engine.theirs.most_in_flight = 1;
  settings.engine.theirs.most_waiting = 2;
  CaresResolver dns(settings);
  std::vector<Lookup> silent{dns.query("a.example", RecordType::a), dns.query("b.example", RecordType::a)};
  ASSERT_TRUE(wait_for([&] { return server.queries() == 1; }));
  server.set(Fault::none);
  const auto list = dns.query_for("2.0.0.127.bl.example", RecordType::a, of_list());
  const auto* outcome = list.wait(std::chrono::steady_clock::now() + kPatience);
  ASSERT_NE(outcome, nullptr);
  EXPECT_TRUE(outcome->has_value());
  EXPECT_EQ(silent[1].peek(), nullptr) << "while the other still waits to be sent";
}

TEST(CaresResolver, ListsHaveACacheOfTheirOwn) {
  FakeServer server;
  CaresResolver dns(quick({server.address()}));
  ask(dns, "x.bl.example");
  const auto list = dns.query_for("x.bl.example", RecordType::a, of_list());
  ASSERT_NE(list.wait(std::chrono::steady_clock::now() + kPatience), nullptr);
  EXPECT_EQ(server.queries(), 2);
}

TEST(CaresResolver, WhatItsOwnAllowanceKeptWaitingIsTheClientsAndNobodyElses) {
  FakeServer server;
  server.set(Fault::silent);
  auto settings = quick({server.address()});
  settings.engine.theirs.most_in_flight = 16;  // two for a /24
  CaresResolver dns(settings);
  std::vector<Lookup> asked;
  for (int i = 0; i < 4; ++i)
    asked.push_back(dns.query_for(std::to_string(i) + ".example", RecordType::a, of("192.0.2.1")));
  const auto other = dns.query_for("other.example", RecordType::a, of("203.0.113.1"));
  ASSERT_TRUE(wait_for([&] { return !asked[0].is_held() && !other.is_held(); }));
  EXPECT_TRUE(asked[3].is_held());
  const auto owner = [](const Lookup& lookup) {
    const auto* outcome = lookup.wait(std::chrono::steady_clock::now() + kPatience);
    return outcome == nullptr || *outcome ? policy::Owner::ours : outcome->error().owner;
  };
  EXPECT_EQ(owner(asked[3]), policy::Owner::client);
  EXPECT_EQ(owner(asked[0]), policy::Owner::world);
  EXPECT_EQ(owner(other), policy::Owner::world);
}

// Asked ahead where there is no room: nobody remembers it.
TEST(CaresResolver, APrefetchThatIsDroppedWasNeverAsked) {
  FakeServer server;
  server.set(Fault::silent);
  auto settings = quick({server.address()});
  settings.engine.timeout = milliseconds(3000);
  settings.engine.theirs.most_in_flight = 1;
  CaresResolver dns(settings);
  const auto first = dns.query("a.example", RecordType::a);
  ASSERT_TRUE(wait_for([&] { return server.queries() == 1; }));
  const auto hostile = of("192.0.2.1");
  const auto held =
      dns.query_for("b.example", RecordType::a, {.urgency = Urgency::ahead, .client = hostile.client});
  for (int i = 0; i < 3; ++i) dns.query_for(std::to_string(i) + ".example", RecordType::a, hostile);
  const auto* outcome = held.wait(std::chrono::steady_clock::now() + kPatience);
  ASSERT_NE(outcome, nullptr);
  EXPECT_TRUE(outcome->error().dropped);
  server.set(Fault::none);
  EXPECT_TRUE(ask(dns, "b.example").has_value());
}

// A name that was seen before has all the time that one has which never was.
TEST(CaresResolver, ExpiredRecordsShortenNobodysTime) {
  FakeServer server;
  CaresResolver dns(quick({server.address()}));
  ask(dns, "a.example", RecordType::txt);  // NODATA without SOA: kept for a second
  std::this_thread::sleep_for(kShortestTtl + milliseconds(20));
  server.set(Fault::late, milliseconds(450));
  const auto outcome = ask(dns, "a.example", RecordType::txt);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Records::Kind::no_data);
}

}  // namespace
}  // namespace milter
