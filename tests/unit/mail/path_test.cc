#include "policy/path.h"

#include <gtest/gtest.h>

#include "policy/domain.h"

namespace milter {
namespace {

using namespace std::string_literals;

struct Reading {
  std::string text, local, domain, problem;
};

void expect_reading(const Reading& reading) {
  SCOPED_TRACE(reading.text);
  const auto path = policy::parse_path(reading.text);
  EXPECT_EQ(path.local, reading.local);
  EXPECT_EQ(path.domain, reading.domain);
  EXPECT_EQ(path.problem, reading.problem);
}

TEST(Path, ReadsWhatIsFine) {
  const std::vector<Reading> table{
      {"<bob@example.net>", "bob", "example.net", ""},
      {"<Bob@EXAMPLE.Net.>", "Bob", "example.net", ""},
      {"bob@example.net", "bob", "example.net", ""},
      {"  <bob@example.net>\r\n", "bob", "example.net", ""},
      {"<bob+tag=x/y@example.net>", "bob+tag=x/y", "example.net", ""},
      {"<\"bob smith\"@example.net>", "bob smith", "example.net", ""},
      {R"(<"a\"b\\c"@example.net>)", R"(a"b\c)", "example.net", ""},
      {"<\"x@y\"@example.net>", "x@y", "example.net", ""},
      {"<a..b.@docomo.example>", "a..b.", "docomo.example", ""},
      {"<@a.example,@b.example:bob@example.net>", "bob", "example.net", ""},
      {"<@[IPv6:2001:db8::1]:bob@example.net>", "bob", "example.net", ""},
      {"<bob@[192.0.2.1]>", "bob", "[192.0.2.1]", ""},
      {"<bob@[IPv6:2001:DB8:0:0:0:0:0:1]>", "bob", "[ipv6:2001:db8::1]", ""},
      {"<bob@[IPv6:::ffff:192.0.2.1]>", "bob", "[192.0.2.1]", ""},
      {"<Postmaster>", "Postmaster", "", ""},
      {"<bücher@bücher.example>", "bücher", "bücher.example", ""},
      {"<x!y%z@example.net>", "x!y%z", "example.net", ""},
  };
  for (const auto& reading : table) expect_reading(reading);
}

TEST(Path, SaysWhatIsWrongAndReadsOn) {
  const std::vector<Reading> table{
      {"<bob@example.net", "bob", "example.net", "no closing >"},
      {"bob@example.net>", "bob", "example.net", "no opening <"},
      {"<bob>", "bob", "", "no domain"},
      {"<bob@>", "bob", "", "no domain"},
      {"<bob@.>", "bob", "", "no domain"},
      {"<@example.net>", "", "example.net", "source route without a colon"},
      {"<\"\"@example.net>", "", "example.net", "empty local part"},
      {"<bob@example..net>", "bob", "example..net", "malformed domain"},
      {"<bob@example.net..>", "bob", "example.net..", "malformed domain"},
      {"<bob@-example.net>", "bob", "-example.net", "malformed domain"},
      {"<bob@exam ple.net>", "bob", "exam ple.net", "malformed domain"},
      {"<bob@example.net,x.example>", "bob", "example.net,x.example", "malformed domain"},
      {"<bob@[192.0.2.1>", "bob", "[192.0.2.1", "malformed address literal"},
      {"<bob@[192.0.2.256]>", "bob", "[192.0.2.256]", "malformed address literal"},
      {"<bob@[2001:db8::1]>", "bob", "[2001:db8::1]", "malformed address literal"},
      {"<bob@[IPv6:192.0.2.1]>", "bob", "[ipv6:192.0.2.1]", "malformed address literal"},
      {"<bob@[]>", "bob", "[]", "malformed address literal"},
      {"<bob@b\xfc"
       "cher.example>",
       "bob",
       "b\xfc"
       "cher.example",
       "domain is not UTF-8"},
      {"<b\xc0\xaf@example.net>", "b\xc0\xaf", "example.net", "local part is not UTF-8"},
      {"<bob smith@example.net>", "bob smith", "example.net", "illegal character in the local part"},
      {"<bob(comment)@example.net>", "bob(comment)", "example.net", "illegal character in the local part"},
      {"<x@y@example.net>", "x@y", "example.net", "illegal character in the local part"},
      {R"(<x\@y@example.net>)", "x@y", "example.net", "illegal character in the local part"},
      {"<\"bob@example.net>", "bob", "example.net", "unbalanced quote"},
      {"<b\x01@example.net>", "b\x01", "example.net", "control character in the local part"},
      {"<bob\0@example.net>"s, "bob\0"s, "example.net", "control character in the local part"},
      {"<bob@evil.example\0.example.net>"s, "bob", "evil.example\0.example.net"s, "malformed domain"},
  };
  for (const auto& reading : table) expect_reading(reading);
}

TEST(Path, AcceptsNoHalfUtf8) {
  for (const std::string bad : {"\x80", "\xc3", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"})
    EXPECT_EQ(policy::parse_path("<" + bad + "@example.net>").problem, "local part is not UTF-8");
  for (const std::string good :
       {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(policy::parse_path("<" + good + "@example.net>").problem, "");
}

TEST(Path, NothingIsTheNullSender) {
  for (const auto* text : {"<>", "", "  ", "< >"}) EXPECT_TRUE(policy::parse_path(text).null) << text;
  EXPECT_EQ(policy::parse_path("<>").address(), "");
  EXPECT_EQ(policy::parse_path("<>").problem, "");
  EXPECT_FALSE(policy::parse_path("<\"\">").null);
}

TEST(Path, LocalPartHas64Octets) {
  EXPECT_EQ(policy::parse_path(std::string(policy::kLongestLocalPart, 'a') + "@example.net").problem, "");
  EXPECT_EQ(policy::parse_path(std::string(policy::kLongestLocalPart + 1, 'a') + "@example.net").problem,
            "local part longer than 64 octets");
}

std::string domain_of(std::size_t octets) {
  std::string out;
  while (out.size() < octets) out += std::string(std::min<std::size_t>(63, octets - out.size()), 'd') + ".";
  return out.substr(0, octets);
}

TEST(Path, AddressHas254Octets) {
  EXPECT_EQ(policy::parse_path("a@" + domain_of(policy::kLongestAddress - 2)).problem, "");
  EXPECT_EQ(policy::parse_path("ab@" + domain_of(policy::kLongestAddress - 2)).problem,
            "longer than 254 octets");
}

TEST(Path, DomainHas255Octets) {
  EXPECT_NE(policy::parse_path("a@" + std::string(policy::kLongestDomain, 'd')).problem,
            "domain longer than 255 octets");
  EXPECT_EQ(policy::parse_path("a@" + std::string(policy::kLongestDomain + 1, 'd')).problem,
            "domain longer than 255 octets");
}

TEST(Path, LongerThan1024OctetsIsNotLookedInto) {
  const std::string tail = ":bob@example.net";
  const auto path = [&](std::size_t octets) {
    return policy::parse_path("@" + std::string(octets - tail.size() - 1, 'r') + tail);
  };
  EXPECT_EQ(path(policy::kLongestPath).domain, "example.net");
  EXPECT_EQ(path(policy::kLongestPath + 1).domain, "");
  EXPECT_EQ(path(policy::kLongestPath + 1).problem, "longer than 1024 octets");
}

TEST(Path, AddressQuotesWhatMustBeQuoted) {
  for (const std::string address : {"bob@example.net", R"("bob smith"@example.net)",
                                    R"("a\"b\\c"@example.net)", R"("x@y"@example.net)", R"(""@example.net)"})
    EXPECT_EQ(policy::parse_path("<" + address + ">").address(), address);
  EXPECT_EQ(policy::parse_path("<\"bob\"@example.net>").address(), "bob@example.net");
  EXPECT_EQ(policy::parse_path("<postmaster>").address(), "postmaster");
}

bool ours(std::string_view domain) { return domain == "example.net" || domain == "backup.example.org"; }

std::string resolved(const std::string& text) {
  return policy::resolve(policy::parse_path(text), ours).address();
}

TEST(Resolve, FollowsEveryTrickToWhoeverIsMeant) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"<bob@example.net>", "bob@example.net"},
      {"<x@far.example>", "x@far.example"},
      {"<@example.net:x@far.example>", "x@far.example"},
      {"<@far.example:bob@example.net>", "bob@example.net"},
      {"<x%far.example@example.net>", "x@far.example"},
      {"<x%far.example@EXAMPLE.NET.>", "x@far.example"},
      {"<x%far.example%backup.example.org@example.net>", "x@far.example"},
      {"<x%example.net@backup.example.org>", "x@example.net"},
      {"<far.example!x@example.net>", "x@far.example"},
      {"<backup.example.org!far.example!x@example.net>", "x@far.example"},
      {"<far.example!x>", "x@far.example"},
      {"<x%far.example>", "x@far.example"},
      {"<far.example!x%example.net@example.net>", "x%example.net@far.example"},
      {"<\"x@far.example\"@example.net>", "x@far.example"},
      {"<x@far.example@example.net>", "x@far.example"},
      {R"(<x\@far.example@example.net>)", "x@far.example"},
      {"<\"x%far.example\"@example.net>", "x@far.example"},
      {"<\"far.example!x\"@example.net>", "x@far.example"},
      {"<\"x\"%far.example@example.net>", "x@far.example"},
      {R"(<"\"x@far.example\""@example.net>)", R"("\"x"@far.example")"},
      {"<@example.net:@example.net:x@far.example>", R"("@example.net:x"@far.example)"},
      {"<\"@example.net:x@far.example\"@example.net>", "x@far.example"},
      {"<x%far.example@far.example>", "x%far.example@far.example"},
      {"<x%[203.0.113.5]@example.net>", "x@[203.0.113.5]"},
      {"<\"x@far.example@example.net>", "x@far.example"},
  };
  for (const auto& [text, whom] : table) EXPECT_EQ(resolved(text), whom) << text;
}

TEST(Resolve, OnwardToNobodyIsNobodyOfOurs) {
  for (const auto* text : {"<x%@example.net>", "<!x@example.net>", "<\"x@\"@example.net>"})
    EXPECT_EQ(policy::resolve(policy::parse_path(text), ours).domain, "") << text;
}

TEST(Resolve, GivesUpAfter20Hops) {
  const auto path = [](int hops) {
    std::string local = "x";
    for (int i = 0; i < hops; ++i) local += "%example.net";
    return policy::resolve(policy::split_address(local + "@example.net"), ours);
  };
  EXPECT_EQ(path(policy::kMostHops).domain, "example.net");
  EXPECT_EQ(path(policy::kMostHops + 1).domain, "");
  EXPECT_EQ(path(policy::kMostHops + 1).problem, "routed through more than 20 hosts");
}

TEST(SplitAddress, TakesTheMtaAtItsWord) {
  EXPECT_EQ(policy::split_address("x%far.example@Example.NET").domain, "example.net");
  EXPECT_EQ(policy::split_address("a b@example.net").local, "a b");
  EXPECT_EQ(policy::split_address("\"john smith\"@example.net").address(), "\"john smith\"@example.net")
      << "quoted once";
  EXPECT_EQ(policy::split_address("\"a@b\"@example.net").local, "a@b");
  EXPECT_EQ(policy::split_address("\"a@b\"@example.net").domain, "example.net");
  EXPECT_EQ(policy::split_address("\"john \\\"x\\\"\"@example.net").local, "john \"x\"");
  EXPECT_EQ(policy::split_address("\"a@b\"").domain, "") << "a local user";
  EXPECT_EQ(policy::split_address("\"a@example.net").domain, "example.net") << "never closed";
  EXPECT_EQ(policy::split_address("alice").domain, "");
}

TEST(SplitAddress, AKeptSourceRouteGoesToItsFirstHost) {
  EXPECT_EQ(policy::split_address("@far.example,@b.example:bob@example.net").domain, "far.example");
  EXPECT_EQ(policy::split_address("@far.example:bob@example.net").domain, "far.example");
}

TEST(IsPlain, IsFalseForAnythingThatMayRoute) {
  for (const auto* text : {"<bob@example.net>", "<\"bob\"@example.net>", "<a+b=c@example.net>"})
    EXPECT_TRUE(policy::is_plain(policy::parse_path(text))) << text;
  for (const auto* text :
       {"<x%y@example.net>", "<x!y@example.net>", "<\"x@y\"@example.net>", "<@far.example:bob@example.net>",
        "<\"a b\"@example.net>", "<bob@example.net", "<bob>"})
    EXPECT_FALSE(policy::is_plain(policy::parse_path(text))) << text;
}

TEST(IsRole, IsPostmasterAndAbuseOfOurDomainsInAnyCase) {
  policy::Policy policy;
  policy.domains.local = {"example.net"};
  policy.domains.relay = {"backup.example.org"};
  for (const auto* text : {"<postmaster>", "<PostMaster@Example.Net>", "<abuse@backup.example.org>"})
    EXPECT_TRUE(policy::is_role(policy::parse_path(text), policy)) << text;
  for (const auto* text : {"<>", "<abuse>", "<postmaster@far.example>", "<postmasters@example.net>",
                           "<postmaster%far.example@example.net>"})
    EXPECT_FALSE(policy::is_role(policy::parse_path(text), policy)) << text;
}

}  // namespace
}  // namespace milter
