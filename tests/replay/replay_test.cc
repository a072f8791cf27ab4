// What another policy changes, record by record, and summed up.
#include "policy/record/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/checks/check.h"
#include "policy/record/read.h"
#include "policy/record/tally.h"
#include "policy/record/write.h"
#include "tests/unit/explain/world.h"

namespace milter {
namespace {

using policy::Change;
using policy::Stage;
using testing::ElementsAre;

policy::Observed fails_spf() { return with(clean(), "spf.result", "fail"); }
policy::Observed to_others() { return for_recipient(clean(), "<carol@elsewhere.example>"); }

const auto kWithoutSpf =
    "  - {id: spf, at: rcpt, when: {spf.result: permerror}, reject: spf-permerror, if_unknown: defer}\n";
const auto kSpf = "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n";

Change change(const std::string& before, const std::string& now, const policy::Observed& world,
              Stage moment = Stage::rcpt) {
  return policy::replay(decided(load(before), world, moment), load(now), schema()).change;
}

TEST(Replay, ItsOwnPolicyChangesNothing) {
  const auto policy = load();
  for (const auto& world : {clean(), fails_spf(), to_others()})
    EXPECT_EQ(policy::replay(decided(policy, world), policy, schema()).change, Change::same);
}

TEST(Replay, ReadsOfARecordWhatItDecidesWith) {
  const auto p = load();
  const auto other = load(replaced("id: friends", "id: colleagues"));
  const policy::Replay replay(other, schema());
  for (const auto& world : {clean(), fails_spf(), to_others()}) {
    const auto record = decided(p, world);
    const auto read = policy::record_for_replay(to_json(record), replay.wanted());
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->ref, record.ref);
    EXPECT_EQ(read->stage, record.stage);
    EXPECT_EQ(read->verdict.rule, record.verdict.rule);
    EXPECT_TRUE(replay(*read).now == replay(record).now);
    EXPECT_FALSE(read->observed.facts.value("client.trusted"));  // derived again, and so not read
  }
}

// Each section of a policy, by what it makes of the same observations.
TEST(Replay, DerivesAgainWhatAnotherPolicyMakesOfIt) {
  const std::string now(kPolicyText);
  const auto listed = with_zen(clean(), {"127.0.0.2"});
  EXPECT_EQ(change(now, replaced("weight: 8", "weight: 4"), listed), Change::newly_accepted);
  EXPECT_EQ(change(replaced("weight: 8", "weight: 4"), now, listed), Change::newly_refused);
  EXPECT_EQ(change(now, replaced("codes: {127.0.0.2", "force: off, codes: {127.0.0.2"), listed),
            Change::newly_accepted);
  EXPECT_EQ(change(now, replaced("zone: zen.spamhaus.org", "zone: key.zen.example"), listed),
            Change::undecidable);
  EXPECT_EQ(change(now, replaced("networks: [127.0.0.0/8]", "networks: [192.0.2.0/24]"), listed),
            Change::newly_accepted);
  EXPECT_EQ(change(now, replaced("local: [example.net]", "local: [example.org]"), clean()),
            Change::newly_refused);
  EXPECT_EQ(change(now, replaced("path: recipients.txt", "path: others.txt"), clean()), Change::undecidable);
}

TEST(Replay, AnotherModeOfDmarcAsksOtherNames) {
  const auto psl = std::string(kPolicyText) + "settings: {dmarc: {mode: psl}}\n";
  EXPECT_EQ(change(std::string(kPolicyText), psl, clean_message(), Stage::message), Change::undecidable);
  EXPECT_EQ(change(std::string(kPolicyText), psl, clean()), Change::same);  // no rule of RCPT asks for DMARC
}

TEST(Replay, ARecipientOfAnotherKindWouldBeSplit) {
  auto world = clean();
  world.accepted = {{.path = "<ann@example.net>"}};
  const auto now = replaced("exceptions:",
                            "  - {id: closed, at: message, when: {message.recipients: bob@example.net, "
                            "dmarc.result: fail}, reject: dmarc-reject}\nexceptions:");
  EXPECT_EQ(change(std::string(kPolicyText), now, world), Change::would_be_split);
}

TEST(Replay, AnotherVerdictOfTheVeryPolicyIsTheProgramsDoing) {
  auto record = decided(load(), clean());
  record.verdict.action = policy::Action::reject;
  record.verdict.rule = "spf";
  record.verdict.reason = "spf-fail";
  EXPECT_EQ(policy::replay(record, load(), schema()).change, Change::changed_by_program);
}

TEST(Replay, ADerivedFactOfTheLogThatDisagreesIsNamed) {
  auto record = decided(load(), clean());
  record.observed.facts.put("client", policy::Fields{{"trusted", true}});
  const auto replayed = policy::replay(record, load(), schema());
  EXPECT_EQ(replayed.change, Change::changed_by_program);
  EXPECT_THAT(replayed.needs, ElementsAre("client.trusted"));
}

TEST(Replay, RecipientsThatTheLineHadNoRoomForAreMissing) {
  auto record = decided(load(), clean());
  record.dropped = {"observed.accepted"};
  record.truncated = true;
  EXPECT_EQ(policy::replay(record, load(), schema()).change, Change::same);
  const auto replayed = policy::replay(record, load(replaced("weight: 8", "weight: 4")), schema());
  EXPECT_EQ(replayed.change, Change::undecidable);
  EXPECT_THAT(replayed.needs, ElementsAre("observed.accepted"));
}

// Version 1 logged facts that its own policy had derived, and some as known that were not.
policy::Record first_version(policy::Observed world) {
  auto record = decided(load(), std::move(world));
  record.v = 1;
  auto facts = std::move(record.observed.facts);
  record.observed = {};
  record.observed.facts = std::move(facts);
  return record;
}

TEST(ReplayOfVersion1, TakesTheDerivedFactsOfItsOwnPolicyAsLogged) {
  EXPECT_EQ(policy::replay(first_version(clean()), load(), schema()).change, Change::same);
}

TEST(ReplayOfVersion1, DerivesForAnotherPolicyWhatItHasTheWordsFor) {
  const auto open = R"(rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}
  - {id: blocklist, at: rcpt, when: {dnsbl.weight: ">= 8"}, reject: dnsbl-listed}
)";
  const auto with_rules = [&](std::string text) { return load(text.substr(0, text.find("rules:")) + open); };
  const auto listed = first_version(with_zen(clean(), {"127.0.0.2"}));
  EXPECT_EQ(policy::replay(listed, with_rules(replaced("weight: 8", "weight: 9")), schema()).change,
            Change::same);
  EXPECT_EQ(policy::replay(listed, with_rules(replaced("weight: 8", "weight: 4")), schema()).change,
            Change::newly_accepted);
  // It does not say who was asked: another list may have been.
  EXPECT_EQ(policy::replay(first_version(clean()), with_rules(std::string(kPolicyText)), schema()).change,
            Change::undecidable);
}

TEST(ReplayOfVersion1, DoesNotKnowWhatAListThatWasSilentWouldHaveSaid) {
  auto record = first_version(clean());
  record.observed.facts.put("dnsbl", policy::Fields{{"problems", policy::TextList{"zen: time-out"}}});
  // Version 1 took it for "not listed"; the rule says if_unknown: defer now.
  auto now =
      load(replaced("reject: dnsbl-listed, if_unknown: skip", "reject: dnsbl-listed, if_unknown: defer"));
  now.fingerprint = record.policy;
  const auto replayed = policy::replay(record, now, schema());
  EXPECT_EQ(replayed.change, Change::changed_by_program);
  EXPECT_EQ(replayed.now.action, policy::Action::defer);
  EXPECT_EQ(replayed.now.unknown, "dnsbl.weight");
}

TEST(Replay, TellsEachChange) {
  const std::string now(kPolicyText), without = replaced(kSpf, kWithoutSpf);
  EXPECT_EQ(change(without, now, fails_spf()), Change::newly_refused);
  EXPECT_EQ(change(now, without, fails_spf()), Change::newly_accepted);
  const auto timeout = with(clean(), "spf.result", policy::Unavailable{"TXT: TIMEOUT"});
  EXPECT_EQ(change(replaced("reject: spf-fail, if_unknown: defer", "reject: spf-fail, if_unknown: skip"), now,
                   timeout),
            Change::newly_deferred);
  EXPECT_EQ(change(replaced("reject: spf-fail", "defer: spf-fail"), now, fails_spf()), Change::newly_refused);
  EXPECT_EQ(change(now, replaced("reject: spf-fail", "defer: spf-fail"), fails_spf()),
            Change::newly_deferred);
  EXPECT_EQ(change(now, replaced("reject: spf-fail", "reject: spf-required"), fails_spf()),
            Change::refused_otherwise);
  const auto of_friend = with(clean(), "client.ip", "198.51.100.1");
  EXPECT_EQ(change(now, replaced("id: friends", "id: colleagues"), of_friend), Change::accepted_otherwise);
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
  auto record = decided(load(), clean());
  record.observed.facts.forget_group("spf");
  const auto replayed = policy::replay(record, load(), schema());
  EXPECT_EQ(replayed.change, Change::undecidable);
  EXPECT_THAT(replayed.needs, ElementsAre("spf"));
}

TEST(Replay, NamesTheListsThatNobodyAsked) {
  auto record = decided(load(), clean());
  record.observed.lists.clear();
  EXPECT_THAT(policy::replay(record, load(), schema()).needs, ElementsAre("dnsbl:zen"));
}

TEST(Replay, ARecordWithoutFactsNeedsFacts) {
  auto record = decided(load(), clean());
  record.observed = {};
  const auto replayed = policy::replay(record, load(), schema());
  EXPECT_EQ(replayed.change, Change::undecidable);
  EXPECT_THAT(replayed.needs, ElementsAre("facts"));
}

TEST(Replay, SkipsWhatNoPolicyDecided) {
  auto record = decided(load(), clean());
  record.event = policy::Event::mta_reject;
  EXPECT_EQ(policy::replay(record, load(), schema()).change, Change::mta_refused);
  record.event = policy::Event::defer;
  record.verdict = {.action = policy::Action::defer, .reason = "filter-error"};
  record.observed = {};
  EXPECT_EQ(policy::replay(record, load(), schema()).change, Change::filter_error);
}

// A fact that the policy reads, at the log's bound: its end might have been what the policy looked at.
policy::Replayed cut_at(std::size_t octets, std::string_view fingerprint, bool truncated = true) {
  auto record = decided(load(), fails_spf());
  record.observed = with(clean(), "spf.result", std::string(octets, 'x'));
  record.policy = fingerprint;
  record.truncated = truncated;
  return policy::replay(record, load(), schema());
}

TEST(Replay, FactsThatWereCutAreNeverGuessedAt) {
  EXPECT_EQ(cut_at(policy::kLongestRecordText - 4, "other").change, Change::newly_accepted);
  EXPECT_EQ(cut_at(policy::kLongestRecordText - 3, "other").change, Change::undecidable);
  EXPECT_THAT(cut_at(policy::kLongestRecordText - 3, "other").needs, ElementsAre("spf"));
  EXPECT_EQ(cut_at(policy::kLongestRecordText - 3, "other", false).change, Change::newly_accepted);
  EXPECT_EQ(cut_at(policy::kLongestRecordText, load().fingerprint).change, Change::same);
}

TEST(Tally, NamesRuleDomainAndList) {
  const auto before = load(replaced("dnsbl.weight: \">= 8\"", "dnsbl.weight: \">= 9\""));
  policy::ReplayTally tally;
  const auto record = decided(before, with_zen(clean(), {"127.0.0.2"}));
  tally.add(record, policy::replay(record, load(), schema()));
  EXPECT_EQ((*tally.rules().find("blocklist"))[Change::newly_refused], 1U);
  EXPECT_EQ((*tally.lists().find("zen"))[Change::newly_refused], 1U);
  EXPECT_EQ((*tally.domains().find("shop.example")).counts[Change::newly_refused], 1U);
  EXPECT_EQ(tally.decided(), 1U);
}

void add(policy::ReplayTally& tally, const std::string& domain, Change change, bool aligned = false) {
  auto record = decided(load(), clean());
  record.mail_from = "a@" + domain;
  record.ref = domain;
  tally.add(record, {.change = change, .now = record.verdict, .aligned = aligned});
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

// One transaction: its recipients, then its message.
policy::Record of_transaction(int number, Stage stage) {
  auto record = decided(load(), clean());
  record.transaction = number;
  record.stage = stage;
  return record;
}
void add(policy::ReplayTally& tally, int transaction, Stage stage, Change change) {
  const auto record = of_transaction(transaction, stage);
  tally.add(record, {.change = change, .now = record.verdict});
}

TEST(Tally, AMessageWhoseRecipientsAreRefusedBeforeIsNotReached) {
  policy::ReplayTally tally;
  add(tally, 1, Stage::rcpt, Change::newly_refused);
  add(tally, 1, Stage::message, Change::same);
  EXPECT_EQ(tally.counts()[Change::not_reached], 1U);
  EXPECT_EQ(tally.counts()[Change::same], 0U);
  add(tally, 2, Stage::rcpt, Change::newly_refused);
  add(tally, 2, Stage::rcpt, Change::same);
  add(tally, 2, Stage::message, Change::newly_deferred);
  add(tally, 3, Stage::message, Change::newly_refused);  // of recipients that the log does not have
  EXPECT_EQ(tally.counts()[Change::not_reached], 1U);
  EXPECT_EQ(tally.counts()[Change::newly_deferred], 1U);
  EXPECT_EQ(tally.counts()[Change::newly_refused], 3U);
}

// Wherever the log is cut in parts, the sum is the same.
TEST(Tally, RecipientsInAnEarlierPartOfTheLogCount) {
  const std::vector<std::pair<Stage, Change>> all{{Stage::rcpt, Change::would_be_split},
                                                  {Stage::rcpt, Change::newly_refused},
                                                  {Stage::message, Change::newly_deferred}};
  for (const bool one_passes : {false, true})
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      policy::ReplayTally sum, first, second;
      for (std::size_t i = 0; i < all.size(); ++i)
        add(i < cut ? first : second, 1, all[i].first, one_passes && i == 0 ? Change::same : all[i].second);
      sum.merge(first);
      sum.merge(second);
      EXPECT_EQ(sum.counts()[Change::not_reached], one_passes ? 0U : 1U) << cut;
      EXPECT_EQ(sum.counts()[Change::newly_deferred], one_passes ? 1U : 0U) << cut;
      EXPECT_EQ(sum.domains().find("shop.example")->counts[Change::newly_deferred], one_passes ? 1U : 0U)
          << cut;
    }
}

TEST(Tally, OnlySoManyOpenTransactionsAreKept) {
  policy::OpenTransactions open;
  for (std::size_t key = 0; key < policy::kMostTransactions; ++key) ++open[key].stopped;
  EXPECT_EQ(open.take(0).stopped, 1U);
  ++open[policy::kMostTransactions].stopped;
  ++open[policy::kMostTransactions + 1].stopped;
  EXPECT_EQ(open.take(1).stopped, 0U);
  EXPECT_EQ(open.take(policy::kMostTransactions).stopped, 1U);
}

TEST(Tally, SaysHowManyOnlyPassRcpt) {
  policy::ReplayTally tally;
  add(tally, 1, Stage::rcpt, Change::newly_accepted);
  add(tally, 2, Stage::message, Change::newly_accepted);
  EXPECT_EQ(tally.counts()[Change::newly_accepted], 2U);
  EXPECT_EQ(tally.passing_rcpt(), 1U);
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
