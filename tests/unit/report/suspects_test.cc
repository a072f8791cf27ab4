#include "policy/report/suspects.h"

#include <gtest/gtest.h>

#include "tests/unit/report/records.h"

namespace policy {
namespace {

Catalogue catalogue() {
  Catalogue out;
  for (const auto& [id, category] :
       std::initializer_list<std::pair<std::string, std::string>>{{"recipient-unknown", "recipient"},
                                                                  {"dnsbl-listed", "client"},
                                                                  {"rdns-missing", "client"},
                                                                  {"dmarc-reject", "auth"},
                                                                  {"filter-error", "system"}})
    out[id].category = category;
  return out;
}

Record listed(const std::string& domain, const TextList& lists) {
  auto out = with(decision(Event::reject, domain, "dnsbl-listed"), "dnsbl", {{"listed", lists}});
  for (const auto* list : {"zen", "psbl"})
    out.observed.lists.push_back({.list = list, .zone = list, .subject = "192.0.2.25"});
  return out;
}

class Suspects : public testing::Test {
 protected:
  void SetUp() override { suspects_.add(listed("known.example", {"zen", "psbl"})); }  // both are blocklists
  void deliver(const std::string& domain, std::uint64_t times) {
    for (; times > 0; --times) suspects_.add(delivery(domain));
  }
  Suspect only() {
    const auto all = suspects_.likeliest(9);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Suspect{} : all.front();
  }
  bool none() { return suspects_.count() == 0; }

  Catalogue catalogue_ = catalogue();
  ReportSuspects suspects_{catalogue_};
};

Record signed_by(const std::string& signer, const std::string& from_domain) {
  auto out = with(decision(Event::reject, "bounce.example.com", "dmarc-reject"), "dkim",
                  {{"passed", TextList{signer}}});
  out.from_domain = from_domain;
  return out;
}

TEST_F(Suspects, AnOrdinaryRefusalIsNone) {
  suspects_.add(decision(Event::reject, "shop.example", "rdns-missing"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, MailThatItsOwnDomainSignedIs) {
  suspects_.add(with(signed_by("shop.example", "shop.example"), "dmarc",
                     {{"result", std::string("pass")}, {"aligned_by", TextList{"dkim"}}}));
  EXPECT_EQ(only()[Doubt::aligned], 1U);
  EXPECT_EQ(only()[Doubt::related], 0U);
  EXPECT_EQ(only().refused, 1U);
  EXPECT_EQ(only().refs.size(), 1U);
}

TEST_F(Suspects, WithoutFactsOfDmarcItIsSaidThatNamesAloneSpeak) {
  suspects_.add(signed_by("shop.example", "shop.example"));
  EXPECT_EQ(only()[Doubt::aligned], 0U);
  EXPECT_EQ(only()[Doubt::related], 1U);
}

TEST_F(Suspects, OneListAloneIs) {
  suspects_.add(listed("a.example", {"zen"}));
  EXPECT_EQ(only()[Doubt::single_list], 1U);
  EXPECT_EQ(only().list, "zen");
}

TEST_F(Suspects, TheOnlyListThatAnsweredIsNone) {
  auto record = listed("a.example", {"zen"});
  record.observed.lists[1].trouble = "time-out";
  suspects_.add(record);
  record.observed.lists.pop_back();
  suspects_.add(record);
  EXPECT_TRUE(none());
}

TEST_F(Suspects, AListThatNeverHadAnybodyMayBeOneThatAllows) {
  auto record = listed("a.example", {"zen"});
  record.observed.lists[1].list = "dnswl";
  suspects_.add(record);
  EXPECT_TRUE(none());
}

TEST_F(Suspects, TwoListsAreNone) {
  suspects_.add(listed("a.example", {"zen", "psbl"}));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, AListingThatDidNotDecideIsNone) {
  suspects_.add(
      with(decision(Event::reject, "a.example", "rdns-missing"), "dnsbl", {{"listed", TextList{"zen"}}}));
  EXPECT_TRUE(none());
}

Record proven(Record record) { return with(std::move(record), "spf", {{"result", std::string("pass")}}); }

TEST_F(Suspects, ADomainIsFamiliarFromTheTwentiethMessageOn) {
  const auto refused = proven(decision(Event::reject, "a.example", "rdns-missing"));
  deliver("a.example", kFamiliar - 1);
  suspects_.add(refused);
  EXPECT_TRUE(none());
  deliver("a.example", 1);
  suspects_.add(refused);
  EXPECT_EQ(only()[Doubt::familiar], 1U);
  EXPECT_EQ(only().accepted_before, kFamiliar);
}

TEST_F(Suspects, AFamiliarDomainThatMayBeForgedIsNone) {
  deliver("a.example", kFamiliar);
  suspects_.add(decision(Event::reject, "a.example", "dmarc-reject"));
  suspects_.add(decision(Event::reject, "a.example", "rdns-missing"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, AnUnknownRecipientIsNoMistakeHoweverFamiliarTheSender) {
  deliver("a.example", kFamiliar);
  suspects_.add(decision(Event::reject, "a.example", "recipient-unknown"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, ARecipientThatIsReachedLaterWasRefusedByMistake) {
  suspects_.add(decision(Event::reject, "a.example", "recipient-unknown"));
  suspects_.add(delivery("a.example"));
  EXPECT_EQ(only()[Doubt::retried], 1U);
  EXPECT_EQ(only().reason, "recipient-unknown");
  suspects_.add(delivery("a.example"));  // the same refusal is not contradicted twice
  EXPECT_EQ(only()[Doubt::retried], 1U);
}

TEST_F(Suspects, AnAcceptedRecipientIsNoDeliveryYet) {
  suspects_.add(decision(Event::reject, "a.example", "rdns-missing"));
  suspects_.add(decision(Event::accept, "a.example"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, ADeferralThatIsRetriedIsAsItShouldBe) {
  suspects_.add(decision(Event::defer, "a.example", "filter-error"));
  suspects_.add(delivery("a.example"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, ARetryFromAnyServerCountsWhereNothingSaysThatItWasForged) {
  suspects_.add(decision(Event::reject, "a.example", "rdns-missing"));
  suspects_.add(through(delivery("a.example"), "198.51.100.7", "mx2.a.example"));
  ASSERT_TRUE(only().retried);
  EXPECT_EQ(only()[Doubt::retried], 1U);
  EXPECT_EQ(only().retried->refused.client.ip, "192.0.2.25");
  EXPECT_EQ(only().retried->client.ip, "198.51.100.7");
  EXPECT_EQ(only().retried->client.name, "mx2.a.example");
}

TEST_F(Suspects, AfterARefusalForWantOfProofAStrangersServerIsAWeakSign) {
  suspects_.add(decision(Event::reject, "a.example", "dmarc-reject"));
  suspects_.add(through(delivery("a.example"), "198.51.100.7"));
  EXPECT_EQ(only()[Doubt::retried], 0U);
  EXPECT_EQ(only()[Doubt::elsewhere], 1U);
  EXPECT_FALSE(only().retried);
  ASSERT_TRUE(only().elsewhere);
  EXPECT_EQ(only().elsewhere->client.ip, "198.51.100.7");
}

TEST_F(Suspects, AfterARefusalForWantOfProofAServerOfTheSamePoolIsAStrongOne) {
  suspects_.add(
      through(decision(Event::reject, "a.example", "dmarc-reject"), "198.51.100.7", "m1.pool.test"));
  suspects_.add(through(delivery("a.example"), "203.0.113.9", "m2.pool.test"));
  EXPECT_EQ(only()[Doubt::retried], 1U);
}

TEST_F(Suspects, WhoLogsInAndTriesAgainWasRefusedRightly) {
  suspects_.add(decision(Event::reject, "a.example", "relay-denied"));
  suspects_.add(with(delivery("a.example"), "client", {{"authenticated", true}}));
  suspects_.add(with(delivery("a.example"), "client", {{"trusted", true}}));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, OurOwnUsersMailDoesNotMakeOurDomainFamiliar) {
  for (std::uint64_t i = 0; i < kFamiliar; ++i)
    suspects_.add(with(delivery("example.net"), "client", {{"trusted", true}}));
  suspects_.add(decision(Event::reject, "example.net", "rdns-missing"));
  EXPECT_TRUE(none());
}

TEST_F(Suspects, ARefusalThatIsDoubtfulAlreadyIsCountedOnce) {
  suspects_.add(listed("a.example", {"zen"}));
  suspects_.add(delivery("a.example"));
  EXPECT_EQ(only().refused, 1U);
  EXPECT_EQ(only().refs.size(), 1U);
  EXPECT_EQ(only()[Doubt::retried], 1U);
}

TEST_F(Suspects, ANullSenderIsNamedByWhatStandsBesideIt) {
  auto bounce = listed("a.example", {"zen"});
  bounce.mail_from = "";
  suspects_.add(bounce);
  EXPECT_EQ(only().domain, "<> (192.0.2.25)");
}

TEST_F(Suspects, ANameIsCutAtTheLongestThatSmtpKnows) {
  for (const auto length : {kLongestReportName, kLongestReportName + 1}) {
    ReportSuspects suspects(catalogue_);
    suspects.add(listed("known.example", {"zen", "psbl"}));
    suspects.add(listed(std::string(length - 2, 'x') + ".y", {"zen"}));
    EXPECT_EQ(suspects.likeliest(1).front().domain.size(), kLongestReportName);
  }
}

TEST_F(Suspects, MonitoredRefusalsCountApart) {
  auto record = listed("a.example", {"zen"});
  record.event = Event::would_reject;
  suspects_.add(record);
  EXPECT_EQ(only().would, 1U);
  EXPECT_EQ(only().refused, 0U);
}

TEST_F(Suspects, TheStrongestDoubtComesFirst) {
  for (int i = 0; i < 9; ++i) suspects_.add(listed("single.example", {"zen"}));
  suspects_.add(signed_by("bounce.example.com", ""));
  const auto all = suspects_.likeliest(9);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].domain, "bounce.example.com");
  EXPECT_EQ(suspects_.likeliest(1).size(), 1U);
}

TEST_F(Suspects, NoMoreReferencesThanAreLookedAt) {
  for (std::size_t i = 0; i <= kMostSuspectRefs; ++i) suspects_.add(listed("a.example", {"zen"}));
  EXPECT_EQ(only().refs.size(), kMostSuspectRefs);
  EXPECT_EQ(only().refused, kMostSuspectRefs + 1);
}

}  // namespace
}  // namespace policy
