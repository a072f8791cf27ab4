#include "milter/auth/spf/term.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/spf/world.h"

namespace milter {
namespace {

TEST(SpfTerm, APrefixOfNothingHoldsItsWholeFamilyOnly) {
  auto& evaluator = SpfTermEvaluator::of_this_thread();
  EXPECT_TRUE(evaluator.among(ip("203.0.113.9"), {ip("192.0.2.1")}, 0));
  EXPECT_FALSE(evaluator.among(ip("203.0.113.9"), {}, 0));
  EXPECT_FALSE(evaluator.among(ip("203.0.113.9"), {ip("2001:db8::1")}, 0));
  EXPECT_TRUE(evaluator.among_exchangers(ip("203.0.113.9"), {{}, {ip("192.0.2.1")}}, 0));
  EXPECT_FALSE(evaluator.among_exchangers(ip("203.0.113.9"), {{}, {}}, 0));
}

// libspf2 by itself lets every client of 127/8 pass.
TEST(SpfTerm, LoopbackIsNothingSpecial) {
  auto& evaluator = SpfTermEvaluator::of_this_thread();
  EXPECT_FALSE(evaluator.among(ip("127.0.0.1"), {ip("192.0.2.1")}, 24));
  EXPECT_TRUE(evaluator.among(ip("127.0.0.1"), {ip("127.0.0.9")}, 8));
  EXPECT_FALSE(evaluator.among(ip("::1"), {ip("2001:db8::1")}, 32));
}

TEST(SpfTerm, AnyAddressOfAnyHostMatches) {
  auto& evaluator = SpfTermEvaluator::of_this_thread();
  std::vector<std::vector<policy::Address>> hosts(kMostSpfHosts, {ip("198.51.100.1")});
  EXPECT_FALSE(evaluator.among_exchangers(ip("192.0.2.1"), hosts, 32));
  hosts.back().push_back(ip("192.0.2.7"));
  EXPECT_FALSE(evaluator.among_exchangers(ip("192.0.2.1"), hosts, 32));
  EXPECT_TRUE(evaluator.among_exchangers(ip("192.0.2.1"), hosts, 24));
}

TEST(SpfTerm, ManyAddressesOfOneHostAreAllCompared) {
  std::vector<policy::Address> addresses(4000, ip("198.51.100.1"));
  addresses.push_back(ip("192.0.2.1"));
  EXPECT_TRUE(SpfTermEvaluator::of_this_thread().among(ip("192.0.2.1"), addresses, 32));
}

TEST(SpfTerm, ANameCountsOnlyBelowTheTargetAndWithTheClientsAddress) {
  auto& evaluator = SpfTermEvaluator::of_this_thread();
  const auto client = ip("2001:db8::1");
  EXPECT_TRUE(evaluator.named(client, {{.below_target = true, .addresses = {client}}}));
  EXPECT_FALSE(evaluator.named(client, {{.below_target = false, .addresses = {client}}}));
  EXPECT_FALSE(evaluator.named(client, {{.below_target = true, .addresses = {ip("2001:db8::2")}}}));
  EXPECT_FALSE(evaluator.named(client, {}));
}

TEST(SpfTerm, AnyAddressMakesANameExist) {
  auto& evaluator = SpfTermEvaluator::of_this_thread();
  EXPECT_TRUE(evaluator.exists(ip("2001:db8::1"), {ip("127.0.0.2")}));
  EXPECT_FALSE(evaluator.exists(ip("2001:db8::1"), {}));
}

TEST(SpfTerm, EachThreadHasItsOwnEvaluator) {
  const auto* here = &SpfTermEvaluator::of_this_thread();
  std::thread([here] {
    EXPECT_NE(&SpfTermEvaluator::of_this_thread(), here);
    EXPECT_TRUE(SpfTermEvaluator::of_this_thread().among(ip("192.0.2.1"), {ip("192.0.2.9")}, 24));
  }).join();
}

}  // namespace
}  // namespace milter
