#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/checks/check.h"
#include "milter/lists/health.h"
#include "tests/unit/lists/asking.h"

namespace milter {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// One session of 192.0.2.1 that the check is asked about.
class DnsblCheck : public ::testing::Test {
 protected:
  DnsblCheck() {
    connection_.client = test::address("192.0.2.1");
    connection_.helo = "mail.sender.example";
    transaction_.mail_from = "<bob@sender.example>";
    policy_.lists = {test::zen()};
  }

  policy::FactSet ask() {
    return test::ask_lists(*world_, {connection_, transaction_, known_, policy_}, health_.get());
  }
  static policy::TextList list(const policy::FactSet& facts, std::string_view path) {
    const auto& value = *facts.value(path);  // what is known for sure
    if (const auto* part = std::get_if<policy::InPart>(&value)) return part->has;
    return std::get<policy::TextList>(value);
  }
  static std::int64_t weight(const policy::FactSet& facts) {
    const auto& value = *facts.value("dnsbl.weight");
    if (const auto* part = std::get_if<policy::InPart>(&value)) return part->at_least;
    return std::get<std::int64_t>(value);
  }

  std::shared_ptr<ScriptedZone> world_ = test::healthy_world();
  Connection connection_;
  Transaction transaction_;
  policy::Policy policy_;
  policy::FactSet known_;
  std::unique_ptr<ListHealth> health_;
};

TEST_F(DnsblCheck, AListedClientIsToldWithCodeWeightMeaningAndLookupPage) {
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.2"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.listed"), ElementsAre("zen"));
  EXPECT_THAT(list(facts, "dnsbl.codes"), ElementsAre("zen=127.0.0.2"));
  EXPECT_THAT(list(facts, "dnsbl.names"), ElementsAre("Example ZEN"));
  EXPECT_THAT(list(facts, "dnsbl.problems"), IsEmpty());
  EXPECT_EQ(weight(facts), 8);
  EXPECT_EQ(facts.text("dnsbl.means"), "SBL");
  EXPECT_EQ(facts.text("dnsbl.lookup"), "https://check.example/?query=192.0.2.1");
}

TEST_F(DnsblCheck, AClientOnNoListIsKnownToBeOnNone) {
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.listed"), IsEmpty());
  EXPECT_THAT(list(facts, "dnsbl.problems"), IsEmpty());
  EXPECT_EQ(weight(facts), 0);
  EXPECT_EQ(facts.text("dnsbl.lookup"), "");
}

TEST_F(DnsblCheck, WeightsOfSeveralCodesAndListsAddUpAndTheHeaviestListIsLookedUp) {
  policy_.lists.push_back(test::dbl(policy::ListOf::sender_domain));
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.2", "127.0.0.10"});
  test::put(*world_, "sender.example.dbl.example", {"127.0.1.2"});
  const auto facts = ask();
  EXPECT_EQ(weight(facts), 19);
  EXPECT_THAT(list(facts, "dnsbl.listed"), ElementsAre("zen", "dbl"));
  EXPECT_EQ(facts.text("dnsbl.means"), "SBL, PBL, spam domain");
  EXPECT_EQ(facts.text("dnsbl.lookup"), "https://check.example/?query=192.0.2.1");
}

TEST_F(DnsblCheck, AnIpv6ClientIsAskedAboutByNibbles) {
  connection_.client = test::address("2001:db8::1");
  test::put(*world_, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example",
            {"127.0.0.10"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.codes"), ElementsAre("zen=127.0.0.10"));
  EXPECT_EQ(facts.text("dnsbl.lookup"), "https://check.example/?query=2001:db8::1");
}

TEST_F(DnsblCheck, AnAllowListHasNoWeightAndIsNoListing) {
  policy_.lists = {test::allow_list()};
  test::put(*world_, "1.2.0.192.good.example", {"127.0.10.2"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.allowed"), ElementsAre("good"));
  EXPECT_THAT(list(facts, "dnsbl.codes"), ElementsAre("good=127.0.10.2"));
  EXPECT_THAT(list(facts, "dnsbl.listed"), IsEmpty());
  EXPECT_EQ(weight(facts), 0);
}

TEST_F(DnsblCheck, HeloAndPtrNamesAreAskedOfTheListsThatWantThem) {
  auto of_helo = test::dbl(policy::ListOf::helo);
  of_helo.id = "of-helo";
  policy_.lists = {of_helo, test::dbl(policy::ListOf::client_name)};
  Records ptr;
  ptr.kind = Records::Kind::found;
  ptr.names = {"host.reverse.example"};
  world_->put("1.2.0.192.in-addr.arpa", RecordType::ptr, ptr);
  test::put(*world_, "mail.sender.example.dbl.example", {"127.0.1.2"});
  test::put(*world_, "host.reverse.example.dbl.example", {"127.0.1.2"});
  EXPECT_THAT(list(ask(), "dnsbl.listed"), ElementsAre("of-helo", "dbl"));
}

TEST_F(DnsblCheck, TheConfirmedNameIsTheOneAskedAboutWhateverOtherChecksFound) {
  policy_.lists = {test::dbl(policy::ListOf::client_name)};
  Records ptr;
  ptr.kind = Records::Kind::found;
  ptr.names = {"claimed.example", "own.example"};
  world_->put("1.2.0.192.in-addr.arpa", RecordType::ptr, ptr);
  test::put(*world_, "own.example", {"192.0.2.1"});
  test::put(*world_, "own.example.dbl.example", {"127.0.1.2"});
  EXPECT_THAT(list(ask(), "dnsbl.listed"), ElementsAre("dbl"));
  known_.put("client", policy::Fields{{"name", std::string("told.example")}});
  EXPECT_THAT(list(ask(), "dnsbl.listed"), ElementsAre("dbl"));
}

TEST_F(DnsblCheck, WithoutPtrAnswerItsListHasAProblem) {
  policy_.lists = {test::dbl(policy::ListOf::client_name)};
  world_->put("1.2.0.192.in-addr.arpa", RecordType::ptr, Trouble::Kind::serv_fail);
  EXPECT_THAT(list(ask(), "dnsbl.problems"),
              ElementsAre("dbl: the client's name is unknown: PTR 1.2.0.192.in-addr.arpa: SERVFAIL"));
}

TEST_F(DnsblCheck, TheFromDomainIsAskedAboutOnceItIsKnown) {
  policy_.lists = {test::dbl(policy::ListOf::from_domain)};
  EXPECT_THAT(list(ask(), "dnsbl_from.problems"), IsEmpty());  // no From: nothing to ask, nothing wrong
  known_.put("from", policy::Fields{{"domain", std::string("shown.example")}});
  test::put(*world_, "shown.example.dbl.example", {"127.0.1.2"});
  EXPECT_THAT(list(ask(), "dnsbl_from.listed"), ElementsAre("dbl"));
}

TEST_F(DnsblCheck, NullSenderAndAddressLiteralAreNotAskedAbout) {
  auto of_helo = test::dbl(policy::ListOf::helo);
  of_helo.id = "of-helo";
  policy_.lists = {of_helo, test::dbl(policy::ListOf::sender_domain)};
  connection_.helo = "[192.0.2.1]";
  transaction_.mail_from = "<>";
  EXPECT_THAT(list(ask(), "dnsbl.problems"), IsEmpty());
  EXPECT_THAT(world_->asked(), IsEmpty());
}

TEST_F(DnsblCheck, AClientWithoutAddressIsOnNoList) {
  connection_.client.reset();
  EXPECT_THAT(list(ask(), "dnsbl.listed"), IsEmpty());
  EXPECT_THAT(world_->asked(), IsEmpty());
}

TEST_F(DnsblCheck, AListThatDoesNotAnswerIsAProblemAndTheFactIsKnown) {
  world_->put("1.2.0.192.zen.example", RecordType::a, Trouble::Kind::timeout);
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.problems"), ElementsAre("zen: time-out for 192.0.2.1"));
  EXPECT_EQ(weight(facts), 0);
}

TEST_F(DnsblCheck, AListWhoseTestPointsFailDoesNotCountWhateverItSays) {
  world_->put("2.0.0.127.zen.example", RecordType::a, Trouble::Kind::serv_fail);
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.2"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.problems"), ElementsAre("zen: test point 127.0.0.2: SERVFAIL"));
  EXPECT_THAT(list(facts, "dnsbl.listed"), IsEmpty());
  EXPECT_EQ(weight(facts), 0);
}

TEST_F(DnsblCheck, ACodeOfWeightZeroIsShownAndIsNoListing) {
  policy_.lists.front().codes.push_back(test::code("127.0.0.20", "127.0.0.20", "good reputation", 0));
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.20"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.codes"), ElementsAre("zen=127.0.0.20"));
  EXPECT_THAT(list(facts, "dnsbl.listed"), IsEmpty());
  EXPECT_THAT(list(facts, "dnsbl.names"), IsEmpty());
  EXPECT_EQ(facts.text("dnsbl.means"), "");
  EXPECT_EQ(facts.text("dnsbl.lookup"), "");
}

// A resolver that keeps all its answers to itself.
class SilentResolver : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { return pending_.handle(); }

 private:
  PendingLookup pending_;
};

TEST_F(DnsblCheck, WhatIsNotThereAtTheDeadlineIsAProblem) {
  SilentResolver silent;
  const auto facts = test::ask_lists(silent, {connection_, transaction_, known_, policy_}, nullptr);
  EXPECT_THAT(list(facts, "dnsbl.problems"), ElementsAre("zen: test point 127.0.0.2: time-out"));
}

TEST_F(DnsblCheck, ForceOnBelievesAListWithoutTestPointsAndForceOffAsksNothing) {
  auto off = test::dbl(policy::ListOf::sender_domain);
  off.force = policy::Force::off;
  policy_.lists.front().force = policy::Force::on;
  policy_.lists.push_back(off);
  world_ = std::make_shared<ScriptedZone>();
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.2"});
  test::put(*world_, "sender.example.dbl.example", {"127.0.1.2"});
  const auto facts = ask();
  EXPECT_THAT(list(facts, "dnsbl.listed"), ElementsAre("zen"));
  EXPECT_THAT(list(facts, "dnsbl.problems"), IsEmpty());
}

TEST_F(DnsblCheck, HealthThatTrustsAListSavesTheTestPoints) {
  health_ = std::make_unique<ListHealth>();
  health_->use(policy_.lists);
  health_->tested("zen", {.passed = true}, 1);
  test::put(*world_, "1.2.0.192.zen.example", {"127.0.0.2"});
  EXPECT_THAT(list(ask(), "dnsbl.listed"), ElementsAre("zen"));
  EXPECT_THAT(world_->asked(), ::testing::Each("A 1.2.0.192.zen.example"));
}

TEST_F(DnsblCheck, ADisabledListIsNotAskedAndSaysWhy) {
  health_ = std::make_unique<ListHealth>();
  health_->use(policy_.lists);
  health_->problem("zen", "answered 192.0.2.80: parked", true, 1);
  EXPECT_THAT(list(ask(), "dnsbl.problems"), ElementsAre("zen: answered 192.0.2.80: parked"));
  EXPECT_THAT(world_->asked(), IsEmpty());
}

TEST_F(DnsblCheck, ALieAboutAClientDisablesTheListForThoseWhoComeAfter) {
  health_ = std::make_unique<ListHealth>();
  health_->use(policy_.lists);
  health_->tested("zen", {.passed = true}, 1);
  test::put(*world_, "1.2.0.192.zen.example", {"127.255.255.254"});
  const auto first = ask();
  EXPECT_THAT(list(first, "dnsbl.listed"), IsEmpty());
  EXPECT_THAT(list(first, "dnsbl.problems"),
              ElementsAre(AllOf(StartsWith("zen: answered 127.255.255.254: "),
                                HasSubstr("your resolver is blocked by Example ZEN"))));
  EXPECT_EQ(health_->standing(policy_.lists[0], 0).kind, Standing::Kind::disabled);
  EXPECT_EQ(list(ask(), "dnsbl.problems"), list(first, "dnsbl.problems"));
}

}  // namespace
}  // namespace milter
