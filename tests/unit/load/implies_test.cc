// Which conditions make others hold: what "rule B can never fire" rests on.
#include "policy/load/implies.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

Condition asks(policy::Test test, bool negated = false) {
  return {.path = "a.b", .test = std::move(test), .negated = negated};
}
Condition networks(std::string_view text) { return asks(InNetworks{{*Network::parse(text)}}); }
Condition compares(Compares::Op op, std::int64_t number) { return asks(Compares{op, number}); }

TEST(Implies, FewerWordsImplyMore) {
  EXPECT_TRUE(implies(asks(OneOf{{"Fail"}}), asks(OneOf{{"fail", "pass"}})));
  EXPECT_FALSE(implies(asks(OneOf{{"fail", "pass"}}), asks(OneOf{{"fail"}})));
}

TEST(Implies, NotInMoreImpliesNotInFewer) {
  EXPECT_TRUE(implies(asks(OneOf{{"fail", "pass"}}, true), asks(OneOf{{"fail"}}, true)));
  EXPECT_FALSE(implies(asks(OneOf{{"fail"}}, true), asks(OneOf{{"fail", "pass"}}, true)));
  EXPECT_FALSE(implies(asks(OneOf{{"fail"}}), asks(OneOf{{"pass"}}, true)));  // in doubt: no
}

TEST(Implies, ASmallNetworkImpliesTheLargeOneAroundIt) {
  EXPECT_TRUE(implies(networks("192.0.2.128/25"), networks("192.0.2.0/24")));
  EXPECT_FALSE(implies(networks("192.0.2.0/24"), networks("192.0.2.128/25")));
  EXPECT_FALSE(implies(networks("2001:db8::/32"), networks("0.0.0.0/0")));
}

TEST(Implies, ANameImpliesThePatternAboveIt) {
  const auto name = asks(MatchesDomains{{"a.example.net"}});
  const auto below = asks(MatchesDomains{{"*.example.net"}});
  EXPECT_TRUE(implies(name, below));
  EXPECT_TRUE(implies(asks(MatchesDomains{{"*.a.example.net"}}), below));
  EXPECT_FALSE(implies(below, name));
  EXPECT_FALSE(implies(asks(MatchesDomains{{"example.net"}}), below));
}

TEST(Implies, ComparisonsAreIntervals) {
  using Op = Compares::Op;
  EXPECT_TRUE(implies(compares(Op::at_least, 8), compares(Op::more, 7)));
  EXPECT_FALSE(implies(compares(Op::at_least, 7), compares(Op::more, 7)));
  EXPECT_TRUE(implies(compares(Op::equal, 8), compares(Op::at_most, 8)));
  EXPECT_FALSE(implies(compares(Op::less, 8), compares(Op::at_least, 0)));
  EXPECT_TRUE(implies(compares(Op::less, 8), compares(Op::at_most, 7)));
}

TEST(Implies, OtherFactsAndOtherTestsImplyNothing) {
  auto other = asks(OneOf{{"fail"}});
  other.path = "a.c";
  EXPECT_FALSE(implies(asks(OneOf{{"fail"}}), other));
  EXPECT_FALSE(implies(asks(OneOf{{"a.example"}}), asks(MatchesDomains{{"a.example"}})));
  EXPECT_FALSE(implies(asks(IsFlag{true}), asks(IsFlag{false})));
}

TEST(Implies, MoreConditionsImplyFewerAndAnythingImpliesNone) {
  auto other = asks(IsFlag{true});
  other.path = "a.c";
  EXPECT_TRUE(implies(std::vector{asks(IsFlag{true}), other}, std::vector{other}));
  EXPECT_FALSE(implies(std::vector{other}, std::vector{asks(IsFlag{true}), other}));
  EXPECT_TRUE(implies(std::vector<Condition>{}, std::vector<Condition>{}));
}

}  // namespace
}  // namespace policy
