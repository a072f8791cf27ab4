#include "policy/derive_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/decide.h"
#include "world.h"

namespace policy {
namespace {

using testing::ElementsAre;

Policy with(std::vector<List> lists) {
  Policy policy;
  policy.lists = std::move(lists);
  return policy;
}

FactSet facts(const Policy& policy, std::vector<ListAsked> answers) {
  Observed observed;
  observed.lists = std::move(answers);
  return derived(policy, std::move(observed));
}

const InPart& part(const FactSet& facts, std::string_view path) {
  return std::get<InPart>(*facts.value(path));
}
const TextList& list(const FactSet& facts, std::string_view path) {
  return std::get<TextList>(*facts.value(path));
}

const List zen = blocklist("zen"), bl = blocklist("bl", 3), wl = allowlist("wl"), wl2 = allowlist("wl2");

TEST(DeriveLists, WithoutListsAllIsKnown) {
  const auto known = facts(Policy{}, {});
  EXPECT_THAT(list(known, "dnsbl.listed"), ElementsAre());
  EXPECT_EQ(std::get<std::int64_t>(*known.value("dnsbl_from.weight")), 0);
}

TEST(DeriveLists, BeforeAnyAnswerNothingIsSaid) { EXPECT_FALSE(facts(with({zen}), {}).has("dnsbl")); }

TEST(DeriveLists, AListingWeighsWhatThePolicySays) {
  const auto known = facts(with({zen, bl}), {asked(zen, {"127.0.0.2"}), asked(bl, {"127.0.0.2"})});
  EXPECT_THAT(list(known, "dnsbl.listed"), ElementsAre("zen", "bl"));
  EXPECT_EQ(std::get<std::int64_t>(*known.value("dnsbl.weight")), 7);
  EXPECT_EQ(known.text("dnsbl.subject"), "192.0.2.1");
}

TEST(DeriveLists, AListThatWasNotAskedYetIsOpen) {
  const auto known = facts(with({zen, bl}), {asked(zen, {"127.0.0.2"})});
  EXPECT_THAT(part(known, "dnsbl.listed").has, ElementsAre("zen"));
  EXPECT_THAT(part(known, "dnsbl.listed").unasked, ElementsAre("bl"));
  EXPECT_EQ(part(known, "dnsbl.weight").at_least, 4);
  EXPECT_EQ(part(known, "dnsbl.weight").at_most, 7);
  EXPECT_TRUE(is_known(*known.value("dnsbl.allowed"))) << "no allow list is open";
}

// Whatever keeps an answer from counting leaves open what it would have said.
TEST(DeriveLists, EveryTroubleOfAListLeavesItOpen) {
  for (const auto& trouble : {silent(wl), doubted(wl), asked(wl, {"127.255.255.254"}),
                              asked(wl, {"192.0.2.7"}), asked(wl, {"127.0.0.99"})}) {
    const auto known = facts(with({wl, wl2}), {trouble, asked(wl2, {"127.0.0.2"})});
    const auto& allowed = part(known, "dnsbl.allowed");
    EXPECT_THAT(allowed.has, ElementsAre("wl2"));
    EXPECT_THAT(allowed.may, ElementsAre("wl"));
    EXPECT_TRUE(is_known(*known.value("dnsbl.weight")));
    EXPECT_THAT(list(known, "dnsbl.problems"), ElementsAre(testing::StartsWith("wl: ")));
  }
}

TEST(DeriveLists, AnUndocumentedCodeBesideADocumentedOneLeavesOnlyTheRestOpen) {
  const auto known = facts(with({bl}), {asked(bl, {"127.0.0.2", "127.0.0.9"})});
  EXPECT_THAT(list(known, "dnsbl.listed"), ElementsAre("bl"));
  EXPECT_EQ(std::get<std::int64_t>(*known.value("dnsbl.weight")), 3) << "bl has no more to give";
}

TEST(DeriveLists, AListOfCodesThatCountsNothingIsNotOpen) {
  const auto known = facts(with({blocklist("quiet", 0)}), {silent(blocklist("quiet", 0))});
  EXPECT_TRUE(is_known(*known.value("dnsbl.listed")));
  EXPECT_TRUE(is_known(*known.value("dnsbl.weight")));
  EXPECT_FALSE(is_known(*known.value("dnsbl.codes")));
}

TEST(DeriveLists, WhatTheOperatorSwitchedOffIsNotOpen) {
  auto off = zen;
  off.force = Force::off;
  EXPECT_THAT(list(facts(with({off}), {}), "dnsbl.listed"), ElementsAre());
}

TEST(DeriveLists, WhatTheOperatorBelievesAndNobodyAskedIsOpen) {
  auto on = zen;
  on.force = Force::on;
  EXPECT_FALSE(facts(with({on}), {doubted(zen)}).has("dnsbl"));
  auto nothing_to_ask = doubted(zen);  // a list of client names, and no answer about the name
  nothing_to_ask.forced = true;
  EXPECT_EQ(part(facts(with({on}), {nothing_to_ask}), "dnsbl.listed").may, TextList{"zen"});
}

TEST(DeriveLists, WhatTheOperatorNoLongerBelievesIsOpenForNobodyLookedAtItsTestPoints) {
  auto then = asked(zen, {"127.0.0.2"});
  then.forced = true;
  EXPECT_FALSE(facts(with({zen}), {then}).has("dnsbl"));
  auto on = zen;
  on.force = Force::on;
  EXPECT_THAT(list(facts(with({on}), {then}), "dnsbl.listed"), ElementsAre("zen"));
}

TEST(DeriveLists, AListIsKnownByWhatItIsNotByItsId) {
  auto renamed = zen;
  renamed.id = "spamhaus";
  EXPECT_THAT(list(facts(with({renamed}), {asked(zen, {"127.0.0.2"})}), "dnsbl.listed"),
              ElementsAre("spamhaus"));
  auto moved = zen;
  moved.zone = "other.example";
  EXPECT_FALSE(facts(with({moved}), {asked(zen, {"127.0.0.2"})}).has("dnsbl"));
}

TEST(DeriveLists, OnlyListsThatWereAllGivenUpAreGivenUp) {
  auto dead = silent(zen), also = silent(bl);
  dead.given_up = true;
  EXPECT_FALSE(part(facts(with({zen, bl}), {dead, also}), "dnsbl.listed").why.given_up);
  also.given_up = true;
  EXPECT_TRUE(part(facts(with({zen, bl}), {dead, also}), "dnsbl.listed").why.given_up);
}

TEST(DeriveLists, ADoubtIsOfItsListWhateverAnotherHasSaid) {
  auto dead = silent(zen);
  dead.given_up = true;
  Rule rule{.id = "dead",
            .when = {{.path = "dnsbl.listed", .check = "dnsbl", .test = OneOf{{"zen"}}, .lists = {"zen"}}},
            .action = Action::reject,
            .reason = "dnsbl-listed",
            .if_unknown = IfUnknown::defer};
  auto policy = with({zen, bl});
  policy.rules = {rule};
  for (const auto& all : {std::vector{dead}, std::vector{dead, silent(bl)}, std::vector{dead, asked(bl, {})}})
    EXPECT_EQ(std::get<Verdict>(decide(policy, facts(policy, all), Stage::rcpt)).action, Action::pass);
}

TEST(DeriveLists, TheClientsOwnExcessIsNotHiddenByAnothersTrouble) {
  auto his = silent(bl);
  his.owner = Owner::client;
  EXPECT_EQ(part(facts(with({zen, bl}), {silent(zen), his}), "dnsbl.weight").why.owner, Owner::client);
}

TEST(DeriveLists, ListsOfFromDomainsHaveAGroupOfTheirOwn) {
  auto from = zen;
  from.of = ListOf::from_domain;
  const auto known = facts(with({from, bl}), {asked(bl, {})});
  EXPECT_TRUE(is_known(*known.value("dnsbl.listed")));
  EXPECT_FALSE(known.has("dnsbl_from"));
}

TEST(ZoneHash, TellsZonesAndHostsApart) {
  EXPECT_EQ(zone_hash("Zen.Example.", kHost), zone_hash("zen.example", kHost));
  EXPECT_NE(zone_hash("zen.example", kHost), zone_hash("bl.example", kHost));
  EXPECT_NE(zone_hash("zen.example", kHost), zone_hash("zen.example", Host{"mx2.example.net"}));
}

}  // namespace
}  // namespace policy
