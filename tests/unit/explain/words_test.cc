// Conditions, values and verdicts read aloud.
#include "policy/explain/words.h"

#include <gtest/gtest.h>

#include "tests/unit/explain/world.h"

namespace milter {
namespace {

using policy::printable;

std::string aloud(policy::Test test, bool negated = false) {
  return to_text(policy::Condition{.path = "x.y", .test = std::move(test), .negated = negated});
}

TEST(Words, ConditionsAreReadAloud) {
  EXPECT_EQ(aloud(policy::IsFlag{true}), "x.y is true");
  EXPECT_EQ(aloud(policy::IsFlag{true}, true), "x.y is false");
  EXPECT_EQ(aloud(policy::OneOf{{"a", "b", ""}}), "x.y is a, b or \"\"");
  EXPECT_EQ(aloud(policy::OneOf{{"a"}}, true), "x.y is not a");
  EXPECT_EQ(aloud(policy::InNetworks{{*policy::Network::parse("192.0.2.0/24")}}, true),
            "x.y is not in 192.0.2.0/24");
  EXPECT_EQ(aloud(policy::MatchesDomains{{"*.example.net"}}), "x.y is *.example.net");
  EXPECT_EQ(aloud(policy::Compares{policy::Compares::Op::at_least, 8}), "x.y >= 8");
}

TEST(Words, ForeignOctetsAreShownAsHex) {
  EXPECT_EQ(printable("a\x1b[2J\n\xC3\xA9"), "a\\x1B[2J\\x0A\\xC3\\xA9");
}

TEST(Words, LongTextsAreCut) {
  const std::string fits(policy::kLongestShown, 'a');
  EXPECT_EQ(printable(fits), fits);
  EXPECT_EQ(printable(fits + "b"), fits + "...");
}

TEST(Words, AValueThatIsNotKnownSaysWhy) {
  auto world = with(clean(), "client.name", policy::Unavailable{"PTR: SERVFAIL"});
  world.facts.put("dnsbl", policy::Fields{{"listed", policy::TextList{}}});
  world.facts.put_none("spf", policy::Unavailable{"time budget"});
  const auto& facts = world.facts;
  EXPECT_EQ(value_text(facts, "client.name"), "unknown (PTR: SERVFAIL)");
  EXPECT_EQ(value_text(facts, "spf.result"), "unknown (time budget)");
  EXPECT_EQ(value_text(facts, "helo.name"), "not asked");
  EXPECT_EQ(value_text(facts, "dnsbl.listed"), "(none)");
  EXPECT_EQ(value_text(with(world, "helo.name", "").facts, "helo.name"), "\"\"");
}

TEST(Words, AValueThatIsKnownInPartSaysWhatItMayBe) {
  using policy::InPart;
  auto facts = with(clean(), "dnsbl.weight",
                    InPart{.of = InPart::Of::number, .at_least = 3, .at_most = 20, .why = {"psbl: time-out"}})
                   .facts;
  EXPECT_EQ(value_text(facts, "dnsbl.weight"), "3 to 20 (psbl: time-out)");
  facts.put("client", policy::Fields{{"name", policy::Unavailable{"11 names", policy::Owner::client}}});
  EXPECT_EQ(value_text(facts, "client.name"), "unknown (11 names; the client's own excess)");
  facts.put("dnsbl", policy::Fields{{"allowed", InPart{.of = InPart::Of::list,
                                                       .has = {"a"},
                                                       .may = {"b"},
                                                       .why = {"b: dead", policy::Owner::world, true},
                                                       .unasked = {"c"}}}});
  EXPECT_EQ(value_text(facts, "dnsbl.allowed"), "a, and perhaps b (b: dead; given up) (not asked: c)");
}

TEST(Words, AMonitoredAcceptRefusesNothing) {
  EXPECT_EQ(to_text(policy::Verdict{.monitored = {{"friends", policy::Action::accept, ""}}}),
            "accepted; rule friends, monitored, would accept it");
}

TEST(Words, ADeferralBecauseOfWhatMightHaveLetItInNamesBothRules) {
  const policy::Verdict verdict{.action = policy::Action::defer,
                                .rule = "friends",
                                .reason = "dns-failure",
                                .unknown = "client.name",
                                .trace = {{"friends", policy::Truth::unknown, "client.name", ""},
                                          {"blocklist", policy::Truth::yes, "", ""}}};
  EXPECT_NE(
      policy::opened_by(verdict).find("rule blocklist would have refused it for good, but rule friends"),
      std::string::npos);
}

}  // namespace
}  // namespace milter
