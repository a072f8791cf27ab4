// A world that is slow, or answers too late: every wait ends, and nothing is used after it is gone.
#include <gmock/gmock.h>

#include <thread>

#include "milter/dns/session_resolver.h"
#include "milter/session/session.h"
#include "world.h"

namespace milter {
namespace {

using test::PatientResolver;
using test::Scene;

constexpr Budgets kShort{.rcpt = std::chrono::milliseconds(30), .message = std::chrono::milliseconds(30)};

const std::string kEverything =
    "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing, if_unknown: defer}\n"
    "  - {id: domain, at: rcpt, when: {sender.exists: false}, reject: sender-domain-missing, if_unknown: "
    "defer}\n"
    "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n"
    "  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: "
    "defer}\n";

Outcome a_timeout() { return tl::unexpected(Trouble{Trouble::Kind::timeout, "TXT x: time-out"}); }

TEST(Budget, LookupsThatNeverEndMakeFactsUnavailable) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();
  const auto decision = scene.rcpt();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.record.event, policy::Event::defer);
  const auto* fact = decision.record.observed.facts.value("sender.exists");
  ASSERT_TRUE(fact);
  EXPECT_EQ(*fact, policy::Value(policy::Unavailable{"MX example.org: time budget"}));
}

TEST(Budget, OfTheMessageHoldsTooAndMailIsOnlyDeferred) {
  PatientResolver dns;
  Scene scene(dns, kEverything.substr(kEverything.find("  - {id: dmarc")), kShort);
  scene.begin();
  EXPECT_FALSE(scene.rcpt().reply);
  const auto decision = scene.message();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.reply->code / 100, 4);
}

TEST(Budget, CallbacksBeforeTheDecisionNeverWait) {
  PatientResolver dns;
  Scene scene(dns, kEverything, {.rcpt = std::chrono::minutes(5), .message = std::chrono::minutes(5)});
  scene.begin();  // would hang if it waited
  EXPECT_THAT(dns.asked, testing::Not(testing::IsEmpty()));
}

TEST(LateAnswers, AfterTheSessionHasEndedHarmNobody) {
  PatientResolver dns;
  {
    Scene scene(dns, kEverything, kShort);
    scene.begin();
    scene.rcpt();
  }
  Records reverse;
  reverse.kind = Records::Kind::found;
  reverse.names = {"mail.example.org"};
  for (int round = 0; round < 3; ++round) dns.answer_all(reverse);  // each may ask further questions
  dns.answer_all(a_timeout());
}

TEST(LateAnswers, WhileTheSessionEndsInAnotherThread) {
  for (int round = 0; round < 50; ++round) {
    PatientResolver dns;
    auto scene = std::make_unique<Scene>(dns, kEverything, kShort);
    scene->begin();
    auto open = std::move(dns.pending);
    dns.pending.clear();
    std::jthread answers([&open] {
      for (const auto& lookup : open) lookup.answer(a_timeout());
    });
    scene.reset();
  }
}

TEST(Budget, WhatItsOwnAllowanceHoldsIsTheClientsTroubleAndDefersWhateverTheRuleSays) {
  for (const bool held : {false, true}) {
    PatientResolver dns;
    Scene scene(dns,
                "  - {id: domain, at: rcpt, when: {sender.exists: false}, reject: sender-domain-missing, "
                "if_unknown: skip}\n",
                kShort);
    scene.begin();
    for (const auto& pending : dns.pending) pending.held(held);
    const auto decision = scene.rcpt();
    EXPECT_EQ(decision.record.event, held ? policy::Event::defer : policy::Event::accept);
    const auto* fact = decision.record.observed.facts.value("sender.exists");
    ASSERT_TRUE(fact);
    const policy::Unavailable why =
        held ? policy::Unavailable{"MX example.org: its network asks too much", policy::Owner::client}
             : policy::Unavailable{"MX example.org: time budget"};
    EXPECT_EQ(*fact, policy::Value(why));
  }
}

TEST(Budget, ADecisionMakesUrgentWhatWasAskedAheadForTheClientAlone) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();
  const auto& mx = dns.askers.at("MX example.org");
  EXPECT_EQ(mx.urgency, Urgency::ahead);
  EXPECT_TRUE(mx.client.has_value());
  const auto asked = dns.asked.size();
  scene.rcpt();
  EXPECT_EQ(dns.askers.at("MX example.org").urgency, Urgency::decision);
  EXPECT_EQ(dns.asked.size(), asked) << "and asks nothing twice";
}

TEST(Budget, WhatWasDroppedBeforeTheDecisionIsAskedForIt) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();
  const auto asked = dns.asked.size();
  dns.answer_all(
      tl::unexpected(Trouble{.kind = Trouble::Kind::overload, .detail = "dropped", .dropped = true}));
  const auto decision = scene.rcpt();
  EXPECT_EQ(dns.asked.size(), 2 * asked);
  const auto* fact = decision.record.observed.facts.value("sender.exists");
  ASSERT_TRUE(fact);
  EXPECT_EQ(*fact, policy::Value(policy::Unavailable{"MX example.org: time budget"}));
}

// Whoever says MAIL and RSET again and again has nothing asked for it any more.
TEST(Prefetch, EndsAfterAFewMailsWithoutAnAcceptedRecipient) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();  // EHLO and MAIL
  int asking = 2;
  for (int i = 0; i < 10; ++i) {
    const auto before = dns.asked.size();
    scene.session->mail("<a@d" + std::to_string(i) + ".example>", "");
    asking += dns.asked.size() > before ? 1 : 0;
  }
  EXPECT_EQ(asking, kMostAsksAhead);
  const auto before = dns.asked.size();
  for (int i = 0; i < 10; ++i) scene.session->helo("h" + std::to_string(i) + ".example");
  EXPECT_EQ(dns.asked.size(), before);
  scene.session->mail("<a@last.example>", "");
  scene.rcpt();
  EXPECT_GT(dns.asked.size(), before) << "a decision asks all that it needs";
}

TEST(Prefetch, AnAcceptedRecipientRenewsIt) {
  PatientResolver dns;
  Scene other(dns, kEverything.substr(kEverything.find("  - {id: dmarc")), kShort);
  other.begin();
  for (int i = 0; i < 3 * kMostAsksAhead; ++i) {
    const auto before = dns.asked.size();
    other.session->mail("<a@d" + std::to_string(i) + ".example>", "");
    ASSERT_GT(dns.asked.size(), before) << i;
    EXPECT_FALSE(other.rcpt().reply);
  }
}

}  // namespace
}  // namespace milter
