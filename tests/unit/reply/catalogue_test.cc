#include "policy/load/catalogue.h"

#include <gmock/gmock.h>

#include <set>

#include "policy/load/policy.h"
#include "policy/reply/check.h"
#include "tests/unit/reply/all_facts.h"

namespace policy {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Catalogue& shipped() { return shipped_catalogue(all_facts()); }

Loaded<Catalogue> load(std::string_view text) { return load_catalogue({text, "my.yaml"}, all_facts()); }

std::vector<std::string> errors_of(std::string_view text) {
  std::vector<std::string> out;
  const auto loaded = load(text);
  for (const auto& d : loaded.diagnostics) out.push_back(to_text(d));
  EXPECT_EQ(loaded.value.has_value(), out.empty());
  return out;
}

TEST(ShippedCatalogue, MentionsOnlyFactsThatExist) {
  for (const auto& [id, entry] : shipped())
    for (const auto& problem : check_text(entry, all_facts(), SchemaHas::all))
      ADD_FAILURE() << id << ": " << problem.what;
}

TEST(ShippedCatalogue, EachEntryIsWhole) {
  for (const auto& [id, entry] : shipped()) {
    SCOPED_TRACE(id);
    EXPECT_FALSE(entry.category.empty());
    EXPECT_EQ(entry.text.size() >= 2, true);
    EXPECT_THAT(entry.text.back(), "[[See {help}/{reason} ]]ref={ref}");
    EXPECT_THAT(entry.help, HasSubstr("## What happened"));
    EXPECT_THAT(entry.help, HasSubstr("## If you sent the message"));
    EXPECT_THAT(entry.help, HasSubstr("## If you run the mail server"));
    EXPECT_THAT(entry.help, HasSubstr("## Another way"));
    EXPECT_LE(id.size(), kLongestReason);
  }
}

// People search for the first words, and tell refusals apart by them.
TEST(ShippedCatalogue, NoTwoReasonsSayTheSame) {
  std::set<std::string> seen;
  for (const auto& [id, entry] : shipped()) EXPECT_TRUE(seen.insert(entry.text.front()).second) << id;
}

TEST(ShippedCatalogue, TroubleOfOursAndOfDnsIsTemporary) {
  for (const auto& [id, entry] : shipped())
    EXPECT_TRUE(entry.code < 500 || (entry.category != "system" && !id.ends_with("temperror"))) << id;
  for (const auto* id : {"filter-error", "dns-failure", "directory-failure", "config-error", "spf-temperror",
                         "dkim-temperror", "dmarc-temperror", "mailbox-full", "recipients-split"})
    EXPECT_LT(shipped().at(id).code, 500) << id;
}

TEST(ShippedCatalogue, KnowsTheKindOfEachFactItMentions) {
  EXPECT_EQ(shipped().at("relay-denied").kinds.at("recipient.domain"), Kind::domain);
  EXPECT_EQ(shipped().at("relay-denied").kinds.at("client.ip"), Kind::address);
}

TEST(LoadCatalogue, OverridesKeyByKey) {
  const auto loaded =
      load("version: 1\nreplies:\n  relay-denied: {text: ['Relaying denied: no.', 'ref={ref}']}\n");
  ASSERT_TRUE(loaded.value);
  EXPECT_THAT(loaded.value->at("relay-denied").text, ElementsAre("Relaying denied: no.", "ref={ref}"));
  EXPECT_EQ(loaded.value->at("relay-denied").help, shipped().at("relay-denied").help);
  EXPECT_EQ(loaded.value->at("relay-denied").at, (Place{"my.yaml", 3, 3}));
  EXPECT_EQ(loaded.value->size(), shipped().size());
}

TEST(LoadCatalogue, IsTheShippedOneWithoutAnOverride) {
  for (const auto* text : {"", "# nothing\n"}) {
    const auto loaded = load(text);
    ASSERT_TRUE(loaded.value);
    EXPECT_EQ(loaded.value->size(), shipped().size());
  }
}

TEST(LoadCatalogue, TakesReasonsOfOnesOwnThatAreWhole) {
  const auto loaded = load(
      "version: 1\nreplies:\n  no-crypto: {code: 550, enhanced: 5.7.1, text: ['No. ref={ref}'], fallback: "
      "'No.'}\n");
  ASSERT_TRUE(loaded.value);
  EXPECT_EQ(loaded.value->at("no-crypto").code, 550);
}

TEST(LoadCatalogue, NamesTheNearestReason) {
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  relay-denid: {code: 551}\n"),
              ElementsAre(HasSubstr("my.yaml:3:3: error: unknown reason \"relay-denid\"")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  relay-denid: {code: 551}\n"),
              ElementsAre(HasSubstr("did you mean relay-denied?")));
}

TEST(LoadCatalogue, NamesTheNearestPlaceholderAtItsPlace) {
  EXPECT_THAT(
      errors_of("version: 1\nreplies:\n  spf-fail:\n    text:\n      - SPF fail {spf.domian}.\n      - "
                "ref={ref}\n"),
      ElementsAre("my.yaml:5:18: error: unknown placeholder {spf.domian}; did you mean {spf.domain}?"));
}

TEST(LoadCatalogue, RefusesCodesThatDoNotSuitEachOther) {
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {code: 451}\n"),
              ElementsAre(HasSubstr("enhanced code \"5.7.23\" with code 451")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {temporary: 550 5.7.1}\n"),
              ElementsAre(HasSubstr("my.yaml:3:14: error: \"550 5.7.1\"; expected a 4xx code")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {temporary: later}\n"),
              Contains(HasSubstr("as 451 4.7.1")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {code: 250}\n"), Contains(HasSubstr("250")));
}

TEST(LoadCatalogue, KeepsTroubleOfOursTemporary) {
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  dns-failure: {code: 550, enhanced: 5.4.3}\n"),
              ElementsAre(HasSubstr("expected 4xx: dns-failure is trouble of ours or of DNS")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  mailbox-full: {code: 552, enhanced: 5.2.2}\n"), IsEmpty());
}

std::vector<std::string> errors_of_text(const std::vector<std::string>& lines) {
  std::string text = "version: 1\nreplies:\n  spf-fail:\n    text:\n";
  for (const auto& line : lines) text += "      - '" + line + "'\n";
  return errors_of(text);
}

TEST(LoadCatalogue, RefusesALineThatMayBeTooLong) {
  // With its codes 11 octets, a domain at its floor 33, the space before it 1.
  const std::string fits(kLongestReplyLine - 11 - 34, 'x');
  EXPECT_THAT(errors_of_text({fits + " {spf.domain}", "ref={ref}"}), IsEmpty());
  EXPECT_THAT(errors_of_text({fits + "x {spf.domain}", "ref={ref}"}),
              ElementsAre(HasSubstr("the line may have 201 octets with its codes; expected at most 200")));
}

TEST(LoadCatalogue, RefusesTooManyLines) {
  EXPECT_THAT(errors_of_text({"a", "b", "c", "ref={ref}"}), IsEmpty());
  EXPECT_THAT(errors_of_text({"a", "b", "c", "d", "ref={ref}"}),
              ElementsAre(HasSubstr("5 lines; expected 1 to 4")));
}

TEST(LoadCatalogue, RefusesATextWithoutItsReference) {
  for (const auto& text : std::vector<std::vector<std::string>>{
           {"no"}, {"ref={ref}", "after"}, {"a ref=X", "ref={ref}"}, {"ref={ref} ref={ref}"}, {"ref=x"}})
    EXPECT_THAT(errors_of_text(text), ElementsAre(HasSubstr("expected ref={ref} once, in the last line")));
  EXPECT_THAT(errors_of_text({"a[[ {help} ref={ref}]]"}), ElementsAre(HasSubstr("outside of [[...]]")));
}

TEST(LoadCatalogue, RefusesALineThatBeginsWithAValue) {
  EXPECT_THAT(errors_of_text({"{spf.domain} failed", "ref={ref}"}),
              ElementsAre(HasSubstr("begin with words")));
  EXPECT_THAT(errors_of_text({"[[x {spf.term}]]{spf.domain}", "ref={ref}"}),
              ElementsAre(HasSubstr("begin with words")));
}

TEST(LoadCatalogue, RefusesWhatIsNotWellFormedAtItsPlace) {
  EXPECT_THAT(errors_of_text({"SPF [[fail", "ref={ref}"}), ElementsAre("my.yaml:5:14: error: [[ without ]]"));
  EXPECT_THAT(errors_of_text({"caf\xC3\xA9", "ref={ref}"}), ElementsAre(HasSubstr("printable ASCII")));
}

TEST(LoadCatalogue, RefusesAFallbackWithPlaceholders) {
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {fallback: 'No {client.ip}'}\n"),
              ElementsAre(HasSubstr("words only")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {fallback: 'ref=1'}\n"),
              ElementsAre(HasSubstr("words only")));
}

TEST(LoadCatalogue, RefusesUnknownKeysWordsAndFacts) {
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {txt: [a]}\n"),
              ElementsAre(HasSubstr("did you mean text?")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {actor: sendr}\n"),
              ElementsAre(HasSubstr("sender")));
  EXPECT_THAT(errors_of("version: 1\nreplies:\n  spf-fail: {sample: {spf: {resutl: fail}}}\n"),
              ElementsAre(HasSubstr("did you mean spf.result?")));
  EXPECT_THAT(errors_of("version: 2\nreplies: {}\n"), Contains(HasSubstr("my.yaml:1:")));
  EXPECT_THAT(errors_of("version: 1\nreplies: [a]\n"), Contains(HasSubstr("my.yaml:2:")));
}

}  // namespace
}  // namespace policy
