// The loop between facts and policy, and the order of checks.
#include "milter/session/judge.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "milter/session/reference.h"
#include "world.h"

namespace milter {
namespace {

// A whole asking, without a session.
struct Matter {
  explicit Matter(Resolver& resolver, const std::string& rules)
      : snapshot(test::snapshot_with(rules)), env{resolver, clock, snapshot->policy, {"mx1.example.net"}} {
    connection = test::client("192.0.2.1");
    connection.helo = "mail.example.org";
    transaction.mail_from = "<a@example.org>";
    transaction.recipient = test::to("<b@example.net>");
    observed.recipient = policy::RecipientAsked{.path = "<b@example.net>", .answer = {}};
  }
  JudgeInput input() { return {connection, transaction, env}; }
  // With no time left: what is not here is out of time.
  Decided judge_rcpt() {
    const Window window{Deadline::min(), Deadline::min()};
    Judging judging(input(), policy::Stage::rcpt, observed, under_way, window);
    return std::get<Decided>(judging.step(Deadline::min()));
  }
  std::shared_ptr<const Snapshot> snapshot;
  test::StoppedClock clock;
  Connection connection;
  Transaction transaction;
  policy::Observed observed;
  Env env;
  Gatherings under_way;
};

TEST(Checks, AfterNamesChecksThatExistAndMakesNoCircle) {
  std::set<std::string_view> done, open;
  const std::function<void(const Check&)> visit = [&](const Check& check) {
    if (done.contains(check.doc.name)) return;
    ASSERT_TRUE(open.insert(check.doc.name).second) << check.doc.name << " is after itself";
    for (const auto before : check.after) {
      ASSERT_TRUE(find_check(before)) << check.doc.name << " is after " << before << ", which does not exist";
      visit(*find_check(before));
    }
    open.erase(check.doc.name);
    done.insert(check.doc.name);
  };
  for (const auto* check : all_checks()) visit(*check);
}

TEST(Checks, FreeOnesDoNotBuildOnOthersThatAreNot) {
  for (const auto* check : all_checks()) {
    if (!check->free) continue;
    for (const auto before : check->after) EXPECT_TRUE(find_check(before)->free) << check->doc.name;
  }
}

TEST(Judge, AsksOnlyWhatTheRulesNeed) {
  ScriptedZone dns;
  Matter matter(dns, "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing}\n");
  const auto judged = matter.judge_rcpt();
  EXPECT_EQ(judged.verdict.rule, "ptr");
  EXPECT_THAT(dns.asked(), testing::Each("PTR 1.2.0.192.in-addr.arpa"));
  EXPECT_FALSE(matter.observed.facts.has("spf"));
}

TEST(Judge, SaysHowLongEachCheckWasWaitedFor) {
  ScriptedZone dns;
  Matter matter(dns, "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing}\n");
  const auto judged = matter.judge_rcpt();
  EXPECT_TRUE(judged.millis.contains("ptr"));
  EXPECT_TRUE(judged.millis.contains("total"));
  EXPECT_FALSE(judged.millis.contains("client")) << "free checks cost nothing";
}

TEST(Judge, FailureOfOneCheckLeavesTheOthersFactsOfASharedGroup) {
  test::PatientResolver dns;
  Matter matter(
      dns,
      "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing, if_unknown: skip}\n");
  matter.judge_rcpt();
  EXPECT_EQ(matter.observed.facts.text("client.ip"), "192.0.2.1");
  const auto* unknown = matter.observed.facts.value("client.names");
  ASSERT_TRUE(unknown);
  EXPECT_TRUE(std::holds_alternative<policy::Unavailable>(*unknown));
}

TEST(Judge, AsksNothingTwice) {
  test::PatientResolver dns;
  Matter matter(
      dns,
      "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing, if_unknown: skip}\n");
  matter.judge_rcpt();
  const auto asked = dns.asked.size();
  matter.judge_rcpt();
  EXPECT_EQ(dns.asked.size(), asked);
}

TEST(Judge, UnknownCheckIsABugNotAVerdict) {
  ScriptedZone dns;
  Matter matter(dns, "  - {id: ptr, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing}\n");
  EXPECT_THROW(
      gather_at_once(matter.input(), "no-such-check", policy::Stage::rcpt, matter.observed, matter.under_way),
      std::logic_error);
}

TEST(Reference, IsTwelveCharactersOfCrockfordBase32) {
  const auto reference = make_reference(1'795'000'000'000);
  EXPECT_EQ(reference.size(), 12U);
  EXPECT_EQ(reference.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos) << reference;
}

TEST(Reference, SortsByTime) {
  EXPECT_LT(make_reference(1'795'000'000'000), make_reference(1'795'000'001'000));
  EXPECT_EQ(make_reference(1'795'000'000'000).substr(0, 7), make_reference(1'795'000'000'999).substr(0, 7));
}

TEST(Reference, DoesNotRepeatWithinASecond) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(make_session_id(1'795'000'000'000));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(seen.begin()->size(), 20U);
}

TEST(Crockford, WritesTheMostSignificantDigitFirst) {
  EXPECT_EQ(crockford(0, 3), "000");
  EXPECT_EQ(crockford(31, 3), "00Z");
  EXPECT_EQ(crockford(32, 3), "010");
  EXPECT_EQ(crockford(32 * 32 * 32, 3), "000") << "what does not fit is left out";
}

}  // namespace
}  // namespace milter
