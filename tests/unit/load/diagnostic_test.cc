#include "policy/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(DiagnosticText, ColoursOnlyWhenAsked) {
  EXPECT_THAT(shown(wrong_at(1, 1), "one"), testing::Not(testing::HasSubstr("\033")));
  EXPECT_THAT(to_text(wrong_at(1, 1), "one", Colour::always), testing::HasSubstr("\033[1;31merror:\033[0m"));
}

}  // namespace
}  // namespace policy
