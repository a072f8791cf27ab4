#include <gmock/gmock.h>

#include <fstream>

#include "policy/record/read.h"
#include "policy/record/record.h"
#include "policy/record/write.h"
#include "tests/unit/record/records.h"

namespace policy {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view line) {
  const auto record = record_from_json(line);
  return record ? "" : record.error();
}

TEST(RecordReading, IgnoresKeysItDoesNotKnow) {
  const auto r = record_from_json(
      R"({"v":1,"new":{"a":[1,{"b":null}],"c":"\u00e9"},"event":"accept","other":-1.5e3,"ref":"R","facts":{}})");
  ASSERT_TRUE(r) << r.error();
  EXPECT_EQ(r->ref, "R");
}

TEST(RecordReading, TakesKeysInAnyOrderAndAnySpacing) {
  const auto r =
      record_from_json(" { \"event\" : \"defer\" ,\t\"v\": 1 , \"reply\" : [ \"a\" , \"b\" ] } \r\n");
  ASSERT_TRUE(r) << r.error();
  EXPECT_EQ(r->event, Event::defer);
  EXPECT_EQ(r->reply, (TextList{"a", "b"}));
}

TEST(RecordReading, SaysWhatIsWrongWithALine) {
  EXPECT_THAT(error_of(""), HasSubstr("no JSON"));
  EXPECT_THAT(error_of("not json"), HasSubstr("not the type of value"));
  EXPECT_THAT(error_of(R"({"event":"accept"})"), HasSubstr("no \"v\""));
  EXPECT_THAT(error_of(R"({"v":1})"), HasSubstr("no \"event\""));
  EXPECT_THAT(error_of(R"({"v":3,"event":"accept"})"), HasSubstr("version 3, expected 1 to 2"));
  EXPECT_THAT(error_of(R"({"v":0,"event":"accept"})"), HasSubstr("version 0"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"bounce"})"), HasSubstr("unknown event \"bounce\""));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept","stage":"lunch"})"), HasSubstr("unknown stage \"lunch\""));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept"}{})"), HasSubstr("more after the record"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept","helo":"open)"),
              HasSubstr("string is opened, but never closed"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept","size":1.5})"),
              HasSubstr("column 32: not the type of value"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept","helo":"\x"})"), HasSubstr("parsing a string"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept","helo":"\u12"})"), HasSubstr("parsing a string"));
  EXPECT_THAT(error_of(R"({"v":1,"event":"accept",})"), HasSubstr("column 25"));
}

TEST(RecordReading, SurvivesALineCutAnywhere) {
  const auto line = to_json(sample_record());
  for (std::size_t length = 0; length < line.size(); ++length)
    EXPECT_FALSE(record_from_json(line.substr(0, length))) << length;
}

TEST(RecordReading, SurvivesAnyChangedByte) {
  const auto line = to_json(sample_record());
  std::mt19937 random(550);
  std::size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto changed = line;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    read += record_from_json(changed) ? 1U : 0U;
  }
  EXPECT_GT(read, 0U);
  EXPECT_LT(read, 20'000U);
}

// Depth must not cost stack.
TEST(RecordReading, PassesOverWhatIsNestedDeeply) {
  constexpr std::size_t kDepth = 30'000;
  const auto nested = R"({"v":1,"event":"accept","x":)" + std::string(kDepth, '[');
  EXPECT_EQ(error_of(nested + std::string(kDepth, ']') + "}"), "");
  EXPECT_NE(error_of(nested), "");
  EXPECT_NE(error_of(R"({"v":1,"event":"accept","facts":)" + std::string(kDepth, '[')), "");
}

TEST(RecordReading, ReadsEscapesAsJsonDefinesThem) {
  const auto r =
      record_from_json(R"({"v":1,"event":"accept","helo":"\"\\\/\b\f\n\r\t\u0041\u00e9\u2028\ud83d\ude00"})");
  ASSERT_TRUE(r) << r.error();
  EXPECT_EQ(r->helo, "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80");
}

TEST(RecordReading, RefusesALoneSurrogateWhichNoRecordHas) {
  EXPECT_NE(error_of(R"({"v":1,"event":"accept","helo":"\ud83dx"})"), "");
}

// A log that was written once can be replayed for ever.
TEST(RecordReading, ReadsTheLinesOfEachRelease) {
  std::ifstream log(TEST_SOURCE_DIR "/tests/replay/v1.jsonl");
  std::size_t read = 0;
  for (std::string line; std::getline(log, line); ++read) {
    const auto record = record_from_json(line);
    ASSERT_TRUE(record) << record.error() << "\n" << line;
    EXPECT_EQ(record->v, 1);
    // Written again it is of version 2, which says what the old one did not observe.
    auto again = record_from_json(to_json(*record));
    ASSERT_TRUE(again) << again.error();
    EXPECT_TRUE(has_dropped(*again, "observed"));
    again->v = 1;
    again->dropped = record->dropped;
    again->truncated = record->truncated;
    EXPECT_EQ(*again, *record) << line;
  }
  EXPECT_EQ(read, 5U);
}

// Another program's lines, or a hand's: none of it may be taken for an answer.
TEST(RecordReading, TakesANullForAbsentUnlessAnotherKeySaysWhy) {
  const auto r = record_from_json(
      R"({"v":2,"event":"accept","in_part":[{"fact":"b.y","has":["p"],"open":["q"]},{"open":["x"]}],)"
      R"("facts":{"a":{"x":null},"b":{"y":null,"z":1},"c":null},"unavailable":[{"fact":"b.z","why":null}]})");
  ASSERT_TRUE(r) << r.error();
  const auto& facts = r->observed.facts;
  EXPECT_EQ(facts.value("a.x"), nullptr);
  EXPECT_FALSE(facts.why_unknown("c.x"));
  EXPECT_EQ(*facts.value("b.y"), Value((InPart{.of = InPart::Of::list, .has = {"p"}, .may = {"q"}})));
  EXPECT_EQ(*facts.value("b.z"), Value(std::int64_t{1}));
}

}  // namespace
}  // namespace policy
