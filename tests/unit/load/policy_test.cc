#include "policy/load/policy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "world.h"

namespace policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kWhole = R"(version: 1
site: {name: mx1.example.net, help: "https://postmaster.example.net/550/", contact: postmaster@example.net}
domains: {local: [Example.Net., "*.example.net"], relay: [backup.example.org]}
trusted: {networks: [127.0.0.0/8, "::1/128"], authenticated: false}
lists:
  - {id: zen, name: Spamhaus ZEN, zone: zen.spamhaus.org, lookup: "https://check.spamhaus.org/results/?query={client.ip}",
     codes: {127.0.0.2: {means: SBL, weight: 8}, "127.0.0.10-11": {means: PBL, weight: 5}}, force: on}
  - {id: good, zone: list.example.org, of: helo, allow: true, codes: {127.0.0.2: fine}}
recipients: {example.net: {source: file, path: recipients.txt}}
rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}
  - {id: blocklists, when: {client.trusted: false, dnsbl.weight: ">= 8"}, reject: dnsbl-listed, if_unknown: skip}
  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer, mode: monitor}
  - {id: bad-from, when: {from.problem: {not: ""}}, reject: from-header-invalid}
  - {id: dmarc, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: defer, sample: 10%}
exceptions:
  - {id: alumni, when: {client.ip: [203.0.113.0/24]}, skip: [spf], because: "forwards", owner: jane@example.net, expires: 2027-03-31}
tests:
  - {name: strangers cannot relay, facts: {recipient: {ours: false}}, expect: {reject: relay-denied}}
settings: {dmarc: {mode: psl}}
)";

std::vector<std::string> messages(const Loaded<Policy>& loaded) {
  std::vector<std::string> out;
  for (const auto& diagnostic : loaded.diagnostics) out.push_back(to_text(diagnostic));
  return out;
}

std::vector<std::string> paths(const std::vector<Condition>& when) {
  std::vector<std::string> out;
  for (const auto& condition : when)
    out.push_back((condition.implied ? "+" : "") + std::string(condition.path));
  return out;
}

// A policy of relay control and one more rule.
Loaded<Policy> with_rule(std::string_view rule) {
  return load_text(
      fmt::format("version: 1\nrules:\n  - {{id: relay, when: {{recipient.ours: false, client.trusted: "
                  "false}}, reject: relay-denied}}\n  - {}\n",
                  rule));
}

class WholePolicy : public testing::Test {
 protected:
  const Loaded<Policy> loaded = load_text(kWhole);
  const Policy& policy() const { return *loaded.value; }
};

TEST_F(WholePolicy, LoadsWithoutAWord) {
  EXPECT_THAT(messages(loaded), IsEmpty());
  ASSERT_TRUE(loaded.value);
}

TEST_F(WholePolicy, SaysWhoWeAre) {
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(policy().site.name, "mx1.example.net");
  EXPECT_EQ(policy().site.help, "https://postmaster.example.net/550");
  EXPECT_THAT(policy().domains.local, ElementsAre("example.net", "*.example.net"));
  EXPECT_EQ(policy().trusted.networks.size(), 2U);
  EXPECT_FALSE(policy().trusted.authenticated);
  EXPECT_EQ(policy().recipients.at(0).path, "recipients.txt");
  EXPECT_EQ(policy().settings.at("dmarc.mode"), Value("psl"));
  EXPECT_EQ(policy().file, "policy.yaml");
}

TEST_F(WholePolicy, HasListsWithTheirCodes) {
  ASSERT_TRUE(loaded.value);
  const auto& zen = policy().lists.at(0);
  EXPECT_EQ(zen.name, "Spamhaus ZEN");
  EXPECT_EQ(zen.force, Force::on);
  EXPECT_EQ(zen.codes.at(1).low.text(), "127.0.0.10");
  EXPECT_EQ(zen.codes.at(1).high.text(), "127.0.0.11");
  EXPECT_EQ(zen.codes.at(1).weight, 5);
  const auto& good = policy().lists.at(1);
  EXPECT_TRUE(good.allow);
  EXPECT_EQ(good.of, ListOf::helo);
  EXPECT_EQ(good.name, "good");
  EXPECT_EQ(good.codes.at(0).means, "fine");
  EXPECT_EQ(good.codes.at(0).weight, 0);
}

TEST_F(WholePolicy, AddsTheConditionsThatNoPolicyMayLeaveOut) {
  ASSERT_TRUE(loaded.value);
  EXPECT_THAT(paths(policy().rule("relay")->when), ElementsAre("recipient.ours", "client.trusted"));
  EXPECT_THAT(paths(policy().rule("blocklists")->when),
              ElementsAre("client.trusted", "dnsbl.weight", "+client.authenticated", "+recipient.role"));
  EXPECT_THAT(paths(policy().rule("spf")->when),
              ElementsAre("spf.result", "+client.trusted", "+client.authenticated", "+recipient.role"));
  EXPECT_THAT(paths(policy().rule("dmarc")->when),
              ElementsAre("dmarc.disposition", "+dice.roll", "+client.trusted", "+client.authenticated",
                          "+message.role"));
  EXPECT_THAT(paths(policy().exceptions.at(0).when), ElementsAre("client.ip", "+clock.unix"));
}

TEST_F(WholePolicy, KnowsWhoAnswersAndWhatADoubtMeans) {
  ASSERT_TRUE(loaded.value);
  const auto& condition = policy().rule("spf")->when.at(0);
  EXPECT_EQ(condition.check, "spf");
  EXPECT_EQ(condition.doubt_reason, "spf-temperror");
  EXPECT_EQ(condition.at.line, 13);
}

TEST_F(WholePolicy, DecidesARuleAsSoonAsItsFactsAreKnownButNotBeforeRcpt) {
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(policy().rule("blocklists")->stage, Stage::rcpt);
  EXPECT_EQ(policy().rule("dmarc")->stage, Stage::message);
}

TEST_F(WholePolicy, KeepsItsTestsAsTheyWereWritten) {
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(policy().tests.at(0).name, "strangers cannot relay");
  EXPECT_THAT(policy().tests.at(0).yaml, testing::HasSubstr("relay-denied"));
  EXPECT_EQ(policy().tests.at(0).at.line, 19);
}

TEST_F(WholePolicy, AnExceptionWorksThroughItsLastDay) {
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(policy().exceptions.at(0).expires, 1806537600);  // 2027-04-01T00:00:00Z
  EXPECT_EQ(std::get<Compares>(policy().exceptions.at(0).when.at(1).test),
            (Compares{Compares::Op::less, 1806537600}));
}

TEST_F(WholePolicy, ASampleOfTenPercentIsAThousandOfTenThousandRolls) {
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(std::get<Compares>(policy().rule("dmarc")->when.at(1).test),
            (Compares{Compares::Op::less, 1000}));
}

TEST(LoadPolicy, MonitoringAPolicyMonitorsEveryRuleThatRefuses) {
  const auto loaded = load_text(
      "version: 1\nmode: monitor\nrules:\n  - {id: a, when: {client.trusted: true}, accept: true}\n"
      "  - {id: relay, when: {recipient.ours: false}, reject: relay-denied}\n");
  ASSERT_TRUE(loaded.value) << testing::PrintToString(messages(loaded));
  EXPECT_EQ(loaded.value->mode, Mode::monitor);
  EXPECT_EQ(loaded.value->rule("a")->mode, Mode::enforce);
  EXPECT_EQ(loaded.value->rule("relay")->mode, Mode::monitor);
}

TEST(LoadPolicy, LeavesOutImpliedConditionsThatTheSchemaDoesNotHave) {
  const Schema schema({{.name = "spf",
                        .group = "spf",
                        .since = Stage::mail,
                        .fields = {{"domain", "whose", {.kind = Kind::domain}}}}});
  const auto loaded =
      load_policy({"version: 1\nrules:\n  - {id: a, when: {spf.domain: a.example}, reject: spf-fail}\n", "f"},
                  schema, test_catalogue(), 0);
  ASSERT_TRUE(loaded.value);
  EXPECT_THAT(paths(loaded.value->rules.at(0).when), ElementsAre("spf.domain"));
}

TEST(LoadPolicy, FindsEverythingInOneRun) {
  const auto loaded = load_text(
      "version: 2\nsiet: {}\nrules:\n  - {id: a, reject: relay-deneid}\n  - {id: a, "
      "accept: true, when: {spf.resutl: pass}}\n");
  EXPECT_FALSE(loaded.value);
  EXPECT_GE(loaded.diagnostics.size(), 5U) << testing::PrintToString(messages(loaded));
}

TEST(LoadPolicy, TroubleInRelayControlDefersEvenIfThePolicyIsSilent) {
  const auto loaded = with_rule("{id: x, when: {helo.valid: false}, reject: helo-invalid}");
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(loaded.value->rule("relay")->if_unknown, IfUnknown::defer);
  EXPECT_EQ(loaded.value->rule("x")->if_unknown, IfUnknown::skip);
}

TEST(LoadPolicy, WhatOnlyExplainsCannotBeAsked) {
  EXPECT_THAT(messages(with_rule("{id: x, when: {spf.term: \"-all\"}, reject: spf-fail, if_unknown: skip}")),
              testing::Contains(testing::HasSubstr("spf.term only explains, for replies and the log")));
}

TEST(LoadPolicy, TroubleIsNoWordOfAFact) {
  EXPECT_THAT(messages(with_rule("{id: x, when: {client.fcrdns: temperror}, defer: dns-failure}")),
              testing::Contains(testing::HasSubstr("temperror")));
}

TEST(LoadPolicy, OnlyARuleThatRefusesIsAlwaysLookedAt) {
  const auto loaded =
      with_rule("{id: x, when: {message.size: \"> 9\"}, reject: client-blocked, always: true}");
  ASSERT_TRUE(loaded.value);
  EXPECT_TRUE(loaded.value->rule("x")->always);
  EXPECT_THAT(messages(with_rule("{id: x, when: {client.ip: 192.0.2.1}, accept: true, always: true}")),
              testing::Contains(testing::HasSubstr("always: true is for rules that refuse")));
}

constexpr std::string_view kLists = R"(
lists:
  - {id: zen, zone: zen.example, codes: {127.0.0.2: {means: a, weight: 4}, 127.0.0.4-5: {means: b, weight: 3}}}
  - {id: gone, zone: gone.example, codes: {127.0.0.2: {means: a, weight: 4}}, force: off}
  - {id: quiet, zone: quiet.example, codes: {127.0.0.2: {means: a, weight: 0}}}
  - {id: wl, zone: wl.example, allow: true, codes: {127.0.0.2: a}}
  - {id: dbl, zone: dbl.example, of: from-domain, codes: {127.0.1.2: {means: c, weight: 1}}}
)";

Loaded<Policy> with_lists(std::string_view when) {
  return load_text(
      fmt::format(
          "version: 1\nrules:\n  - {{id: x, when: {{{}}}, reject: dnsbl-listed, if_unknown: skip}}\n{}", when,
          kLists),
      0);
}

TEST(LoadPolicy, AConditionWaitsForTheListsThatMatterToIt) {
  const auto waits_for = [](std::string_view when) {
    const auto loaded = with_lists(when);
    return loaded.value ? loaded.value->rules.at(0).when.at(0).lists
                        : std::vector<std::string>{"does not load"};
  };
  using testing::ElementsAre;
  EXPECT_THAT(waits_for("dnsbl.listed: zen"), ElementsAre("zen"));
  EXPECT_THAT(waits_for("dnsbl.listed: {not: [zen, quiet]}"), ElementsAre("zen", "quiet"));
  EXPECT_THAT(waits_for("dnsbl.listed: gone"), ElementsAre());
  EXPECT_THAT(waits_for("dnsbl.allowed: {not: wl}"), ElementsAre("wl"));
  EXPECT_THAT(waits_for("dnsbl.codes: [\"zen=127.0.0.2\", \"wl=127.0.0.2\"]"), ElementsAre("zen", "wl"));
  EXPECT_THAT(waits_for("dnsbl.weight: \">= 4\""), ElementsAre("zen"));
  EXPECT_THAT(waits_for("dnsbl_from.listed: dbl"), ElementsAre("dbl"));
  EXPECT_THAT(waits_for("client.trusted: false"), ElementsAre());
}

TEST(LoadPolicy, AListIsNamedWhereItsFactsAre) {
  const auto said = with_lists("dnsbl.listed: dbl").diagnostics;
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said.front().message, testing::HasSubstr("dnsbl_from.listed tells of that list"));
  EXPECT_EQ(said.front().suggestion, "dnsbl_from.listed");
}

// Every code of a list may come in one answer.
TEST(LoadPolicy, AllCodesOfAListAddUp) {
  EXPECT_TRUE(with_lists("dnsbl.weight: \">= 10\"").value);
  const auto said = with_lists("dnsbl.weight: \">= 11\"").diagnostics;
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said.front().message, testing::HasSubstr("the weights of all lists add up to 10"));
}

// One condition of a monitored rule.
std::optional<Condition> condition(std::string_view when) {
  const auto loaded =
      with_rule(fmt::format("{{id: x, when: {{{}}}, reject: client-blocked, if_unknown: skip}}", when));
  return loaded.value ? std::optional(loaded.value->rules.at(1).when.at(0)) : std::nullopt;
}

Test test_of(std::string_view when) {
  const auto found = condition(when);
  return found ? found->test : Test(OneOf{{"did not load"}});
}

TEST(Conditions, TakeEachKindOfTest) {
  EXPECT_EQ(test_of("helo.valid: false"), policy::Test(IsFlag{false}));
  EXPECT_EQ(test_of("client.fcrdns: missing"), policy::Test(OneOf{{"missing"}}));
  EXPECT_EQ(test_of("client.fcrdns: [missing, mismatch]"), policy::Test(OneOf{{"missing", "mismatch"}}));
  EXPECT_EQ(test_of("client.name: [Bad.Example., \"*.bad.example\"]"),
            policy::Test(MatchesDomains{{"bad.example", "*.bad.example"}}));
  EXPECT_EQ(test_of("sender.domain: \"\""), policy::Test(MatchesDomains{{""}}));
  EXPECT_EQ(test_of("helo.name: \"[192.0.2.1]\""), policy::Test(MatchesDomains{{"[192.0.2.1]"}}));
  EXPECT_EQ(test_of("sender.address: [a@example.org, \"\"]"), policy::Test(OneOf{{"a@example.org", ""}}));
  EXPECT_EQ(test_of("client.ip: 192.0.2.0/24"), policy::Test(InNetworks{{*Network::parse("192.0.2.0/24")}}));
  EXPECT_EQ(test_of("client.user: 8"), policy::Test(OneOf{{"8"}}));
}

TEST(Conditions, TakeEachComparison) {
  using Op = Compares::Op;
  EXPECT_EQ(test_of("clock.hour: 8"), policy::Test(Compares{Op::equal, 8}));
  EXPECT_EQ(test_of("clock.hour: \"8\""), policy::Test(OneOf{{"did not load"}}));
  EXPECT_EQ(test_of("clock.hour: \"= 8\""), policy::Test(Compares{Op::equal, 8}));
  EXPECT_EQ(test_of("clock.hour: \"== 8\""), policy::Test(Compares{Op::equal, 8}));
  EXPECT_EQ(test_of("clock.hour: \">= 8\""), policy::Test(Compares{Op::at_least, 8}));
  EXPECT_EQ(test_of("clock.hour: \"<=8\""), policy::Test(Compares{Op::at_most, 8}));
  EXPECT_EQ(test_of("clock.hour: \"> -1\""), policy::Test(Compares{Op::more, -1}));
  EXPECT_EQ(test_of("clock.hour: \"< 8\""), policy::Test(Compares{Op::less, 8}));
  EXPECT_EQ(test_of("clock.hour: \"> \""), policy::Test(OneOf{{"did not load"}}));
}

TEST(Conditions, NegateWithNot) {
  const auto found = condition("client.ip: {not: [192.0.2.1]}");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->negated);
  const auto flag = condition("helo.valid: {not: true}");
  ASSERT_TRUE(flag);
  EXPECT_FALSE(flag->negated);
  EXPECT_EQ(flag->test, policy::Test(IsFlag{false}));
}

TEST(Ids, HaveSixtyFourLettersAndNoMore) {
  const auto rule = [](std::size_t length) {
    return with_rule(fmt::format("{{id: {}, when: {{helo.valid: false}}, reject: helo-invalid}}",
                                 std::string(length, 'x')));
  };
  EXPECT_TRUE(rule(64).value);
  EXPECT_FALSE(rule(65).value);
}

TEST(Help, HasAHundredAndTwentyCharactersAndNoMore) {
  const auto site = [](std::size_t length) {
    return load_text(
        fmt::format("version: 1\nrules: []\nsite: {{help: \"https://{}\"}}\n", std::string(length - 8, 'x')));
  };
  EXPECT_TRUE(site(120).value);
  EXPECT_FALSE(site(121).value);
}

TEST(Contact, HasAHundredCharactersAndNoMore) {
  const auto site = [](std::size_t length) {
    return load_text(fmt::format("version: 1\nrules: []\nsite: {{contact: {}@example.net}}\n",
                                 std::string(length - 12, 'x')));
  };
  EXPECT_TRUE(site(100).value);
  EXPECT_FALSE(site(101).value);
}

TEST(Weight, IsAThousandAtMost) {
  const auto list = [](int weight) {
    return load_text(
        fmt::format("version: 1\nrules: []\nlists: [{{id: a, zone: a.example, codes: {{127.0.0.2: {{means: "
                    "x, weight: {}}}}}}}]\n",
                    weight));
  };
  EXPECT_TRUE(list(1000).value);
  EXPECT_FALSE(list(1001).value);
  EXPECT_FALSE(list(-1).value);
}

TEST(Recipients, VanishForADayOrForAsLongAsTheySay) {
  const auto load = [](std::string_view more) {
    return load_text(
        fmt::format("version: 1\nrules: []\ndomains: {{local: [example.net]}}\n"
                    "recipients: {{example.net: {{source: file, path: x{}}}}}\n",
                    more));
  };
  const auto lasts = [&](std::string_view more) {
    const auto loaded = load(more);
    return loaded.value ? loaded.value->recipients.at(0).vanished_for : std::chrono::seconds(-1);
  };
  using std::chrono::hours;
  EXPECT_EQ(lasts(""), hours(24));
  EXPECT_EQ(lasts(", vanished_for: 0s"), hours(0));
  EXPECT_EQ(lasts(", vanished_for: 90m"), std::chrono::minutes(90));
  EXPECT_EQ(lasts(", vanished_for: 30d"), hours(30 * 24));
  for (const auto* bad : {"31d", "1w", "24", "h", "-1h", "1.5h", "99999999999999999999h"})
    EXPECT_FALSE(load(fmt::format(", vanished_for: {}", bad)).value) << bad;
}

TEST(Dmarc, PassesWhatHasNoSingleFromDomain) {
  const std::string dmarc =
      "{id: d, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: defer";
  const auto warns = [&](const std::string& mode, const std::string& other) {
    const auto said = messages(load_text(
        "version: 1\nrules:\n  - {id: relay, when: {recipient.ours: false}, reject: relay-denied}\n  - " +
        dmarc + mode + "}\n  - {id: o, at: message, when: {" + other + "}, reject: client-blocked}\n"));
    return std::any_of(said.begin(), said.end(), [](const std::string& one) {
      return one.find("no rule looks at from.problem") != std::string::npos;
    });
  };
  EXPECT_TRUE(warns("", "message.size: \"> 9\""));
  EXPECT_TRUE(warns("", "from.domain: bad.example"));
  EXPECT_TRUE(warns("", "dmarc.result: fail"));
  EXPECT_FALSE(warns(", mode: monitor", "message.size: \"> 9\"")) << "refuses nothing";
  EXPECT_FALSE(warns("", "from.problem: {not: \"\"}"));
  EXPECT_FALSE(warns("", "dmarc.result: permerror"));
  EXPECT_FALSE(warns("", "dmarc.result: {not: [pass, none, fail]}"));
}

TEST(Recipients, HaveDelimitersOfTheirOwn) {
  const auto load = [](std::string_view more) {
    return load_text(
        fmt::format("version: 1\nrules: []\ndomains: {{local: [example.net]}}\n"
                    "recipients: {{example.net: {{source: file, path: x{}}}}}\n",
                    more));
  };
  const auto delimiter = [&](std::string_view more) {
    return load(more).value->recipients.at(0).recipient_delimiter;
  };
  EXPECT_EQ(delimiter(""), "+");
  EXPECT_EQ(delimiter(", recipient_delimiter: \"\""), "");
  EXPECT_EQ(delimiter(", recipient_delimiter: +-"), "+-");
  for (const auto* bad : {"a", "\"@\"", "1", "\" \""})
    EXPECT_FALSE(load(fmt::format(", recipient_delimiter: {}", bad)).value) << bad;
}

TEST(Lists, NoMessageRepeatsAZone) {
  const auto loaded = load_text(
      "version: 1\nrules: []\nlists: [{id: dqs, zone: secretkey..dq.example, codes: {127.0.0.2: x}}]\n");
  ASSERT_FALSE(loaded.value);
  for (const auto& message : messages(loaded))
    EXPECT_THAT(message, testing::Not(testing::HasSubstr("secret")));
}

TEST(Samples, GoFromOneToAHundredPercent) {
  const auto rule = [](std::string_view sample) {
    return with_rule(
        fmt::format("{{id: x, when: {{helo.valid: false}}, reject: helo-invalid, sample: {}}}", sample));
  };
  EXPECT_TRUE(rule("1%").value);
  EXPECT_TRUE(rule("100%").value);
  EXPECT_FALSE(rule("0%").value);
  EXPECT_FALSE(rule("101%").value);
  EXPECT_FALSE(rule("10").value);
}

// The only exception of a policy, expiring as said, loaded at noon of 2026-11-24.
Loaded<Policy> expiring(std::string_view when, std::int64_t now = kTestNow) {
  return load_text(
      fmt::format("version: 1\nrules:\n  - {{id: relay, when: {{recipient.ours: false}}, reject: "
                  "relay-denied}}\nexceptions:\n  - {{id: x, when: {{client.ip: 192.0.2.1}}, skip: "
                  "[relay], because: y, expires: {}}}\n",
                  when),
      now);
}

TEST(Expiry, IsSaidFourteenDaysAhead) {
  EXPECT_THAT(messages(expiring("2026-12-08T12:00:01Z")), IsEmpty());
  EXPECT_EQ(expiring("2026-12-08T12:00:00Z").diagnostics.size(), 1U);
  EXPECT_THAT(messages(expiring("2026-11-24")),
              ElementsAre("policy.yaml:5:79: warning: exception \"x\" expires in 1 day (2026-11-24)"));
}

TEST(Expiry, OfThePastIsAWarningNotAnError) {
  const auto loaded = expiring("2026-11-23");
  EXPECT_TRUE(loaded.value);
  EXPECT_THAT(messages(loaded),
              ElementsAre("policy.yaml:5:79: warning: exception \"x\" expired on 2026-11-23: it "
                          "does nothing any more"));
}

TEST(Expiry, IsNotJudgedWithoutAClock) { EXPECT_THAT(messages(expiring("2020-01-01", 0)), IsEmpty()); }

TEST(Expiry, NeverNeedsNoClock) {
  const auto loaded = expiring("never");
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(loaded.value->exceptions.at(0).expires, std::nullopt);
  EXPECT_THAT(paths(loaded.value->exceptions.at(0).when), ElementsAre("client.ip"));
}

TEST(Expiry, TakesOnlyDaysThatExist) {
  EXPECT_FALSE(expiring("2027-02-29").value);
  EXPECT_TRUE(expiring("2028-02-29").value);
  EXPECT_FALSE(expiring("2027-1-1").value);
  EXPECT_FALSE(expiring("2027-01-01T24:00:00Z").value);
  EXPECT_FALSE(expiring("soon").value);
}

TEST(Fingerprint, HasTwelveHexDigitsThatChangeWithTheText) {
  EXPECT_EQ(fingerprint({""}), fingerprint({""}));
  EXPECT_EQ(fingerprint({"a"}).size(), 12U);
  EXPECT_EQ(fingerprint({"a"}).find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(fingerprint({"a"}), fingerprint({"b"}));
  EXPECT_NE(fingerprint({"ab", "c"}), fingerprint({"a", "bc"}));
  EXPECT_EQ(load_text(kWhole).value->fingerprint, fingerprint({kWhole}));
}

TEST(Fingerprint, StaysTheSameForEver) { EXPECT_EQ(fingerprint({"version: 1\n"}), "de66e59d4e90"); }

}  // namespace
}  // namespace policy
