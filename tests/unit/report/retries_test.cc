#include "policy/report/retries.h"

#include <gtest/gtest.h>

#include "tests/unit/report/records.h"

namespace policy {
namespace {

Record refused(const std::string& domain = "a.example") {
  return decision(Event::reject, domain, "rdns-missing");
}

Record without_sender(Record record) {
  record.mail_from = "";
  return record;
}

Record from(Record record, const std::string& from_domain) {
  record.stage = Stage::message;
  record.from_domain = from_domain;
  return record;
}

class Retries : public testing::Test {
 protected:
  void refuse(const Record& record) {
    retries_.add_refusal(record, {.sender = "x", .reason = record.reason, .ref = record.ref});
  }
  std::size_t contradicted_by(const Record& record) { return retries_.add_delivery(record).size(); }

  ReportRetries retries_;
};

TEST_F(Retries, AreKnownBySenderAndRecipient) {
  refuse(refused());
  auto other_recipient = delivery("a.example");
  other_recipient.rcpt = {"eve@example.net"};
  EXPECT_EQ(contradicted_by(other_recipient), 0U);
  EXPECT_EQ(contradicted_by(delivery("b.example")), 0U);
  EXPECT_EQ(contradicted_by(delivery("A.example")), 1U);
  EXPECT_EQ(contradicted_by(delivery("a.example")), 0U);
}

TEST_F(Retries, MayComeFromAnotherServerOfAPool) {
  refuse(through(refused(), "198.51.100.7", "m7.pool.example"));
  const auto all = retries_.add_delivery(through(delivery("a.example"), "203.0.113.8", "m8.pool.example"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].refused.client.ip, "198.51.100.7");
  EXPECT_EQ(all[0].client.ip, "203.0.113.8");
  EXPECT_EQ(kinship(all[0].refused.client, all[0].client), Kinship::kin);
}

TEST_F(Retries, ComeWithinTheWindow) {
  refuse(at(refused(), "2026-11-20T00:00:00.000Z"));
  refuse(at(refused("b.example"), "2026-11-20T00:00:00.000Z"));
  const auto last = retries_.add_delivery(at(delivery("a.example"), "2026-11-25T00:00:00.999Z"));
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].seconds, kRetryWindow);
  EXPECT_EQ(contradicted_by(at(delivery("b.example"), "2026-11-25T00:00:01.000Z")), 0U);
}

TEST_F(Retries, ComeAfterTheRefusal) {
  refuse(at(refused(), "2026-11-20T12:00:00.000Z"));
  EXPECT_EQ(contradicted_by(at(delivery("a.example"), "2026-11-20T11:59:59.000Z")), 0U);
  EXPECT_EQ(contradicted_by(at(delivery("a.example"), "2026-11-20T12:00:00.000Z")), 1U);
}

TEST_F(Retries, NeedATime) {
  refuse(at(refused(), "some day"));
  EXPECT_EQ(contradicted_by(delivery("a.example")), 0U);
  refuse(refused());
  EXPECT_EQ(contradicted_by(at(delivery("a.example"), "")), 0U);
}

TEST_F(Retries, TheLastRefusalIsTheOneThatIsContradicted) {
  refuse(at(refused(), "2026-11-10T00:00:00.000Z"));
  auto last = at(refused(), "2026-11-24T11:00:00.000Z");
  last.ref = "LAST";
  refuse(last);
  const auto all = retries_.add_delivery(delivery("a.example"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].refused.ref, "LAST");
}

TEST_F(Retries, OneRefusalOfManyRecipientsIsContradictedOnce) {
  auto message = refused();
  message.rcpt = {"bob@example.net", "eve@example.net", "kim@example.net"};
  refuse(message);
  EXPECT_EQ(contradicted_by(delivery("a.example")), 1U);
  auto all = delivery("a.example");
  all.rcpt = message.rcpt;
  EXPECT_EQ(contradicted_by(all), 0U);
}

TEST_F(Retries, TheNullSenderOfAnotherServerIsSomebodyElse) {
  refuse(without_sender(refused()));
  EXPECT_EQ(contradicted_by(without_sender(through(delivery("a.example"), "198.51.100.7"))), 0U);
  EXPECT_EQ(contradicted_by(without_sender(delivery("a.example"))), 1U);
}

TEST_F(Retries, TheNullSenderWithTheSameFromDomainIsTheSame) {
  refuse(from(without_sender(refused()), "shop.example"));
  const auto later = without_sender(through(delivery("a.example"), "198.51.100.7"));
  EXPECT_EQ(contradicted_by(from(later, "other.example")), 0U);
  EXPECT_EQ(contradicted_by(from(later, "shop.example")), 1U);
}

TEST_F(Retries, AreAwaitedForAsManyRefusalsAsThereIsRoom) {
  for (std::size_t i = 0; i < kMostAwaitedRetries; ++i) refuse(refused("d" + std::to_string(i) + ".example"));
  EXPECT_EQ(retries_.forgotten(), 0U);
  refuse(refused("one-too-many.example"));
  EXPECT_EQ(retries_.forgotten(), 1U);
  EXPECT_EQ(contradicted_by(delivery("d0.example")), 0U);
  EXPECT_EQ(contradicted_by(delivery("d1.example")), 1U);
}

TEST_F(Retries, ARefusalThatIsTooOldAnywayIsNotForgotten) {
  for (std::size_t i = 0; i < kMostAwaitedRetries; ++i)
    refuse(at(refused("d" + std::to_string(i) + ".example"), "2026-11-01T00:00:00.000Z"));
  refuse(refused("one-too-many.example"));
  EXPECT_EQ(retries_.forgotten(), 0U);
}

TEST(KinshipOf, NeighboursAndOneOwnersServers) {
  const Client first{"198.51.100.7", "m1.pool.example", true};
  EXPECT_EQ(kinship(first, {"198.51.100.7", "", false}), Kinship::same);
  EXPECT_EQ(kinship(first, {"198.51.100.200", "", false}), Kinship::kin);
  EXPECT_EQ(kinship(first, {"203.0.113.9", "m2.Pool.example", true}), Kinship::kin);
  EXPECT_EQ(kinship({"2001:db8:0:1::1"}, {"2001:db8:0:1:ffff::2"}), Kinship::kin);
}

TEST(KinshipOf, NamesThatDnsDoesNotConfirmProveNothing) {
  const Client first{"198.51.100.7", "m1.pool.example", true};
  EXPECT_EQ(kinship(first, {"203.0.113.9", "m2.pool.example", false}), Kinship::foreign);
  EXPECT_EQ(kinship(first, {"198.51.101.7", "m1.other.example", true}), Kinship::foreign);
  EXPECT_EQ(kinship({"198.51.100.7", "one.example", true}, {"203.0.113.9", "two.example", true}),
            Kinship::foreign);
  EXPECT_EQ(kinship({"", "", false}, {"2001:db8::1", "", false}), Kinship::foreign);
}

}  // namespace
}  // namespace policy
