#include "policy/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/report/records.h"

namespace policy {
namespace {

using testing::ElementsAre;

Catalogue catalogue() {
  Catalogue out;
  out["recipient-unknown"].category = "recipient";
  out["directory-failure"].category = "system";
  out["dns-failure"].category = "system";
  return out;
}

class ReportOf : public testing::Test {
 protected:
  Catalogue catalogue_ = catalogue();
  Report report_{catalogue_};
};

TEST_F(ReportOf, NothingIsEmpty) {
  EXPECT_EQ(report_.events.total(), 0U);
  EXPECT_EQ(report_.from, "");
  EXPECT_TRUE(report_.times.columns(96).all.empty());
}

TEST_F(ReportOf, EachEventCounts) {
  for (const auto event : {Event::accept, Event::reject, Event::defer, Event::would_reject,
                           Event::would_defer, Event::mta_reject})
    report_.add(decision(event, "a.example", "x"));
  EXPECT_EQ(report_.events.total(), 6U);
  EXPECT_EQ(report_.events.refused(), 2U);
  EXPECT_EQ(report_.events.would(), 2U);
  EXPECT_EQ(report_.accepted_messages, 0U);
  report_.add(delivery("a.example"));
  EXPECT_EQ(report_.accepted_messages, 1U);
}

TEST_F(ReportOf, AMessageThatAMonitoredRuleWouldRefuseWasAccepted) {
  auto monitored = delivery("a.example");
  monitored.event = Event::would_reject;
  report_.add(monitored);
  auto refused = delivery("a.example");
  refused.event = Event::reject;
  report_.add(refused);
  EXPECT_EQ(report_.accepted_messages, 1U);
}

TEST_F(ReportOf, AnAcceptStaysOneBehindAMonitoredRule) {
  auto record = decision(Event::would_reject, "a.example", "x");
  record.verdict.rule = "friends";
  record.verdict.action = Action::accept;
  record.verdict.monitored = {{"watched", Action::reject, "x"}, {"colleagues", Action::accept, ""}};
  report_.add(record);
  EXPECT_EQ((*report_.rules.find("friends"))[Event::accept], 1U);
  EXPECT_EQ(report_.rules.find("friends")->would(), 0U);
  EXPECT_EQ(report_.rules.find("watched")->would(), 1U);
  ASSERT_TRUE(report_.rules.find("colleagues"));  // it is not idle
  EXPECT_EQ(report_.rules.find("colleagues")->total(), 0U);
}

TEST_F(ReportOf, AReasonKeepsTheReplyThatWasReallySent) {
  auto sent = decision(Event::reject, "a.example", "x");
  sent.reply = {"No.", "ref=REF1"};
  auto monitored = decision(Event::would_reject, "a.example", "x");
  monitored.reply = {"Perhaps."};
  report_.add(sent);
  report_.add(monitored);
  EXPECT_THAT(report_.reasons.find("x")->reply, ElementsAre("No.", "ref=REF1"));
  EXPECT_EQ(report_.reasons.find("x")->total(), 2U);
}

TEST_F(ReportOf, SendersAndClientsOfRefusedMailAlone) {
  report_.add(decision(Event::accept, "good.example"));
  report_.add(decision(Event::reject, "Bad.example", "x"));
  EXPECT_EQ(report_.senders.find("good.example"), nullptr);
  EXPECT_EQ(report_.senders.find("bad.example")->refused(), 1U);
  EXPECT_EQ(report_.clients.find("192.0.2.25")->refused(), 1U);
}

TEST_F(ReportOf, RulesThatNoRecordNamesNeverFired) {
  Policy policy;
  for (const auto* id : {"idle", "rule-x", "watched"})
    policy.rules.push_back({.id = id, .at = {"policy.yaml", 7, 5}});
  policy.exceptions.push_back({.id = "unused"});
  policy.exceptions.push_back({.id = "used"});
  report_.add(decision(Event::reject, "a.example", "x"));
  auto monitored = decision(Event::would_reject, "a.example", "y");
  monitored.verdict.monitored = {{"watched", Action::reject, "y"}};
  monitored.verdict.trace = {{"rule-x", Truth::yes, "", "used"}};
  report_.add(monitored);
  EXPECT_THAT(never_fired(report_, policy), ElementsAre("idle"));
  EXPECT_THAT(never_used_exceptions(report_, policy), ElementsAre("unused"));
}

TEST_F(ReportOf, ARuleThatTheAdminDidNotWriteIsNotIdle) {
  Policy policy;
  policy.rules.push_back({.id = "recipients-split", .at = {"policy.yaml", 0, 0}});
  EXPECT_TRUE(never_fired(report_, policy).empty());
}

TEST_F(ReportOf, OnlyATimeBeginsOrEndsThePeriod) {
  for (const auto* ts : {"yesterday", "2026-11-24T12:00:00.000Z", "", "0000", "2026-11-23T12:00:00.000Z"})
    report_.add(at(decision(Event::accept, "a.example"), ts));
  EXPECT_EQ(report_.from, "2026-11-23T12:00:00.000Z");
  EXPECT_EQ(report_.to, "2026-11-24T12:00:00.000Z");
}

TEST_F(ReportOf, WhatCouldNotBeKnownCountsByFact) {
  auto skipped = decision(Event::accept, "a.example");
  skipped.observed.facts.put_none("spf", Unavailable{"TXT a.example: SERVFAIL"});
  auto deferred = decision(Event::defer, "a.example", "dns-failure");
  deferred.observed.facts.put("client", Fields{{"name", Unavailable{"PTR: TIMEOUT"}}});
  deferred.verdict.unknown = "client.name";
  report_.add(skipped);
  report_.add(deferred);
  EXPECT_EQ(report_.troubles.find("spf")->seen, 1U);
  EXPECT_EQ(report_.troubles.find("spf")->deferred, 0U);
  EXPECT_EQ(report_.troubles.find("client.name")->deferred, 1U);
  EXPECT_EQ(report_.troubles.find("client.name")->example, "PTR: TIMEOUT");
  EXPECT_EQ(*report_.own_faults.find("dns-failure"), 1U);
}

TEST_F(ReportOf, ARefusalForGoodIsNoFaultOfOurOwn) {
  report_.add(decision(Event::defer, "a.example", "recipient-unknown"));
  EXPECT_TRUE(report_.own_faults.all().empty());
}

TEST_F(ReportOf, UnknownRecipientsOfOurUsersAndOfBounces) {
  report_.add(decision(Event::reject, "a.example", "recipient-unknown"));
  report_.add(with(decision(Event::reject, "example.net", "recipient-unknown"), "client",
                   {{"authenticated", true}, {"user", "jane"}}));
  report_.add(
      with(decision(Event::reject, "example.net", "recipient-unknown"), "client", {{"trusted", true}}));
  auto bounce = decision(Event::mta_reject, "");
  bounce.mail_from = "";
  bounce.mta_text = "5.1.1 <bob@example.net>: User unknown";
  report_.add(bounce);
  EXPECT_EQ(report_.unknown_recipients, 4U);
  EXPECT_EQ(report_.unknown_by_user.all().size(), 2U);
  EXPECT_EQ(*report_.unknown_by_user.find("jane"), 1U);
  EXPECT_EQ(*report_.unknown_by_user.find("192.0.2.25"), 1U);
  EXPECT_EQ(*report_.bounced_to.find("bob@example.net"), 1U);
}

TEST_F(ReportOf, TheFirstUnreadableLineIsKept) {
  report_.add_unreadable("one");
  report_.add_unreadable("two");
  EXPECT_EQ(report_.unreadable, 2U);
  EXPECT_EQ(report_.first_unreadable, "one");
}

Record listed(const std::string& session, const TextList& lists) {
  auto out = with(decision(Event::accept, "a.example"), "dnsbl",
                  {{"listed", lists}, {"problems", TextList{"psbl: TIMEOUT"}}});
  out.session = session;
  return out;
}

TEST(ReportListsTest, ASessionCountsOnceHoweverManyRecipients) {
  ReportLists lists;
  for (int i = 0; i < 3; ++i) lists.add(listed("S1", {"zen"}));
  EXPECT_EQ(lists.asked, 1U);
  EXPECT_EQ(lists.lists.find("zen")->hits, 1U);
}

TEST(ReportListsTest, TellsWhatOneListHasAlone) {
  ReportLists lists;
  lists.add(listed("S1", {"zen"}));
  lists.add(listed("S2", {"zen", "spamcop"}));
  lists.add(listed("S3", {}));
  lists.add(decision(Event::accept, "a.example"));  // nobody asked
  EXPECT_EQ(lists.asked, 3U);
  EXPECT_EQ(lists.hit, 2U);
  EXPECT_EQ(lists.lists.find("zen")->alone, 1U);
  EXPECT_EQ(lists.lists.find("spamcop")->alone, 0U);
  EXPECT_EQ((*lists.both.find({"spamcop", "zen"})), 1U);
  EXPECT_EQ(lists.lists.find("psbl")->problems, 3U);
  EXPECT_EQ(lists.lists.find("psbl")->problem, "psbl: TIMEOUT");
}

TEST(ReportListsTest, TellsWhatOneListRefusesAlone) {
  ReportLists lists;
  const auto refused = [](const std::string& session, const TextList& listed) {
    auto out = with(decision(Event::reject, "a.example", "dnsbl-listed"), "dnsbl", {{"listed", listed}});
    out.session = session;
    return out;
  };
  lists.add(listed("S1", {"zen"}));  // accepted: the rule did not apply to the first recipient
  lists.add(refused("S1", {"zen"}));
  lists.add(refused("S1", {"zen"}));
  lists.add(refused("S2", {"zen", "spamcop"}));
  const auto* zen = lists.lists.find("zen");
  ASSERT_TRUE(zen);
  EXPECT_EQ(zen->hits, 2U);
  EXPECT_EQ(zen->refused, 2U);
  EXPECT_EQ(zen->refused_alone, 1U);
  EXPECT_EQ(lists.lists.find("spamcop")->refused_alone, 0U);
}

Record at(const std::string& ts) { return at(decision(Event::reject, "a.example", "x"), ts); }

TEST(ReportTimesTest, HoursWithoutRecordsAreColumnsToo) {
  ReportTimes times;
  times.add(at("2026-11-24T22:10:00.000Z"));
  times.add(at("2026-11-25T01:59:59.999Z"));
  const auto columns = times.columns(96);
  EXPECT_EQ(columns.unit, "hour");
  ASSERT_EQ(columns.all.size(), 4U);
  EXPECT_EQ(columns.all[1].first, "2026-11-24T23");
  EXPECT_TRUE(columns.all[1].second.empty());
  EXPECT_EQ(columns.all[3].second.at("x"), 1U);
}

TEST(ReportTimesTest, TheFinestUnitThatFitsIsTaken) {
  ReportTimes times;
  times.add(at("2026-01-31T00:00:00.000Z"));
  times.add(at("2026-02-02T23:00:00.000Z"));
  EXPECT_EQ(times.columns(72).unit, "hour");
  const auto days = times.columns(71);
  EXPECT_EQ(days.unit, "day");
  ASSERT_EQ(days.all.size(), 3U);
  EXPECT_EQ(days.all[1].first, "2026-02-01");
  const auto months = times.columns(2);
  EXPECT_EQ(months.unit, "month");
  EXPECT_EQ(months.all.size(), 2U);
}

TEST(ReportTimesTest, ManyMonthsAreThoseWithRecords) {
  ReportTimes times;
  times.add(at("1970-01-01T00:00:00.000Z"));
  times.add(at("2026-02-02T23:00:00.000Z"));
  EXPECT_EQ(times.columns(96).unit, "month");
  EXPECT_EQ(times.columns(96).all.size(), 2U);
}

TEST(ReportTimesTest, WhatHasNoTimeIsLeftOut) {
  ReportTimes times;
  for (const auto* ts : {"", "yesterday", "2026-11-24", "2026-11-24 12:00:00", "2026-1x-24T12:00:00Z"})
    times.add(at(ts));
  EXPECT_EQ(times.left_out(), 5U);
  EXPECT_TRUE(times.columns(96).all.empty());
}

TEST(ReportTimesTest, SecondsOfATime) {
  EXPECT_EQ(seconds_of("1970-01-02T01:02:03.999Z"), 86400 + 3600 + 123);
  for (const auto* ts : {"", "1970-01-02T01:02", "1970-01-02 01:02:03Z", "yesterday at some time"})
    EXPECT_EQ(seconds_of(ts), std::nullopt) << ts;
}

TEST(ReportTimesTest, ADayThatNoCalendarHasIsACount) {
  ReportTimes times;
  times.add(at("2026-99-99T99:00:00Z"));
  times.add(at("0000-00-00T00:00:00Z"));
  std::uint64_t sum = 0;
  for (const auto& [name, reasons] : times.columns(96).all)
    for (const auto& [reason, count] : reasons) sum += count;
  EXPECT_EQ(sum, 2U);
}

TEST(ReportTimesTest, KeepsAsManyHoursAsItMay) {
  ReportTimes times;
  std::size_t made = 0;
  for (int year = 2000; made <= kMostReportHours; ++year)
    for (int month = 1; month <= 12; ++month)
      for (int day = 10; day <= 28; ++day)
        for (int hour = 10; hour <= 23 && made <= kMostReportHours; ++hour, ++made)
          times.add(at(std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month) + "-" +
                       std::to_string(day) + "T" + std::to_string(hour)));
  EXPECT_EQ(times.left_out(), 1U);
}

}  // namespace
}  // namespace policy
