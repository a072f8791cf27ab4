#include <gtest/gtest.h>

#include "policy/report_suspects.h"
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

class Suspects : public testing::Test {
 protected:
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

Record listed(const std::string& domain, const TextList& lists) {
  return with(decision(Event::reject, domain, "dnsbl-listed"), "dnsbl", {{"listed", lists}});
}

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
  suspects_.add(signed_by("shop.example", "shop.example"));
  EXPECT_EQ(only()[Doubt::aligned], 1U);
  EXPECT_EQ(only().refused, 1U);
  EXPECT_EQ(only().refs.size(), 1U);
}

TEST_F(Suspects, ASignatureOfADomainAboveOrBelowCounts) {
  EXPECT_TRUE(has_aligned_signature(signed_by("shop.example", "news.shop.example")));
  EXPECT_TRUE(has_aligned_signature(signed_by("mail.Shop.example", "shop.example")));
  EXPECT_TRUE(has_aligned_signature(signed_by("example.com", "")));  // of the envelope's domain
}

TEST_F(Suspects, ASignatureOfAnotherDomainDoesNotCount) {
  EXPECT_FALSE(has_aligned_signature(signed_by("other.example", "shop.example")));
  EXPECT_FALSE(has_aligned_signature(signed_by("op.example", "shop.example")));
  EXPECT_FALSE(has_aligned_signature(signed_by("example", "shop.example")));
  EXPECT_FALSE(has_aligned_signature(signed_by("", "")));
}

TEST_F(Suspects, DmarcsOwnWordCounts) {
  EXPECT_TRUE(has_aligned_signature(with(decision(Event::reject, "a.example", "dmarc-reject"), "dmarc",
                                         {{"aligned_by", TextList{"dkim"}}})));
}

TEST_F(Suspects, OneListAloneIs) {
  suspects_.add(listed("a.example", {"zen"}));
  EXPECT_EQ(only()[Doubt::single_list], 1U);
  EXPECT_EQ(only().list, "zen");
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

TEST_F(Suspects, ADomainIsFamiliarFromTheTwentiethMessageOn) {
  deliver("a.example", kFamiliar - 1);
  suspects_.add(decision(Event::reject, "a.example", "rdns-missing"));
  EXPECT_TRUE(none());
  deliver("a.example", 1);
  suspects_.add(decision(Event::reject, "a.example", "rdns-missing"));
  EXPECT_EQ(only()[Doubt::familiar], 1U);
  EXPECT_EQ(only().accepted_before, kFamiliar);
}

TEST_F(Suspects, AFamiliarDomainThatIsForgedIsNone) {
  deliver("a.example", kFamiliar);
  suspects_.add(decision(Event::reject, "a.example", "dmarc-reject"));
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

TEST_F(Suspects, TheTrueSendersMailDoesNotProveTheForgersRight) {
  suspects_.add(decision(Event::reject, "a.example", "dmarc-reject"));
  auto true_one = delivery("a.example");
  true_one.client_ip = "198.51.100.7";
  suspects_.add(true_one);
  EXPECT_TRUE(none());
  suspects_.add(delivery("a.example"));  // from the refused client itself
  EXPECT_EQ(only()[Doubt::retried], 1U);
}

TEST_F(Suspects, BouncesAreNobodysRetry) {
  auto bounce = decision(Event::reject, "", "rdns-missing");
  bounce.mail_from = "";
  auto other = delivery("");
  other.mail_from = "";
  suspects_.add(bounce);
  suspects_.add(other);
  EXPECT_TRUE(none());
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
