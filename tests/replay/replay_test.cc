// What another policy changes, record by record, and summed up.
#include "policy/record/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/record/read.h"
#include "policy/record/tally.h"
#include "policy/record/write.h"
#include "tests/unit/explain/world.h"

namespace milter {
namespace {

using policy::Change;
using policy::Stage;
using testing::ElementsAre;

std::string replaced(std::string_view from, std::string_view to) {
  std::string out(kPolicyText);
  out.replace(out.find(from), from.size(), to);
  return out;
}

policy::FactSet fails_spf() { return with(clean_facts(), "spf.result", "fail"); }

const auto kWithoutSpf =
    "  - {id: spf, at: rcpt, when: {spf.result: permerror}, reject: spf-permerror, if_unknown: defer}\n";
const auto kSpf = "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n";

Change change(const std::string& before, const std::string& now, const policy::FactSet& facts,
              Stage moment = Stage::rcpt) {
  return policy::replay(decided(load(before), facts, moment), load(now)).change;
}

TEST(Replay, ItsOwnPolicyChangesNothing) {
  const auto policy = load();
  for (const auto& facts : {clean_facts(), fails_spf(), with(clean_facts(), "recipient.ours", false)})
    EXPECT_EQ(policy::replay(decided(policy, facts), policy).change, Change::same);
}

TEST(Replay, ReadsOfARecordWhatItDecidesWith) {
  const auto p = load();
  const policy::WantedFacts wanted(policy::facts_for_replay(p));
  for (const auto& facts : {clean_facts(), fails_spf(), with(clean_facts(), "recipient.ours", false)}) {
    const auto record = decided(p, facts);
    const auto read = policy::record_for_replay(to_json(record), wanted);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->ref, record.ref);
    EXPECT_EQ(read->stage, record.stage);
    EXPECT_EQ(read->verdict.rule, record.verdict.rule);
    EXPECT_TRUE(policy::decide(p, read->facts, Stage::rcpt) == policy::decide(p, record.facts, Stage::rcpt));
    EXPECT_LT(to_json(*read).size(), to_json(record).size());
  }
}

TEST(Replay, TellsEachChange) {
  const std::string now(kPolicyText), without = replaced(kSpf, kWithoutSpf);
  EXPECT_EQ(change(without, now, fails_spf()), Change::newly_refused);
  EXPECT_EQ(change(now, without, fails_spf()), Change::newly_accepted);
  auto timeout = clean_facts();
  timeout.forget("spf");
  timeout.put("spf", policy::Unavailable{"TXT: TIMEOUT"});
  EXPECT_EQ(change(replaced("reject: spf-fail, if_unknown: defer", "reject: spf-fail, if_unknown: skip"), now,
                   timeout),
            Change::newly_deferred);
  EXPECT_EQ(change(replaced("reject: spf-fail", "defer: spf-fail"), now, fails_spf()), Change::newly_refused);
  EXPECT_EQ(change(now, replaced("reject: spf-fail", "defer: spf-fail"), fails_spf()),
            Change::newly_deferred);
  EXPECT_EQ(change(now, replaced("reject: spf-fail", "reject: spf-required"), fails_spf()),
            Change::refused_otherwise);
  const auto friend_facts = with(clean_facts(), "client.ip", "198.51.100.1");
  EXPECT_EQ(change(now, replaced("id: friends", "id: colleagues"), friend_facts), Change::accepted_otherwise);
}

TEST(Replay, MonitoredRulesAreToldApart) {
  const std::string now(kPolicyText);
  const auto dmarc = with(clean_message(), "dmarc.disposition", "reject");
  const auto without = replaced("dmarc.disposition: reject", "dmarc.disposition: quarantine");
  EXPECT_EQ(change(without, now, dmarc, Stage::message), Change::newly_would_refuse);
  EXPECT_EQ(change(now, without, dmarc, Stage::message), Change::no_longer_would_refuse);
  EXPECT_EQ(change(now, replaced("id: dmarc", "id: other"), dmarc, Stage::message),
            Change::would_refuse_otherwise);
  EXPECT_EQ(change(now, replaced(", mode: monitor", ""), dmarc, Stage::message), Change::newly_refused);
}

TEST(Replay, NamesTheChecksThatAreMissing) {
  auto facts = clean_facts();
  facts.forget("spf");
  auto record = decided(load(), with(facts, "recipient.ours", false));
  record.facts = facts;
  const auto replayed = policy::replay(record, load());
  EXPECT_EQ(replayed.change, Change::undecidable);
  EXPECT_THAT(replayed.needs, ElementsAre("spf"));
}

TEST(Replay, ARecordWithoutFactsNeedsFacts) {
  auto record = decided(load(), clean_facts());
  record.facts = {};
  const auto replayed = policy::replay(record, load());
  EXPECT_EQ(replayed.change, Change::undecidable);
  EXPECT_THAT(replayed.needs, ElementsAre("facts"));
}

TEST(Replay, SkipsWhatNoPolicyDecided) {
  auto record = decided(load(), clean_facts());
  record.event = policy::Event::mta_reject;
  EXPECT_EQ(policy::replay(record, load()).change, Change::mta_refused);
  record.event = policy::Event::defer;
  record.verdict = {.action = policy::Action::defer, .reason = "filter-error"};
  record.facts = {};
  EXPECT_EQ(policy::replay(record, load()).change, Change::filter_error);
}

// A text of the log's bound, whose end might have been what the policy looked at.
policy::Change cut_at(std::size_t octets, std::string_view fingerprint) {
  auto record = decided(load(), fails_spf());
  record.facts = with(with(record.facts, "spf.result", "pass"), "spf.record", std::string(octets, 'x'));
  record.policy = fingerprint;
  return policy::replay(record, load()).change;
}

TEST(Replay, FactsThatWereCutAreNeverGuessedAt) {
  EXPECT_EQ(cut_at(policy::kLongestRecordText - 4, "other"), Change::newly_accepted);
  EXPECT_EQ(cut_at(policy::kLongestRecordText - 3, "other"), Change::undecidable);
  EXPECT_EQ(cut_at(policy::kLongestRecordText, load().fingerprint), Change::same);
}

TEST(Tally, NamesRuleDomainAndList) {
  const auto before = load(replaced("dnsbl.weight: \">= 8\"", "dnsbl.weight: \">= 9\""));
  const auto facts =
      with(with(clean_facts(), "dnsbl.weight", std::int64_t{8}), "dnsbl.listed", policy::TextList{"zen"});
  policy::ReplayTally tally;
  auto record = decided(before, facts);
  tally.add(record, policy::replay(record, load()));
  EXPECT_EQ((*tally.rules().find("blocklist"))[Change::newly_refused], 1U);
  EXPECT_EQ((*tally.lists().find("zen"))[Change::newly_refused], 1U);
  EXPECT_EQ((*tally.domains().find("shop.example")).counts[Change::newly_refused], 1U);
  EXPECT_EQ(tally.decided(), 1U);
}

void add(policy::ReplayTally& tally, const std::string& domain, Change change, bool aligned = false) {
  auto record =
      decided(load(), aligned ? clean_message() : clean_facts(), aligned ? Stage::message : Stage::rcpt);
  record.mail_from = "a@" + domain;
  record.ref = domain;
  tally.add(record, {change, record.verdict, {}});
}

TEST(Tally, DkimAlignedMailWorriesMostThenWhatWasOftenAccepted) {
  policy::ReplayTally tally;
  for (int i = 0; i < 5; ++i) add(tally, "often.example", Change::same);
  for (int i = 0; i < 3; ++i) add(tally, "seldom.example", Change::newly_refused);
  add(tally, "often.example", Change::newly_refused);
  add(tally, "signed.example", Change::newly_refused, true);
  add(tally, "fine.example", Change::newly_accepted);
  const auto worries = tally.worries();
  ASSERT_EQ(worries.size(), 3U);
  EXPECT_EQ(worries[0].domain, "signed.example");
  EXPECT_EQ(worries[0].changes.aligned, 1U);
  EXPECT_EQ(worries[1].domain, "often.example");
  EXPECT_EQ(worries[1].accepted, 6U);
  EXPECT_EQ(worries[2].domain, "seldom.example");
  EXPECT_EQ(worries[2].changes.refs.size(), policy::kMostExamples);
}

TEST(Tally, ForgetsNobodyPastItsBound) {
  policy::Bounded<std::uint64_t> bounded(policy::kMostDomains);
  for (std::size_t i = 0; i < policy::kMostDomains; ++i) ++bounded["d" + std::to_string(i)];
  EXPECT_EQ(bounded.others(), 0U);
  ++bounded["one more"];
  ++bounded["and another"];
  ++bounded["d0"];
  EXPECT_EQ(bounded.all().size(), policy::kMostDomains);
  EXPECT_EQ(bounded.others(), 2U);
  EXPECT_EQ(*bounded.find("d0"), 2U);
}

TEST(Tally, PartsAddUpToTheWhole) {
  policy::ReplayTally first, second;
  add(first, "a.example", Change::newly_refused);
  add(second, "a.example", Change::newly_refused);
  add(second, "b.example", Change::same);
  second.add_unreadable("log:7: no record");
  first.merge(second);
  EXPECT_EQ(first.counts()[Change::newly_refused], 2U);
  EXPECT_EQ(first.counts()[Change::same], 1U);
  EXPECT_EQ(first.domains().find("a.example")->refs.size(), 2U);
  EXPECT_EQ(first.unreadable(), 1U);
  EXPECT_EQ(first.first_unreadable(), "log:7: no record");
}

TEST(Tally, NamesTheSendersDomain) {
  policy::Record record;
  EXPECT_EQ(sender_domain(record), "(none)");
  record.mail_from = "";
  EXPECT_EQ(sender_domain(record), "<>");
  record.mail_from = "\"a@b\"@Shop.Example.";
  EXPECT_EQ(sender_domain(record), "shop.example");
  record.mail_from = "nobody";
  EXPECT_EQ(sender_domain(record), "(none)");
}

}  // namespace
}  // namespace milter
