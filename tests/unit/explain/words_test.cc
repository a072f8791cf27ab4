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
  auto facts = with(clean_facts(), "client.name", policy::Unavailable{"PTR: SERVFAIL"});
  facts.put("spf", policy::Unavailable{"time budget"});
  EXPECT_EQ(value_text(facts, "client.name"), "unknown (PTR: SERVFAIL)");
  EXPECT_EQ(value_text(facts, "spf.result"), "unknown (time budget)");
  EXPECT_EQ(value_text(facts, "helo.name"), "not asked");
  EXPECT_EQ(value_text(facts, "dnsbl.listed"), "(none)");
  EXPECT_EQ(value_text(with(facts, "helo.name", ""), "helo.name"), "\"\"");
}

}  // namespace
}  // namespace milter
