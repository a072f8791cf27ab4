// What must come of each fault of the real world, with the time-outs of production.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <thread>

#include "milter/dns/cares_resolver.h"
#include "tests/unit/dns/fake_server.h"
#include "tests/unit/dns/faults/real_server.h"

namespace milter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::SizeIs;

seconds outage{4};  // --outage=SECONDS

ResolverSettings of(std::vector<ServerAddress> servers) {
  ResolverSettings settings;
  settings.engine.servers = std::move(servers);
  return settings;
}

struct Answer {
  Outcome outcome;
  milliseconds took;
};

Answer ask(Resolver& dns, std::string_view name, RecordType type = RecordType::a) {
  const auto began = steady_clock::now();
  const auto lookup = dns.query(name, type);
  const auto* outcome = lookup.wait(began + seconds(60));
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  if (outcome != nullptr) return {*outcome, took};
  ADD_FAILURE() << "no answer at all";
  return {tl::unexpected(Trouble{}), took};
}

std::string fresh_name() {
  static int number = 0;
  return "n" + std::to_string(++number) + ".example.test";
}

// nsd behind a server that can be told to misbehave.
class Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!nsd) FAIL() << "nsd is not installed";
  }

  Trouble::Kind trouble(Fault fault) {
    proxy.set(fault);
    const auto answer = ask(dns, fresh_name());
    EXPECT_FALSE(answer.outcome.has_value());
    return answer.outcome ? Trouble::Kind::overload : answer.outcome.error().kind;
  }

  std::unique_ptr<RealServer> nsd = RealServer::nsd();
  FakeServer proxy{[this](const auto& query) { return forward(query, nsd->address()); }};
  CaresResolver dns{of({proxy.address()})};
};

TEST_F(Faults, NoneFromNsdItself) {
  CaresResolver direct(of({nsd->address()}));
  EXPECT_THAT(ask(direct, "example.test").outcome->addresses,
              ElementsAre(*policy::Address::parse("192.0.2.1")));
  EXPECT_THAT(ask(direct, "example.test", RecordType::aaaa).outcome->addresses, SizeIs(1));
  EXPECT_THAT(ask(direct, "example.test", RecordType::txt).outcome->texts, ElementsAre("v=spf1 -all"));
  EXPECT_THAT(ask(direct, "example.test", RecordType::mx).outcome->exchangers,
              ElementsAre(MailExchanger{10, "a.example.test"}, MailExchanger{20, "b.example.test"}));
  EXPECT_THAT(ask(direct, "null.example.test", RecordType::mx).outcome->exchangers,
              ElementsAre(MailExchanger{0, ""}));
  EXPECT_THAT(ask(direct, "alias.example.test").outcome->addresses, SizeIs(1));
  EXPECT_EQ(ask(direct, "null.example.test", RecordType::txt).outcome->kind, Records::Kind::no_data);
  EXPECT_EQ(ask(direct, "a.null.example.test").outcome->kind, Records::Kind::no_name);
  EXPECT_EQ(ask(direct, "elsewhere.org").outcome.error().kind, Trouble::Kind::refused);
}

TEST_F(Faults, LargeReplyComesOverTcp) {
  CaresResolver direct(of({nsd->address()}));
  EXPECT_THAT(ask(direct, "large.example.test", RecordType::txt).outcome->texts, SizeIs(16));
  EXPECT_EQ(direct.counters().over_tcp, 1U);
}

TEST_F(Faults, ServfailAndRefusedAreToldApart) {
  EXPECT_EQ(trouble(Fault::serv_fail), Trouble::Kind::serv_fail);
  EXPECT_EQ(trouble(Fault::refused), Trouble::Kind::refused);
}

TEST_F(Faults, SilenceWrongIdAndGarbageTimeOut) {
  for (const auto fault : {Fault::silent, Fault::wrong_id, Fault::garbage})
    EXPECT_EQ(trouble(fault), Trouble::Kind::timeout) << static_cast<int>(fault);
}

TEST_F(Faults, BrokenReplyIsToldFromSilence) {
  EXPECT_EQ(trouble(Fault::cut_short), Trouble::Kind::bad_reply);
}

TEST_F(Faults, AnswerLateByASecondAndAHalfIsTaken) {
  proxy.set(Fault::late, milliseconds(1500));
  const auto answer = ask(dns, fresh_name());
  EXPECT_TRUE(answer.outcome.has_value());
  EXPECT_GE(answer.took, milliseconds(1500));
  EXPECT_LT(answer.took, milliseconds(3000));
}

TEST_F(Faults, TruncationWithDeadTcpIsTroubleSoon) {
  proxy.set(Fault::dead_tcp);
  const auto answer = ask(dns, fresh_name());
  ASSERT_FALSE(answer.outcome.has_value());
  EXPECT_EQ(answer.outcome.error().kind, Trouble::Kind::timeout);
  EXPECT_LT(answer.took, milliseconds(2000)) << "not the whole time";
}

TEST_F(Faults, EmptyReplyIsNodata) {
  proxy.set(Fault::empty);
  EXPECT_EQ(ask(dns, fresh_name()).outcome->kind, Records::Kind::no_data);
}

TEST_F(Faults, OneOfTwoDeadCostsOneWait) {
  proxy.set(Fault::silent);
  CaresResolver two(of({proxy.address(), nsd->address()}));
  EXPECT_LT(ask(two, fresh_name()).took, milliseconds(1500)) << "the hedge";
  for (int i = 0; i < 50; ++i) {
    const auto answer = ask(two, fresh_name());
    EXPECT_TRUE(answer.outcome.has_value());
    EXPECT_LT(answer.took, milliseconds(400)) << "the one that answers is asked first";
  }
}

// Asks fresh names until one is answered.
milliseconds recovery(Resolver& dns) {
  const auto began = steady_clock::now();
  while (!ask(dns, fresh_name()).outcome && steady_clock::now() - began < seconds(30)) {
  }
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
}

TEST_F(Faults, AllDeadAndBackIsFoundWithinThreeSeconds) {
  FakeServer other([this](const auto& query) { return forward(query, nsd->address()); });
  CaresResolver two(of({proxy.address(), other.address()}));
  proxy.set(Fault::silent);
  other.set(Fault::silent);
  std::vector<Lookup> asked;
  for (const auto end = steady_clock::now() + outage; steady_clock::now() < end;) {
    asked.push_back(two.query(fresh_name(), RecordType::a));
    std::this_thread::sleep_for(milliseconds(10));
  }
  proxy.set(Fault::none);
  other.set(Fault::none);
  EXPECT_LT(recovery(two), seconds(3));
  for (const auto& lookup : asked) EXPECT_NE(lookup.wait(steady_clock::now() + seconds(10)), nullptr);
}

TEST_F(Faults, ServerThatRestartsIsFoundWithinThreeSeconds) {
  CaresResolver direct(of({nsd->address()}));
  EXPECT_TRUE(ask(direct, fresh_name()).outcome.has_value());
  nsd->stop();
  const auto name = fresh_name();
  EXPECT_EQ(ask(direct, name).outcome.error().kind, Trouble::Kind::timeout);
  nsd->start_again();
  EXPECT_LT(recovery(direct), seconds(3));
  std::this_thread::sleep_for(kFailureTtl + milliseconds(50));
  EXPECT_TRUE(ask(direct, name).outcome.has_value()) << "the failure was forgotten";
}

TEST_F(Faults, UnboundBetweenPassesAnswersAndServfail) {
  const auto unbound = RealServer::unbound(proxy.address());
  if (!unbound) FAIL() << "unbound is not installed";
  CaresResolver through(of({unbound->address()}));
  EXPECT_THAT(ask(through, "example.test").outcome->addresses, SizeIs(1));
  EXPECT_EQ(ask(through, "a.null.example.test").outcome->kind, Records::Kind::no_name);
  EXPECT_EQ(ask(through, "null.example.test", RecordType::txt).outcome->kind, Records::Kind::no_data);
  proxy.set(Fault::serv_fail);
  const auto failed = ask(through, fresh_name());
  ASSERT_FALSE(failed.outcome.has_value());
  EXPECT_EQ(failed.outcome.error().kind, Trouble::Kind::serv_fail);
}

TEST(Blocklist, RbldnsdListsAndDoesNot) {
  const auto rbldnsd = RealServer::rbldnsd();
  if (!rbldnsd) FAIL() << "rbldnsd is not installed";
  CaresResolver dns(of({rbldnsd->address()}));
  EXPECT_THAT(ask(dns, "66.2.0.192.bl.test").outcome->addresses,
              ElementsAre(*policy::Address::parse("127.0.0.2")));
  EXPECT_THAT(ask(dns, "66.2.0.192.bl.test", RecordType::txt).outcome->texts, ElementsAre("listed"));
  EXPECT_EQ(ask(dns, "67.2.0.192.bl.test").outcome->kind, Records::Kind::no_name);
}

}  // namespace
}  // namespace milter

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    constexpr std::string_view kOption = "--outage=";
    int value = 0;
    if (word.starts_with(kOption) &&
        std::from_chars(word.data() + kOption.size(), word.data() + word.size(), value).ec == std::errc{})
      milter::outage = std::chrono::seconds(value);
  }
  return RUN_ALL_TESTS();
}
