#include "milter/dns/asker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace milter {
namespace {

using policy::Address;
using testing::SizeIs;

std::size_t common(const char* one, const char* other) {
  const auto ours = blocks_of(*Address::parse(one)), theirs = blocks_of(*Address::parse(other));
  return static_cast<std::size_t>(std::count_if(ours.begin(), ours.end(), [&](const Block& block) {
    return std::find(theirs.begin(), theirs.end(), block) != theirs.end();
  }));
}

TEST(Blocks, AnAddressIsInABlockOfEachLength) {
  EXPECT_THAT(blocks_of(*Address::parse("192.0.2.1")), SizeIs(2));
  EXPECT_EQ(common("192.0.2.1", "192.0.2.254"), 2U);
  EXPECT_EQ(common("192.0.2.1", "192.0.3.1"), 1U);
  EXPECT_EQ(common("192.0.2.1", "192.1.2.1"), 0U);
  EXPECT_THAT(blocks_of(*Address::parse("2001:db8::1")), SizeIs(4));
  EXPECT_EQ(common("2001:db8::1", "2001:db8::ffff:1"), 4U);
  EXPECT_EQ(common("2001:db8::1", "2001:db8:0:1::1"), 3U);
  EXPECT_EQ(common("2001:db8::1", "2001:db8:0:100::1"), 2U);
  EXPECT_EQ(common("2001:db8::1", "2001:db8:1::1"), 1U);
  EXPECT_EQ(common("2001:db8::1", "2001:db9::1"), 0U);
  EXPECT_EQ(common("192.0.2.1", "c000:200::1"), 0U) << "the same octets, of the other family";
}

TEST(Blocks, ANetworkIsTheNarrowestAndNobodyHasNone) {
  EXPECT_EQ(network_of(Address::parse("192.0.2.1")), network_of(Address::parse("192.0.2.9")));
  EXPECT_NE(network_of(Address::parse("192.0.2.1")), network_of(Address::parse("192.0.3.1")));
  EXPECT_NE(network_of(Address::parse("2001:db8::1")), network_of(Address::parse("2001:db8:0:1::1")));
  EXPECT_EQ(network_of({}), "");
}

TEST(OwnerOfName, IsTheRegistrableDomain) {
  EXPECT_EQ(owner_of_name("s1._domainkey.mail.example.org"), "example.org");
  EXPECT_EQ(owner_of_name("a.b.example.co.uk"), "example.co.uk");
  EXPECT_EQ(owner_of_name("example.org"), "example.org");
  EXPECT_EQ(owner_of_name("co.uk"), "co.uk");
  EXPECT_EQ(owner_of_name("localhost"), "localhost");
  EXPECT_EQ(owner_of_name(""), "");
}

TEST(OwnerOfName, OfAReverseNameIsItsNetwork) {
  EXPECT_EQ(owner_of_name("7.2.0.192.in-addr.arpa"), "2.0.192.in-addr.arpa");
  EXPECT_EQ(owner_of_name("192.in-addr.arpa"), "192.in-addr.arpa");
  EXPECT_EQ(owner_of_name(Address::parse("2001:db8:1:2::3")->reverse_name()),
            "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace milter
