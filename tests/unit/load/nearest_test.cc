#include "policy/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace policy {
namespace {

const std::vector<std::string> kKnown{"relay-denied", "recipient-unknown", "spf-fail", "at", "dnsbl-listed"};

TEST(Nearest, FindsTheWordThatOneSlipAway) {
  EXPECT_EQ(nearest("relay-deneid", kKnown), "relay-denied");
  EXPECT_EQ(nearest("spf-fial", kKnown), "spf-fail");
  EXPECT_EQ(nearest("dnsb-listed", kKnown), "dnsbl-listed");
}

TEST(Nearest, ComparesWithoutCase) { EXPECT_EQ(nearest("SPF-FAIL", kKnown), "spf-fail"); }

TEST(Nearest, IsSilentPastAThirdOfTheLetters) {
  EXPECT_EQ(nearest("abcdef", std::vector<std::string>{"abcdxy"}), "abcdxy");
  EXPECT_EQ(nearest("abcdef", std::vector<std::string>{"abcxyz"}), "");
  EXPECT_EQ(nearest("quarantine", kKnown), "");
}

TEST(Nearest, OfNothingIsNothing) {
  EXPECT_EQ(nearest("", kKnown), "");
  EXPECT_EQ(nearest("spf-fail", {}), "");
}

TEST(Nearest, LooksAtWordsOfSixtyFourLettersAndNoLonger) {
  const std::string longest(64, 'a');
  EXPECT_EQ(nearest(longest, std::vector{longest}), longest);
  const std::string longer(65, 'a');
  EXPECT_EQ(nearest(longer, std::vector{longer}), "");
}

TEST(Nearest, TakesTheFirstOfEquallyNearOnes) {
  EXPECT_EQ(nearest("bat", std::vector<std::string>{"cat", "hat"}), "cat");
}

}  // namespace
}  // namespace policy
