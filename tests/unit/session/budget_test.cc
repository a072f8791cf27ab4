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

// Messages whose questions stay open: the share of the session stops them.
TEST(Share, QuestionsOfASessionAreCapped) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();
  std::size_t before = 0;
  for (int message = 0; message < 40; ++message) {
    scene.session->mail("<a@d" + std::to_string(message) + ".example>", "");
    before = dns.pending.size();
    EXPECT_LE(before, static_cast<std::size_t>(kMostOpenASession));
  }
  EXPECT_EQ(before, static_cast<std::size_t>(kMostOpenASession));
  const auto decision = scene.rcpt();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.reply->code / 100, 4) << "overload is temporary";
}

TEST(Share, IsFreeAgainWhenAnswersCome) {
  PatientResolver dns;
  Scene scene(dns, kEverything, kShort);
  scene.begin();
  for (int message = 0; message < 40; ++message)
    scene.session->mail("<a@d" + std::to_string(message) + ".example>", "");
  dns.answer_all(a_timeout());
  const auto before = dns.asked.size();
  scene.session->mail("<a@fresh.example>", "");
  EXPECT_GT(dns.asked.size(), before);
}

}  // namespace
}  // namespace milter
