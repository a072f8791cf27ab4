#include "policy/record/record.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "policy/record/read.h"
#include "policy/record/write.h"
#include "tests/unit/record/records.h"

namespace policy {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> keys_of(const std::string& line) {
  std::vector<std::string> out;
  const auto json = ordered_json::parse(line);
  for (const auto& [key, value] : json.items()) out.push_back(key);
  return out;
}

TEST(Record, HasItsKeysInTheOrderThatGrepRelesOn) {
  const std::vector<std::string> order{
      "v",           "ts",        "event",      "ref",         "session",   "transaction", "queue_id",
      "message_id",  "host",      "stage",      "reason",      "code",      "enhanced",    "reply",
      "actor",       "mode",      "rule",       "policy",      "program",   "client_ip",   "client_port",
      "client_name", "listener",  "tls",        "helo",        "mail_from", "rcpt",        "from_domain",
      "size",        "mta_text",  "facts",      "unavailable", "in_part",   "observed",    "verdict",
      "trace",       "monitored", "exceptions", "millis",      "dropped",   "truncated"};
  EXPECT_EQ(keys_of(to_json(sample_record())), order);
  EXPECT_EQ(keys_of(to_json(Record{})), order);
}

TEST(Record, WritesNullForWhatIsNotKnown) {
  const auto json = ordered_json::parse(to_json(Record{}));
  for (const auto* key : {"ts",     "ref",     "session",   "transaction", "queue_id",    "message_id",
                          "host",   "reason",  "code",      "enhanced",    "actor",       "rule",
                          "policy", "program", "client_ip", "client_port", "client_name", "listener",
                          "tls",    "helo",    "mail_from", "from_domain", "size",        "mta_text"})
    EXPECT_TRUE(json.at(key).is_null()) << key;
}

TEST(Record, TellsTheNullSenderFromNoSender) {
  Record r;
  r.mail_from = "";
  EXPECT_EQ(ordered_json::parse(to_json(r)).at("mail_from"), "");
  EXPECT_EQ(record_from_json(to_json(r))->mail_from, "");
  EXPECT_EQ(record_from_json(to_json(Record{}))->mail_from, std::nullopt);
}

TEST(Record, HasOneTypeAKey) {
  EXPECT_EQ(ordered_json::parse(to_json(Record{})).at("rcpt"), ordered_json::array());
  EXPECT_EQ(ordered_json::parse(to_json(sample_record())).at("rcpt"), ordered_json({"bob@example.net"}));
}

TEST(Record, NestsFactsByGroupAndIsNullWhereOneIsNotWhollyKnown) {
  const auto facts = ordered_json::parse(to_json(sample_record())).at("facts");
  EXPECT_EQ(facts.at("spf").at("result"), "fail");
  EXPECT_EQ(facts.at("spf").at("lookups"), 3);
  EXPECT_EQ(facts.at("client").at("trusted"), false);
  EXPECT_EQ(facts.at("dnsbl").at("listed"), ordered_json({"zen", "spamcop"}));
  EXPECT_TRUE(facts.at("client").at("name").is_null());
  EXPECT_TRUE(facts.at("dnsbl").at("weight").is_null());
}

TEST(Record, SaysWhyAFieldIsNotKnownAndWhatItMayBe) {
  const auto json = ordered_json::parse(to_json(sample_record()));
  EXPECT_EQ(json.at("unavailable"),
            ordered_json::parse(
                R"([{"fact":"client.name","why":"PTR: SERVFAIL","owner":"world","given_up":false}])"));
  EXPECT_EQ(json.at("in_part"), ordered_json::parse(R"([
    {"fact":"dmarc.disposition","why":"TXT example.org: time-out","owner":"client","given_up":false,"at_least":null,
     "at_most":null,"has":null,"open":["none","quarantine"],"anything":false,"unasked":[]},
    {"fact":"dnsbl.weight","why":"psbl: time-out","owner":"world","given_up":false,"at_least":3,"at_most":20,
     "has":null,"open":[],"anything":false,"unasked":[]}])"));
}

TEST(Record, KeepsWhatWasObservedRaw) {
  const auto observed = ordered_json::parse(to_json(sample_record())).at("observed");
  EXPECT_EQ(
      observed.at("recipient"),
      ordered_json::parse(R"({"path":"<bob@example.net>","mta_address":"bob@example.net","refused":false,
                                    "source":"file:r.txt","status":"known","why":null,"owner":null})"));
  EXPECT_EQ(
      observed.at("lists").at(1),
      ordered_json::parse(R"({"list":"psbl","zone":"ba9876543210","of":"client-ip","subject":"192.0.2.25",
                                    "addresses":[],"trouble":"time-out","owner":"world","doubt":null,
                                    "forced":false,"given_up":false,"points":[]})"));
}

// Replay needs every recipient that was accepted before.
TEST(Record, DoesNotCutTheAcceptedRecipients) {
  auto r = sample_record();
  r.observed.accepted.assign(2 * kLongestRecordList, *r.observed.recipient);
  EXPECT_EQ(record_from_json(to_json(r))->observed.accepted.size(), 2 * kLongestRecordList);
  r.observed.accepted.assign(1000, *r.observed.recipient);
  const auto back = record_from_json(to_json(r));
  EXPECT_TRUE(back->observed.accepted.empty());
  EXPECT_THAT(back->dropped, testing::Contains("observed.accepted"));
  EXPECT_EQ(back->observed.lists, r.observed.lists);
}

TEST(Record, ComesBackAsItWas) {
  const auto r = sample_record();
  const auto back = record_from_json(to_json(r));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(*back, r);
}

TEST(Record, ComesBackAsItWasWhateverItHolds) {
  std::mt19937 random(550);
  for (int round = 0; round < 5'000; ++round) {
    const auto r = random_record(random);
    const auto line = to_json(r);
    const auto back = record_from_json(line);
    ASSERT_TRUE(back) << back.error() << "\n" << line;
    ASSERT_EQ(*back, r) << line;
  }
}

TEST(Record, IsPrintableAsciiWhateverItHolds) {
  auto r = sample_record();
  r.helo = "\x01\x7f\x1b[31m\r\n\xE2\x80\xA8\xE2\x80\xA9é\xff\xc0\x80";
  const auto line = to_json(r);
  for (const char c : line) ASSERT_TRUE(c >= 0x20 && c < 0x7F);
  EXPECT_THAT(line, HasSubstr(R"(\u0001\u007f\u001b[31m\r\n\u2028\u2029\u00e9\ufffd)"));
  EXPECT_FALSE(ordered_json::parse(line).is_discarded());
}

TEST(Record, CutsTextsAtTheirBound) {
  auto r = sample_record();
  r.helo = std::string(kLongestRecordText, 'x');
  EXPECT_EQ(record_from_json(to_json(r))->helo, r.helo);
  EXPECT_EQ(ordered_json::parse(to_json(r)).at("truncated"), false);
  r.helo = std::string(kLongestRecordText + 1, 'x');
  EXPECT_EQ(record_from_json(to_json(r))->helo, std::string(kLongestRecordText, 'x'));
  EXPECT_EQ(ordered_json::parse(to_json(r)).at("truncated"), true);
}

TEST(Record, CutsTextsBetweenCharacters) {
  auto r = sample_record();
  r.helo = std::string(kLongestRecordText - 1, 'x') + "é";
  EXPECT_EQ(record_from_json(to_json(r))->helo, std::string(kLongestRecordText - 1, 'x'));
}

TEST(Record, CutsListsAtTheirBound) {
  auto r = sample_record();
  r.stage = Stage::message;
  r.rcpt.assign(kLongestRecordList, "a@example.net");
  EXPECT_EQ(record_from_json(to_json(r))->rcpt.size(), kLongestRecordList);
  EXPECT_EQ(ordered_json::parse(to_json(r)).at("truncated"), false);
  r.rcpt.emplace_back("b@example.net");
  EXPECT_EQ(record_from_json(to_json(r))->rcpt.size(), kLongestRecordList);
  EXPECT_EQ(ordered_json::parse(to_json(r)).at("truncated"), true);
}

// A record whose line has exactly `size` octets, or a few less: the trace fills it.
Record record_of(std::size_t size) {
  auto r = sample_record();
  while (to_json(r).size() + 1024 < size)
    r.verdict.trace.push_back({"r", Truth::no, std::string(900, 'p'), ""});
  auto& last = r.verdict.trace.emplace_back(Considered{"", Truth::no, "p", ""});
  last.path = std::string(size - to_json(r).size() + 1, 'p');
  return r;
}

TEST(Record, DropsTheTraceOfALineThatIsTooLong) {
  const auto fits = record_of(kLongestRecord);
  EXPECT_EQ(to_json(fits).size(), kLongestRecord);
  EXPECT_EQ(*record_from_json(to_json(fits)), fits);

  auto too_long = fits;
  too_long.verdict.trace.back().path += "p";
  const auto json = ordered_json::parse(to_json(too_long));
  EXPECT_THAT(json.at("dropped"), ElementsAre("trace", "exceptions", "millis"));
  EXPECT_EQ(json.at("truncated"), true);
  EXPECT_EQ(record_from_json(to_json(too_long))->observed, too_long.observed);
}

TEST(Record, DropsFactsLast) {
  auto r = sample_record();
  Fields many;
  for (int i = 0; i < 20; ++i) many.emplace_back("f" + std::to_string(i), std::string(1000, 'x'));
  r.observed.facts.put("dkim", many);
  const auto json = ordered_json::parse(to_json(r));
  EXPECT_THAT(json.at("dropped"), ElementsAre("trace", "exceptions", "millis", "facts"));
  EXPECT_EQ(json.at("reason"), "spf-fail");
}

TEST(Record, FitsALineWhateverItHolds) {
  const std::string worst(5000, '\xff');
  const TextList list(500, worst);
  Record r{.ts = worst,
           .ref = worst,
           .session = worst,
           .queue_id = worst,
           .message_id = worst,
           .host = worst,
           .reason = worst,
           .code = 550,
           .enhanced = worst,
           .reply = list,
           .actor = worst,
           .rule = worst,
           .policy = worst,
           .program = worst,
           .client_ip = worst,
           .client_name = worst,
           .listener = worst,
           .tls = worst,
           .helo = worst,
           .mail_from = worst,
           .rcpt = list,
           .from_domain = worst,
           .size = INT64_MIN,
           .mta_text = worst};
  r.verdict = {.rule = worst, .reason = worst, .unknown = worst};
  r.verdict.trace.assign(500, {worst, Truth::no, worst, worst});
  r.verdict.monitored.assign(500, {worst, Action::reject, worst});
  r.observed.facts.put("spf", Fields{{"term", list}});
  const auto line = to_json(r);
  EXPECT_LE(line.size(), kLongestRecord);
  EXPECT_TRUE(record_from_json(line)) << record_from_json(line).error();
}

TEST(Record, OfABriefAcceptHasNeitherFactsNorTrace) {
  auto r = sample_record();
  r.event = Event::accept;
  const auto brief = *record_from_json(to_json(r, Detail::brief));
  EXPECT_TRUE(brief.observed.facts.empty());
  EXPECT_TRUE(brief.verdict.trace.empty());
  EXPECT_EQ(*record_from_json(to_json(r, Detail::facts)), r);
  r.event = Event::would_reject;
  EXPECT_EQ(*record_from_json(to_json(r, Detail::brief)), r);
}

TEST(Record, NamesTheExceptionsThatChangedSomething) {
  auto r = sample_record();
  r.verdict.trace.push_back({"dnsbl", Truth::yes, "", "alumni"});
  EXPECT_THAT(ordered_json::parse(to_json(r)).at("exceptions"), ElementsAre("alumni"));
}

TEST(EventOf, AVerdictIsWhatItDid) {
  EXPECT_EQ(event_of({.action = Action::reject}), Event::reject);
  EXPECT_EQ(event_of({.action = Action::defer}), Event::defer);
  EXPECT_EQ(event_of({.action = Action::accept}), Event::accept);
  EXPECT_EQ(event_of({.action = Action::pass}), Event::accept);
}

TEST(EventOf, AMonitoredRuleWouldHave) {
  EXPECT_EQ(event_of({.monitored = {{"a", Action::reject, "x"}}}), Event::would_reject);
  EXPECT_EQ(event_of({.action = Action::accept, .monitored = {{"a", Action::defer, "x"}}}),
            Event::would_defer);
  EXPECT_EQ(event_of({.monitored = {{"a", Action::accept, ""}, {"b", Action::reject, "x"}}}), Event::accept);
  EXPECT_EQ(event_of({.action = Action::reject, .monitored = {{"a", Action::defer, "x"}}}), Event::reject);
}

}  // namespace
}  // namespace policy
