#include "milter/lists/query_name.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "milter/dns/resolver.h"
#include "policy/codes.h"
#include "tests/unit/lists/world.h"

namespace milter {
namespace {

using test::address;

TEST(QueryName, ReversesAnIpv4Address) {
  EXPECT_EQ(query_name(test::zen(), address("192.0.2.1")), "1.2.0.192.zen.example");
}

TEST(QueryName, ReversesTheNibblesOfAnIpv6Address) {
  const auto name = query_name(test::zen(), address("2001:db8::ab"));
  EXPECT_TRUE(name.starts_with("b.a.0.0.")) << name;
  EXPECT_TRUE(name.ends_with(".8.b.d.0.1.0.0.2.zen.example")) << name;
  EXPECT_EQ(std::count(name.begin(), name.end(), '.'), 33);
}

TEST(QueryName, TakesAMappedAddressForTheIpv4AddressItIs) {
  EXPECT_EQ(query_name(test::zen(), address("::ffff:192.0.2.1")), "1.2.0.192.zen.example");
}

TEST(QueryName, IgnoresCaseAndTrailingDotOfZoneAndDomain) {
  auto list = test::dbl(policy::ListOf::helo);
  list.zone = "DBL.Example.";
  EXPECT_EQ(query_name(list, "Spam.Example."), "spam.example.dbl.example");
}

TEST(QueryName, AsksNothingThatNoListOfDomainsCanKnow) {
  const auto list = test::dbl(policy::ListOf::helo);
  for (const auto* name : {"", ".", "localhost", "[192.0.2.1]", "192.0.2.1", "IPv6:2001:db8::1",
                           "a b.example", "a..example", "-a.example", "caf\xc3.example", "a.example\r\nb"})
    EXPECT_FALSE(query_name(list, name)) << name;
}

// Lists hold A-labels (RFC 5890 2.3.2.1).
TEST(QueryName, AsksForDomainsInUnicodeByTheirALabels) {
  EXPECT_EQ(query_name(test::dbl(policy::ListOf::helo), "caf\u00E9.example"),
            "xn--caf-dma.example.dbl.example");
}

// 253 octets is the most that DNS holds (RFC 1035 2.3.4).
TEST(QueryName, ANameTooLongForDnsLosesLabelsAtItsLeft) {
  const auto list = test::dbl(policy::ListOf::helo);
  const std::string zone = ".dbl.example";
  std::string domain = "spam.example";
  while (domain.size() + 10 + zone.size() <= 253) domain.insert(0, "aaaaaaaaa.");
  const std::string fits = std::string(253 - zone.size() - domain.size() - 1, 'b') + "." + domain;
  ASSERT_EQ((fits + zone).size(), 253U);
  EXPECT_EQ(query_name(list, fits), fits + zone);
  EXPECT_EQ(query_name(list, "b" + fits), domain + zone);
}

TEST(ListableDomain, OfAPathIsWhatFollowsItsLastAt) {
  EXPECT_EQ(listable_domain_of("<bob@Sender.Example>"), "sender.example");
  EXPECT_EQ(listable_domain_of("bob@sender.example."), "sender.example");
  EXPECT_EQ(listable_domain_of("<bob@b\u00FCcher.example>"), "xn--bcher-kva.example");
  EXPECT_EQ(listable_domain_of("<@relay.example,@b.example:bob@sender.example>"), "sender.example");
  EXPECT_EQ(listable_domain_of("<\"a@b.example\"@sender.example>"), "sender.example");
}

TEST(ListableDomain, OfANullOrBareSenderIsEmpty) {
  for (const auto* path : {"<>", "", "bob", "<bob>", "<bob@>", "<bob@[192.0.2.1]>", "<@>"})
    EXPECT_EQ(listable_domain_of(path), "") << path;
}

TEST(LookupUrl, IsForExactlyThisAddressOrDomain) {
  auto list = test::zen();
  EXPECT_EQ(policy::lookup_url(list, "192.0.2.1"), "https://check.example/?query=192.0.2.1");
  list.lookup = "https://check.example/{domain}/?d={sender.domain}";
  EXPECT_EQ(policy::lookup_url(list, "spam.example"), "https://check.example/spam.example/?d=spam.example");
}

TEST(LookupUrl, EncodesWhatAUrlCannotHold) {
  EXPECT_EQ(lookup_url(test::zen(), "a b&c=\"%{client.ip}\xff"),
            "https://check.example/?query=a%20b%26c%3D%22%25%7Bclient.ip%7D%FF");
}

TEST(LookupUrl, OfAListWithoutPageIsEmpty) {
  auto list = test::zen();
  list.lookup.clear();
  EXPECT_EQ(policy::lookup_url(list, "192.0.2.1"), "");
}

}  // namespace
}  // namespace milter
