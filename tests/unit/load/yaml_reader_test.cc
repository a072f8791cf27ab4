#include "policy/load/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<std::string_view, 6> kKeys{"name", "count", "on", "words", "mode", "inner"};
constexpr std::array<std::string_view, 2> kModes{"monitor", "enforce"};

// One file read as a mapping of kKeys.
struct Reading {
  explicit Reading(std::string_view text) : root(parse_yaml({text, "f.yaml"}, findings)) {
    if (root) mapping.emplace(*root, "the file", kKeys, findings);
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> out;
    for (const auto& diagnostic : findings.by_place()) out.push_back(to_text(diagnostic));
    return out;
  }
  Findings findings{"f.yaml"};
  std::optional<YamlValue> root;
  std::optional<YamlMapping> mapping;
};

TEST(YamlReader, ReadsWhatIsThere) {
  const Reading r("name: a\ncount: 8\non: true\nwords: [x, y]\nmode: monitor\n");
  EXPECT_EQ(r.mapping->text("name"), "a");
  EXPECT_EQ(r.mapping->number("count"), 8);
  EXPECT_EQ(r.mapping->flag("on"), true);
  EXPECT_THAT(r.mapping->texts("words", "words"), ElementsAre("x", "y"));
  EXPECT_EQ(r.mapping->word("mode", kModes), "monitor");
  EXPECT_THAT(r.messages(), IsEmpty());
}

TEST(YamlReader, NamesTheNearestOfTheKnownKeys) {
  EXPECT_THAT(
      Reading("name: a\ncuont: 8\n").messages(),
      ElementsAre("f.yaml:2:1: error: the file: unknown key \"cuont\", expected name, count, on, words, "
                  "mode or inner; did you mean count?"));
}

TEST(YamlReader, FindsARepeatedKey) {
  EXPECT_THAT(Reading("name: a\nname: b\n").messages(),
              ElementsAre("f.yaml:2:1: error: the file: key \"name\" is given twice"));
}

TEST(YamlReader, FindsEverythingInOneRun) {
  const Reading r("name: [a]\ncount: many\non: yes\nwords: 8\nmode: monitr\n");
  r.mapping->text("name");
  r.mapping->number("count", {1, 9});
  r.mapping->flag("on");
  r.mapping->texts("words", "domains");
  r.mapping->word("mode", kModes);
  EXPECT_THAT(
      r.messages(),
      ElementsAre("f.yaml:1:7: error: expected a text for name, read a list",
                  "f.yaml:2:8: error: expected a whole number from 1 to 9 for count, read the text \"many\"",
                  "f.yaml:3:5: error: expected true or false, read the text \"yes\"; did you mean true?",
                  "f.yaml:4:8: error: expected a list of domains, read the number 8",
                  "f.yaml:5:7: error: expected monitor or enforce, read the text \"monitr\"; did you mean "
                  "monitor?"));
}

TEST(YamlReader, NumbersHaveBoundsAtBothEnds) {
  const Reading r("count: 9\n");
  EXPECT_EQ(r.mapping->number("count", {9, 9}), 9);
  EXPECT_EQ(r.mapping->number("count", {10, 20}), std::nullopt);
  EXPECT_EQ(r.mapping->number("count", {0, 8}), std::nullopt);
  EXPECT_EQ(r.findings.by_place().size(), 2U);
}

TEST(YamlReader, AQuotedNumberIsAText) {
  const Reading r("count: \"8\"\n");
  EXPECT_EQ(r.mapping->number("count"), std::nullopt);
  EXPECT_EQ(r.messages().size(), 1U);
}

TEST(YamlReader, AMissingKeyIsReportedAtTheLineOfItsItem) {
  Reading r("\n\ninner:\n  - {count: 1}\n");
  for (const auto& item : r.mapping->list("inner", "items"))
    YamlMapping(item, "an item", kKeys, r.findings).require({"name", "count"});
  EXPECT_THAT(r.messages(), ElementsAre("f.yaml:4:5: error: an item: key \"name\" is missing"));
}

TEST(YamlReader, AnEmptyValueCountsAsAbsentAndStandsAtItsKey) {
  const Reading r("count: 1\nname:\n");
  EXPECT_FALSE(r.mapping->has("name"));
  EXPECT_EQ(r.mapping->text("name"), std::nullopt);
  EXPECT_EQ(r.mapping->place_of("name"), (Place{"f.yaml", 2, 1}));
  EXPECT_EQ(r.root->entries()[1].second.at(), (Place{"f.yaml", 2, 1}));
  EXPECT_THAT(r.messages(), IsEmpty());
}

TEST(YamlReader, AnEmptyFileIsAnEmptyMapping) {
  const Reading r("# nothing yet\n");
  ASSERT_TRUE(r.mapping);
  EXPECT_FALSE(r.mapping->require({"name"}));
  EXPECT_THAT(r.messages(), ElementsAre("f.yaml:1:1: error: the file: key \"name\" is missing"));
}

TEST(YamlReader, WhatIsNoMappingSaysSo) {
  EXPECT_THAT(Reading("- a\n").messages(),
              ElementsAre("f.yaml:1:1: error: the file: expected a mapping, read a list"));
}

TEST(YamlReader, WhatIsNotYamlHasAPlace) {
  const Reading r("name: a\ninner: {count: 1\n");
  EXPECT_FALSE(r.root);
  ASSERT_EQ(r.messages().size(), 1U);
  EXPECT_TRUE(r.messages()[0].starts_with("f.yaml:3:1: error: this is not YAML: ")) << r.messages()[0];
}

TEST(YamlReader, ASecondDocumentIsRefused) {
  const Reading r("name: a\n---\nname: b\n");
  EXPECT_FALSE(r.root);
  EXPECT_THAT(r.messages(), ElementsAre("f.yaml:3:1: error: a second document (after ---), expected one"));
}

TEST(YamlReader, NestingPastTheParsersDepthIsAnErrorNotACrash) {
  const Reading r("name: " + std::string(20000, '[') + "\n");
  EXPECT_FALSE(r.root);
  EXPECT_EQ(r.messages().size(), 1U);
}

TEST(YamlReader, MessagesRepeatSixtyLettersOfATextAndNoMore) {
  const std::string letters(60, 'x');
  EXPECT_THAT(Reading(letters + ": 1\n").messages()[0], testing::HasSubstr('"' + letters + '"'));
  EXPECT_THAT(Reading(letters + "y: 1\n").messages()[0], testing::HasSubstr('"' + letters + "…\""));
}

TEST(Findings, ComeByPlaceAndOnce) {
  Findings findings("f");
  findings.error({"f", 2, 1}, "b");
  findings.warning({"f", 1, 5}, "a");
  findings.error({"f", 2, 1}, "b");
  ASSERT_EQ(findings.by_place().size(), 2U);
  EXPECT_EQ(findings.by_place()[0].message, "a");
  EXPECT_TRUE(findings.has_errors());
}

}  // namespace
}  // namespace policy
