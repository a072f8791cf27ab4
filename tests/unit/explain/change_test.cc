// What would have changed a verdict.
#include "policy/explain/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/checks/check.h"
#include "policy/explain/words.h"
#include "tests/unit/explain/world.h"

namespace milter {
namespace {

using policy::Stage;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> changes(const policy::Policy& policy, const policy::Observed& world,
                                 Stage moment = Stage::rcpt) {
  std::vector<std::string> out;
  for (const auto& [of, if_what, then] : alternatives(decided(policy, world, moment), policy, schema()))
    out.push_back(if_what + " -> " + to_text(then));
  return out;
}

TEST(Change, WordsOfOneOutcomeAreOneSentence) {
  EXPECT_THAT(changes(load(), with(clean(), "spf.result", "fail")),
              Contains("spf.result had been pass, softfail, neutral, none or permerror -> accepted"));
}

policy::Observed to_others() { return for_recipient(clean(), "<carol@elsewhere.example>"); }

// A derived fact is never turned itself: what the world said is, or what the policy makes of it.
TEST(Change, WeightsAreMovedToTheBoundary) {
  const auto found = changes(load(), with_zen(clean(), {"127.0.0.4"}));
  EXPECT_THAT(found, Contains("127.0.0.4 of zen weighed 7 or less -> accepted"));
  EXPECT_THAT(found, Contains("zen had not listed 192.0.2.25 -> accepted"));
  EXPECT_THAT(found, Each(Not(HasSubstr("dnsbl.weight"))));
}

TEST(Change, WhomThePolicyTrustsAndWhatItCallsItsOwnIsTurned) {
  const auto found = changes(load(), to_others());
  EXPECT_THAT(found, Contains("elsewhere.example were in domains.local -> accepted"));
  EXPECT_THAT(found, Contains("192.0.2.25 were in trusted.networks -> accepted"));
  EXPECT_THAT(found, Contains("client.authenticated had been true -> accepted"));
  EXPECT_THAT(found, Each(Not(HasSubstr("recipient.ours"))));
}

TEST(Change, ASourceOfRecipientsIsTurned) {
  auto world = clean();
  world.recipient->answer->status = "unknown";
  EXPECT_THAT(changes(load(), world),
              Contains("file:recipients.txt had said known, full, disabled or maintenance -> accepted"));
}

TEST(Change, AListThatDidNotAnswerIsTriedBothWays) {
  auto world = clean();
  world.lists.front().trouble = "time-out";
  EXPECT_THAT(changes(load(replaced("reject: dnsbl-listed, if_unknown: skip",
                                    "reject: dnsbl-listed, if_unknown: defer")),
                      world),
              testing::IsSupersetOf(
                  {"zen had not listed 192.0.2.25 -> accepted",
                   "zen had listed 192.0.2.25 (127.0.0.4) -> refused: dnsbl-listed, by rule blocklist"}));
}

TEST(Change, ARecipientWhoWasToldToComeAgainIsTriedAlone) {
  const auto policy =
      load(replaced("exceptions:",
                    "  - {id: closed, at: message, when: {message.recipients: bob@example.net, "
                    "dmarc.result: fail}, reject: dmarc-reject}\nexceptions:"));
  auto world = clean();
  world.accepted = {{.path = "<ann@example.net>"}};
  const auto record = decided(policy, world);
  ASSERT_EQ(record.verdict.reason, policy::kSplit);
  EXPECT_THAT(changes(policy, world), Contains("it had come in a transaction of its own -> accepted"));
}

TEST(Change, WhatLaterRulesSayIsHeard) {
  EXPECT_THAT(changes(load(), with(to_others(), "spf.result", "fail")),
              Contains("elsewhere.example were in domains.local -> refused: spf-fail, by rule spf"));
}

TEST(Change, WhatTheRecordDoesNotTellIsSaid) {
  auto world = to_others();
  world.facts.forget_group("spf");
  EXPECT_THAT(changes(load(), world),
              Contains("elsewhere.example were in domains.local -> not known from this record: needs spf"));
}

TEST(Change, OfARecordOfVersionOneNothingIsSaidOfDerivedFacts) {
  const auto policy = load();
  auto record = decided(policy, with_zen(clean(), {"127.0.0.4"}));
  record.v = 1;
  for (const auto& [of, if_what, then] : alternatives(record, policy, schema())) {
    if (if_what == "client.authenticated had been true") continue;  // observed in any version
    EXPECT_NE(of, policy::Alternative::Of::fact) << if_what;
    EXPECT_NE(of, policy::Alternative::Of::policy) << if_what;
  }
}

TEST(Change, AnUnknownFactIsTriedBothWays) {
  const auto found = changes(load(), with(clean(), "spf.result", policy::Unavailable{"timeout"}));
  EXPECT_THAT(found, Contains("spf.result had been fail -> refused: spf-fail, by rule spf"));
  EXPECT_THAT(found, Contains("rule spf said if_unknown: skip -> accepted"));
}

TEST(Change, ARuleInMonitorModeIsTriedEnforced) {
  const auto world = with(clean_message(), "dmarc.disposition", "reject");
  EXPECT_THAT(changes(load(), world, Stage::message),
              Contains("rule dmarc were enforced -> refused: dmarc-reject, by rule dmarc"));
}

TEST(Change, AnAcceptingRuleIsLeftOut) {
  const auto world = with(with(clean(), "client.ip", "198.51.100.9"), "spf.result", "fail");
  EXPECT_THAT(changes(load(), world),
              Contains("there were no rule friends -> refused: spf-fail, by rule spf"));
}

TEST(Change, AnExceptionThatLetTheMailPastIsLeftOut) {
  const auto world = with(with(clean(), "client.ip", "203.0.113.9"), "spf.result", "fail");
  EXPECT_THAT(changes(load(), world),
              Contains("there were no exception alumni -> refused: spf-fail, by rule spf"));
}

TEST(Change, AnExceptionThatNearlyAppliedIsNamed) {
  EXPECT_THAT(
      changes(load(), with(clean(), "spf.result", "fail")),
      Contains("exception alumni had applied, which asks that client.ip is in 203.0.113.0/24 -> accepted"));
}

TEST(Change, ProposesAnExceptionButNeverToRelayControl) {
  EXPECT_THAT(changes(load(), with(clean(), "spf.result", "fail")),
              Contains("an exception for client.ip 192.0.2.25 skipped rule spf -> accepted"));
  EXPECT_THAT(changes(load(), to_others()), Each(Not(HasSubstr("an exception for"))));
}

TEST(Change, OfAcceptedMailOnlySoManyNearMissesAreNamed) {
  std::string text(kPolicyText.substr(0, kPolicyText.find("rules:")));
  text += "rules:\n";
  for (std::size_t i = 0; i <= policy::kMostNearMisses; ++i)
    text += "  - {id: r" + std::to_string(i) + ", at: rcpt, when: {recipient.status: full, helo.name: h" +
            std::to_string(i) + "}, defer: mailbox-full}\n";
  const auto policy = load(text);
  // Only the status keeps a rule from applying: one near miss.
  EXPECT_EQ(changes(policy, with(clean(), "helo.name", "h1")).size(), 1U);
  std::string alike(kPolicyText.substr(0, kPolicyText.find("rules:")));
  alike += "rules:\n";
  constexpr const char* kWords[]{"full", "disabled", "maintenance", "unknown"};
  for (std::size_t i = 0; i < 4; ++i)
    alike += std::string("  - {id: s") + kWords[i] + ", at: rcpt, when: {recipient.status: " + kWords[i] +
             "}, defer: mailbox-full}\n";
  alike += "  - {id: softfail, at: rcpt, when: {spf.result: softfail}, defer: spf-fail}\n";
  EXPECT_EQ(changes(load(alike), clean()).size(), policy::kMostNearMisses);
  alike += "  - {id: fail, at: rcpt, when: {spf.result: fail}, defer: spf-fail}\n";
  EXPECT_EQ(changes(load(alike), clean()).size(), policy::kMostNearMisses);
}

TEST(Change, OfWhatThePolicyCannotDecideThereIsNone) {
  const auto policy = load();
  auto record = decided(policy, clean());
  record.observed = {};
  EXPECT_TRUE(alternatives(record, policy, schema()).empty());
}

}  // namespace
}  // namespace milter
