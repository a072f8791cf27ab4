// Two moments of decision, and what is kept for how long.
#include "milter/session/session.h"

#include <gmock/gmock.h>

#include "milter/dns/zone_parse.h"
#include "world.h"

namespace milter {
namespace {

using policy::Event;
using test::kRelay;
using test::Scene;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kNullMx =
    "  - {id: null-mx, at: rcpt, when: {client.trusted: false, sender.null_mx: true}, reject: "
    "sender-null-mx, "
    "if_unknown: defer}\n";

std::shared_ptr<ScriptedZone> zone() {
  return *parse_zone(
      "example.org: {MX: ['10 mail.example.org'], A: [192.0.2.1]}\n"
      "mail.example.org: {A: [192.0.2.1]}\n"
      "nullmx.example: {MX: ['0 .']}\n"
      "silent.example: TIMEOUT\n",
      "zone.yaml");
}

TEST(Session, DecidesForEachRecipientAndForTheMessage) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  EXPECT_EQ(scene.rcpt("<x@elsewhere.example>").reply->code, 550);
  EXPECT_FALSE(scene.rcpt().reply);
  const auto decision = scene.message();
  EXPECT_FALSE(decision.reply);
  EXPECT_EQ(decision.record.stage, policy::Stage::message);
  EXPECT_THAT(decision.record.rcpt, ElementsAre("b@example.net"));
}

TEST(Session, RulesOfEarlierStagesAreDecidedAtRcpt) {
  const auto dns = zone();
  Scene scene(*dns, "  - {id: helo, at: helo, when: {helo.valid: false}, reject: helo-invalid}\n");
  scene.session->connect(test::client("192.0.2.1"));
  scene.session->helo("not_a name");
  scene.session->mail("<a@example.org>", "");
  const auto decision = scene.rcpt();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.record.stage, policy::Stage::rcpt);
}

TEST(Session, MailForgetsTheMessageBeforeWithoutAbort) {
  const auto dns = zone();
  Scene scene(*dns, kNullMx);
  scene.begin("192.0.2.1", "<a@nullmx.example>");
  EXPECT_TRUE(scene.rcpt().reply);
  scene.session->mail("<a@example.org>", "");
  EXPECT_FALSE(scene.rcpt().reply);
  EXPECT_EQ(scene.session->facts().text("sender.domain"), "example.org");
}

TEST(Session, AbortIsIdempotent) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  scene.rcpt();
  scene.session->abort();
  scene.session->abort();
  scene.session->mail("<c@example.org>", "");
  scene.rcpt("<d@example.net>");
  EXPECT_THAT(scene.message().record.rcpt, ElementsAre("d@example.net"));
}

TEST(Session, LoginIsOfOneMessage) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  scene.session->mail("<a@example.org>", "jane");
  EXPECT_FALSE(scene.rcpt("<x@elsewhere.example>").reply);
  scene.session->mail("<a@example.org>", "");
  EXPECT_TRUE(scene.rcpt("<x@elsewhere.example>").reply);
}

TEST(Session, TrustedClientCostsNoQuestion) {
  const auto dns = zone();
  Scene scene(*dns,
              kRelay + kNullMx +
                  "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail}\n"
                  "  - {id: ptr, at: rcpt, when: {client.trusted: false, client.fcrdns: missing}, reject: "
                  "rdns-missing}\n"
                  "  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject}\n");
  scene.begin("127.0.0.1");
  EXPECT_FALSE(scene.rcpt("<x@elsewhere.example>").reply);
  EXPECT_FALSE(scene.message().reply);
  EXPECT_THAT(dns->asked(), IsEmpty());
}

TEST(Session, PolicyThatAsksNothingCostsNoQuestion) {
  const auto dns = zone();
  Scene scene(*dns, kRelay, {}, {.authentication_results = false});
  scene.begin();
  scene.rcpt();
  scene.message();
  EXPECT_THAT(dns->asked(), IsEmpty());
}

TEST(Session, LookupsStartBeforeTheyAreNeeded) {
  const auto dns = zone();
  Scene scene(*dns,
              "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing}\n" + kNullMx);
  scene.session->connect(test::client("192.0.2.1"));
  EXPECT_THAT(dns->asked(), IsEmpty()) << "who only connects costs no question";
  scene.session->helo("mail.example.org");
  EXPECT_THAT(dns->asked(), ElementsAre("PTR 1.2.0.192.in-addr.arpa"));
  scene.session->mail("<a@example.org>", "");
  EXPECT_THAT(dns->asked(), testing::Contains("MX example.org"));
}

TEST(Session, PostmasterPassesEverythingButRelayControl) {
  const auto dns = zone();
  Scene scene(*dns, kRelay + kNullMx);
  scene.begin("192.0.2.1", "<a@nullmx.example>");
  EXPECT_TRUE(scene.rcpt("<b@example.net>").reply);
  EXPECT_FALSE(scene.rcpt("<postmaster@example.net>").reply);
  EXPECT_FALSE(scene.rcpt("<Abuse@Example.NET>").reply);
  EXPECT_TRUE(scene.rcpt("<postmaster@elsewhere.example>").reply);
}

TEST(Session, MonitoredRuleLogsTheTextThatWouldHaveBeenSent) {
  const auto dns = zone();
  auto monitored = kNullMx;
  monitored.replace(monitored.find("}\n"), 2, ", mode: monitor}\n");
  Scene enforcing(*dns, kNullMx), monitoring(*dns, monitored);
  enforcing.begin("192.0.2.1", "<a@nullmx.example>");
  monitoring.begin("192.0.2.1", "<a@nullmx.example>");
  const auto sent = enforcing.rcpt();
  const auto would = monitoring.rcpt();
  EXPECT_FALSE(would.reply);
  EXPECT_EQ(would.record.event, Event::would_reject);
  EXPECT_EQ(would.record.mode, policy::Mode::monitor);
  EXPECT_EQ(would.record.rule, "null-mx");
  auto expected = sent.reply->lines;
  auto& last = expected.back();
  last.replace(last.find(sent.record.ref), sent.record.ref.size(), would.record.ref);
  EXPECT_EQ(would.record.reply, expected);
  EXPECT_EQ(would.record.code, 550);
}

TEST(Session, TroubleDefersWithTheReasonOfWhatIsUnknown) {
  const auto dns = zone();
  Scene scene(
      *dns,
      kNullMx + "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n");
  scene.begin("192.0.2.1", "<a@silent.example>");
  const auto decision = scene.rcpt();
  ASSERT_TRUE(decision.reply);
  EXPECT_EQ(decision.record.event, Event::defer);
  EXPECT_EQ(decision.record.reason, "dns-failure");
  EXPECT_EQ(decision.reply->code / 100, 4);

  Scene other(*dns,
              "  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}\n");
  other.begin("192.0.2.1", "<a@silent.example>");
  EXPECT_EQ(other.rcpt().record.reason, "spf-temperror");
}

TEST(Session, TroubleIsSkippedWhereTheRuleSaysSo) {
  const auto dns = zone();
  auto skipping = kNullMx;
  skipping.replace(skipping.find("if_unknown: defer"), 17, "if_unknown: skip");
  Scene scene(*dns, skipping);
  scene.begin("192.0.2.1", "<a@silent.example>");
  EXPECT_FALSE(scene.rcpt().reply);
}

TEST(Session, RecipientThatTheMtaRefusedIsOnlyRecorded) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  auto refused = test::to("<x@elsewhere.example>");
  refused.mta_mailer = "error";
  refused.mta_host = "5.7.1";
  refused.mta_address = "Relay access denied";
  refused.refused_by_mta = true;
  const auto decision = finish(*scene.session, scene.session->rcpt(refused));
  EXPECT_FALSE(decision.reply);
  EXPECT_EQ(decision.record.event, Event::mta_reject);
  EXPECT_EQ(decision.record.mta_text, "Relay access denied");
  EXPECT_THAT(scene.message().record.rcpt, IsEmpty());
}

TEST(Session, RecordNamesPolicyReferenceAndPeople) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  scene.session->queue_id("4FQUEUED");
  const auto first = scene.rcpt().record, second = scene.rcpt().record;
  EXPECT_NE(first.ref, second.ref);
  EXPECT_EQ(first.session, second.session);
  EXPECT_EQ(first.policy.size(), 12U);
  EXPECT_EQ(first.host, "mx1.example.net");
  EXPECT_EQ(first.client_ip, "192.0.2.1");
  EXPECT_EQ(first.helo, "mail.example.org");
  EXPECT_EQ(first.mail_from, "a@example.org");
  EXPECT_EQ(first.queue_id, "4FQUEUED");
}

TEST(Session, ReplyBearsTheReferenceOfItsRecord) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  scene.begin();
  const auto decision = scene.rcpt("<x@elsewhere.example>");
  EXPECT_THAT(decision.reply->lines.back(), HasSubstr("ref=" + decision.record.ref));
}

TEST(Session, WireTextIsKeptUpToItsBound) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  for (const auto size : {kLongestWireText, kLongestWireText + 1}) {
    scene.session->helo(std::string(size, 'x'));
    EXPECT_EQ(scene.session->connection().helo.size(), kLongestWireText);
  }
}

TEST(Session, FilterErrorDefersBeforeAnythingIsKnown) {
  const auto dns = zone();
  Scene scene(*dns, kRelay);
  const auto decision = scene.session->filter_error(policy::Stage::rcpt, "out of memory");
  EXPECT_EQ(decision.reply->code, 451);
  EXPECT_EQ(decision.reply->enhanced, "4.3.0");
  EXPECT_EQ(decision.record.reason, "filter-error");
  EXPECT_EQ(policy::lint(*decision.reply), "");
}

}  // namespace
}  // namespace milter
