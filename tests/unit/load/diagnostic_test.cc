#include "policy/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace policy {
namespace {

Diagnostic wrong_at(int line, int column) {
  return {Severity::error, {"f.yaml", line, column}, "expected a, read b", "a"};
}

std::string shown(const Diagnostic& diagnostic, std::string_view source) {
  return to_text(diagnostic, source, Colour::never);
}

TEST(DiagnosticText, ShowsTheLineWithACaret) {
  EXPECT_EQ(shown(wrong_at(2, 3), "one\ntwo three\nfour\n"),
            "f.yaml:2:3: error: expected a, read b; did you mean a?\n"
            "    2 | two three\n"
            "      |   ^");
}

TEST(DiagnosticText, BeginsAsItDoesWithoutTheSource) {
  EXPECT_TRUE(shown(wrong_at(1, 1), "one\n").starts_with(to_text(wrong_at(1, 1)) + "\n"));
}

TEST(DiagnosticText, IsJustTheMessageWhereTheSourceHasNoSuchLine) {
  for (const auto* source : {"", "one", "one\n"})
    EXPECT_EQ(shown(wrong_at(2, 1), source), to_text(wrong_at(2, 1)));
  EXPECT_EQ(shown(wrong_at(0, 0), "one\n"), to_text(wrong_at(0, 0)));
}

TEST(DiagnosticText, CountsLettersNotOctets) {
  EXPECT_THAT(shown(wrong_at(1, 8), "müßig x\n"), testing::EndsWith("\n      |      ^"));
}

TEST(DiagnosticText, KeepsTheCaretUnderATabbedLine) {
  EXPECT_THAT(shown(wrong_at(1, 3), "\t\tx\n"), testing::EndsWith("\n    1 |   x\n      |   ^"));
}

TEST(DiagnosticText, ShowsAHundredOctetsOfALongLineAndNoMore) {
  EXPECT_THAT(shown(wrong_at(1, 1), std::string(100, 'x')),
              testing::HasSubstr("| " + std::string(100, 'x') + "\n"));
  EXPECT_THAT(shown(wrong_at(1, 1), std::string(101, 'x')),
              testing::HasSubstr("| " + std::string(100, 'x') + "\n"));
}

TEST(DiagnosticText, ShowsSixtyOctetsBeforeThePlaceAndNoMore) {
  const auto caret = "|" + std::string(61, ' ') + "^";
  EXPECT_THAT(shown(wrong_at(1, 61), std::string(99, 'x')), testing::EndsWith(caret));
  EXPECT_THAT(shown(wrong_at(1, 62), std::string(99, 'x')), testing::EndsWith(caret));
}

TEST(DiagnosticText, SendsNoControlsToTheTerminal) {
  EXPECT_THAT(shown(wrong_at(1, 1), "a\033[2Jb\r\n"), testing::Not(testing::HasSubstr("\033")));
}

TEST(DiagnosticText, HidesTheKeyInAZone) {
  const auto text = shown(wrong_at(1, 1), "- {id: dqs, zone: \"secretkey.zen.dq.example\", of: helo}\n");
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("secretkey")));
  EXPECT_THAT(text, testing::HasSubstr(", of: helo}"));
  EXPECT_THAT(shown(wrong_at(1, 1), "zone: {a.example: {A: []}}"), testing::HasSubstr("a.example"));
}

// However the key is spelt, and whatever the style: nothing of a line below `lists:` is shown.
class BelowLists : public testing::TestWithParam<const char*> {};
TEST_P(BelowLists, NothingIsShown) {
  const std::string source = GetParam();
  const auto at = source.find("SECRET");
  const auto line = 1 + static_cast<int>(std::count(source.begin(),
                                                    source.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  const auto text = shown(wrong_at(line, 1), source);
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("SECRET")));
  EXPECT_THAT(text, testing::HasSubstr("***"));
}
INSTANTIATE_TEST_SUITE_P(
    Spellings, BelowLists,
    testing::Values("lists:\n  - id: dqs\n    zome: SECRET.dq.example\n",
                    "lists:\n- Zone: SECRET.dq.example\n", "lists:\n- {id: x,\nzones: SECRET.dq.example}\n",
                    "lists:\n  - \"zone\": \"SECRET.dq.example\"\n", "lists:\n  - zone : SECRET.dq.example\n",
                    "lists:\n  - zone SECRET.dq.example\n",
                    "{\"version\": 1, \"lists\": [{\"zone\": \"SECRET\"}]}",
                    "'lists' : [\n{zome: SECRET}\n]\n",
                    "{\n  \"lists\": [\n    {\n      \"zo\": \"SECRET\"\n", "lists:\n  # SECRET.dq.example\n",
                    "lists:\n  - lookup: https://SECRET.example/{client.ip}\n",
                    "x: &key SECRET.dq.example\nlists:\n  - zone: *key\n",
                    "lists:\n  - id: a\n\n# and\n  - id: SECRET\n"));

TEST(DiagnosticText, ShowsAgainWhatStandsBelowTheLists) {
  for (const auto* source :
       {"lists:\n  - {id: a}\nrules:\n  - visible\n", "lists:\n- id: a\nrules: visible\n",
        "rules: visible\nlists: []\n", "lists: [\n{id: a}\n]\nrules: visible\n",
        "# lists: none\nrules: visible\n", "my_lists: 1\nrules: visible\n"}) {
    const std::string text = source;
    const auto at = text.find("visible");
    const auto line =
        1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    EXPECT_THAT(shown(wrong_at(line, 1), source), testing::HasSubstr("visible")) << source;
  }
}

TEST(DiagnosticText, AMessageAboutAListNamesNoHost) {
  const Diagnostic diagnostic{
      Severity::error, {"f", 2, 1}, "expected a mapping, read zone SECRET.dq.example; 127.0.0.2", ""};
  const auto text = to_text(diagnostic, "lists:\n  - zone SECRET.dq.example\n", Colour::never);
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("SECRET")));
  EXPECT_THAT(text, testing::HasSubstr("expected a mapping, read zone *****************; 127.0.0.2"));
}

TEST(DiagnosticText, ColoursOnlyWhenAsked) {
  EXPECT_THAT(shown(wrong_at(1, 1), "one"), testing::Not(testing::HasSubstr("\033")));
  EXPECT_THAT(to_text(wrong_at(1, 1), "one", Colour::always), testing::HasSubstr("\033[1;31merror:\033[0m"));
}

}  // namespace
}  // namespace policy
