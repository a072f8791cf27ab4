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

std::vector<std::string> changes(const policy::Policy& policy, const policy::FactSet& facts,
                                 Stage moment = Stage::rcpt) {
  std::vector<std::string> out;
  for (const auto& [of, if_what, then] : alternatives(decided(policy, facts, moment), policy, schema()))
    out.push_back(if_what + " -> " + to_text(then));
  return out;
}

TEST(Change, WordsOfOneOutcomeAreOneSentence) {
  EXPECT_THAT(changes(load(), with(clean_facts(), "spf.result", "fail")),
              Contains("spf.result had been pass, softfail, neutral, none or permerror -> accepted"));
}

TEST(Change, NumbersAreMovedToTheBoundary) {
  const auto facts = with(clean_facts(), "dnsbl.weight", std::int64_t{13});
  EXPECT_THAT(changes(load(), facts), Contains("dnsbl.weight had been 7 or less -> accepted"));
}

TEST(Change, FlagsAreTurned) {
  const auto facts = with(clean_facts(), "recipient.ours", false);
  EXPECT_THAT(changes(load(), facts), Contains("recipient.ours had been true -> accepted"));
  EXPECT_THAT(changes(load(), facts), Contains("client.trusted had been true -> accepted"));
}

TEST(Change, WhatLaterRulesSayOfTheChangedFactIsHeard) {
  const auto facts = with(with(clean_facts(), "recipient.ours", false), "spf.result", "fail");
  EXPECT_THAT(changes(load(), facts),
              Contains("recipient.ours had been true -> refused: spf-fail, by rule spf"));
}

TEST(Change, WhatTheRecordDoesNotTellIsSaid) {
  auto facts = with(clean_facts(), "recipient.ours", false);
  facts.forget("spf");
  EXPECT_THAT(changes(load(), facts),
              Contains("recipient.ours had been true -> not known from this record: needs spf"));
}

TEST(Change, AnUnknownFactIsTriedBothWays) {
  auto facts = clean_facts();
  facts.forget("spf");
  facts.put("spf", policy::Unavailable{"timeout"});
  const auto found = changes(load(), facts);
  EXPECT_THAT(found, Contains("spf.result had been fail -> refused: spf-fail, by rule spf"));
  EXPECT_THAT(found, Contains("rule spf said if_unknown: skip -> accepted"));
}

TEST(Change, ARuleInMonitorModeIsTriedEnforced) {
  const auto facts = with(clean_message(), "dmarc.disposition", "reject");
  EXPECT_THAT(changes(load(), facts, Stage::message),
              Contains("rule dmarc were enforced -> refused: dmarc-reject, by rule dmarc"));
}

TEST(Change, AnAcceptingRuleIsLeftOut) {
  const auto facts = with(with(clean_facts(), "client.ip", "198.51.100.9"), "spf.result", "fail");
  EXPECT_THAT(changes(load(), facts),
              Contains("there were no rule friends -> refused: spf-fail, by rule spf"));
}

TEST(Change, AnExceptionThatLetTheMailPastIsLeftOut) {
  const auto facts = with(with(clean_facts(), "client.ip", "203.0.113.9"), "spf.result", "fail");
  EXPECT_THAT(changes(load(), facts),
              Contains("there were no exception alumni -> refused: spf-fail, by rule spf"));
}

TEST(Change, AnExceptionThatNearlyAppliedIsNamed) {
  EXPECT_THAT(
      changes(load(), with(clean_facts(), "spf.result", "fail")),
      Contains("exception alumni had applied, which asks that client.ip is in 203.0.113.0/24 -> accepted"));
}

TEST(Change, ProposesAnExceptionButNeverToRelayControl) {
  EXPECT_THAT(changes(load(), with(clean_facts(), "spf.result", "fail")),
              Contains("an exception for client.ip 192.0.2.25 skipped rule spf -> accepted"));
  EXPECT_THAT(changes(load(), with(clean_facts(), "recipient.ours", false)),
              Each(Not(HasSubstr("an exception for"))));
}

TEST(Change, OfAcceptedMailOnlySoManyNearMissesAreNamed) {
  std::string text(kPolicyText.substr(0, kPolicyText.find("rules:")));
  text += "rules:\n";
  for (std::size_t i = 0; i <= policy::kMostNearMisses; ++i)
    text += "  - {id: r" + std::to_string(i) + ", at: rcpt, when: {recipient.status: full, helo.name: h" +
            std::to_string(i) + "}, defer: mailbox-full}\n";
  const auto policy = load(text);
  // Only the status keeps a rule from applying: one near miss.
  EXPECT_EQ(changes(policy, with(clean_facts(), "helo.name", "h1")).size(), 1U);
  std::string alike(kPolicyText.substr(0, kPolicyText.find("rules:")));
  alike += "rules:\n";
  constexpr const char* kWords[]{"full", "disabled", "maintenance", "unknown"};
  for (std::size_t i = 0; i < 4; ++i)
    alike += std::string("  - {id: s") + kWords[i] + ", at: rcpt, when: {recipient.status: " + kWords[i] +
             "}, defer: mailbox-full}\n";
  alike += "  - {id: softfail, at: rcpt, when: {spf.result: softfail}, defer: spf-fail}\n";
  EXPECT_EQ(changes(load(alike), clean_facts()).size(), policy::kMostNearMisses);
  alike += "  - {id: fail, at: rcpt, when: {spf.result: fail}, defer: spf-fail}\n";
  EXPECT_EQ(changes(load(alike), clean_facts()).size(), policy::kMostNearMisses);
}

TEST(Change, OfWhatThePolicyCannotDecideThereIsNone) {
  const auto policy = load();
  auto record = decided(policy, clean_facts());
  record.facts = {};
  EXPECT_TRUE(alternatives(record, policy, schema()).empty());
}

}  // namespace
}  // namespace milter
