#include "milter/auth/spf/parse.h"

#include <gtest/gtest.h>

#include "milter/auth/spf/verify.h"

namespace milter {
namespace {

SpfRecord record(std::string_view text) {
  auto parsed = parse_spf_record(text);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << (parsed ? "" : parsed.error());
  return parsed.value_or(SpfRecord{});
}

std::string problem(std::string_view text) {
  const auto parsed = parse_spf_record(text);
  return parsed ? "" : parsed.error();
}

bool refused(const std::string& term) { return !parse_spf_record("v=spf1 " + term).has_value(); }

TEST(SpfParse, TheVersionEndsAtASpaceOrTheEnd) {
  for (const auto* good : {"v=spf1", "V=SPF1 -all", "v=SpF1 "}) EXPECT_TRUE(is_spf_record(good)) << good;
  for (const auto* bad : {"", "v=spf", "v=spf10", "v=spf1\t-all", " v=spf1", "v=spf2.0/pra -all"})
    EXPECT_FALSE(is_spf_record(bad)) << bad;
}

TEST(SpfParse, ReadsEveryMechanism) {
  const auto parsed = record(
      "v=spf1 +a -mx/24 ~ptr ?include:i.example.org A:a.example.org/25//64 ip4:192.0.2.0/24 "
      "ip6:2001:db8::/32 exists:%{i}.e.example.org -ALL");
  ASSERT_EQ(parsed.terms.size(), 9U);
  EXPECT_EQ(parsed.terms[1].mechanism, SpfMechanism::mx);
  EXPECT_EQ(parsed.terms[1].qualifier, SpfQualifier::fail);
  EXPECT_EQ(parsed.terms[1].prefix4, 24);
  EXPECT_EQ(parsed.terms[1].prefix6, 128);
  EXPECT_EQ(parsed.terms[2].qualifier, SpfQualifier::softfail);
  EXPECT_EQ(parsed.terms[3].mechanism, SpfMechanism::include);
  EXPECT_EQ(parsed.terms[4].prefix4, 25);
  EXPECT_EQ(parsed.terms[4].prefix6, 64);
  EXPECT_EQ(expand_domain(parsed.terms[4].target, {}), "a.example.org");
  EXPECT_EQ(parsed.terms[5].network.text(), "192.0.2.0/24");
  EXPECT_EQ(parsed.terms[6].network.text(), "2001:db8::/32");
  EXPECT_EQ(parsed.terms[8].mechanism, SpfMechanism::all);
  EXPECT_EQ(parsed.terms[8].text, "-ALL");
}

TEST(SpfParse, AFaultAnywhereSpoilsTheRecordAndIsNamed) {
  EXPECT_EQ(problem("v=spf1 +all moo"), "moo: no mechanism of SPF");
  EXPECT_EQ(problem("v=spf1 ip4:192.0.2.1 ip4:192.0.2.256"), "ip4:192.0.2.256: not an IPv4 address");
  EXPECT_EQ(problem("v=spf1 a:example"), "a:example: no domain name at the end");
}

TEST(SpfParse, PrefixLengthsHaveTheirBounds) {
  for (const auto* good : {"ip4:1.2.3.4/0", "ip4:1.2.3.4/32", "ip6:::/0", "ip6:::1/128", "a/0", "a/32",
                           "a//0", "mx//128", "a:x.org/0//0"})
    EXPECT_FALSE(refused(good)) << good;
  for (const auto* bad :
       {"ip4:1.2.3.4/33", "ip6:::1/129", "a/33", "a//129", "mx:x.org/33", "ip4:192.0.2.0/4294967297",
        "ip4:192.0.2.0/18446744073709551617", "a/99999999999999999999", "ip4:1.2.3.4/", "ip4:1.2.3.4//32",
        "a/", "a//", "a/24/64", "ip4:1.2.3.4/-1", "ip4:1.2.3.4/+8", "ip4:1.2.3.4/ 8"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(SpfParse, LeadingZerosAreRefused) {
  for (const auto* bad : {"ip4:192.0.2.01", "ip4:192.000.2.1", "ip4:192.0.2.0/024", "ip4:192.0.2.0/00",
                          "a/08", "a//064", "ip6:::1/0128"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(SpfParse, AddressesAreOfTheirFamilyAndWhole) {
  for (const auto* bad : {"ip4", "ip4:", "ip4:192.0.2", "ip4:192.0.2.1.", "ip4:192.0.2.1:25", "ip4:::1",
                          "ip4:::ffff:192.0.2.1", "ip4:0x7f.1", "ip6", "ip6:", "ip6:192.0.2.1",
                          "ip6::CAFE::BABE", "ip6:IPv6:::1", "ip6:::1%eth0", "ip6:[::1]"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(SpfParse, MappedNetworksHoldNoIpv6Client) {
  const auto holds = [](std::string_view network, std::string_view client) {
    const auto parsed = record("v=spf1 ip6:" + std::string(network));
    return parsed.terms.at(0).network.contains(*policy::Address::parse(client));
  };
  EXPECT_FALSE(holds("::ffff:192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("::ffff:192.0.2.1/96", "192.0.2.1"));
  EXPECT_FALSE(holds("::ffff:192.0.2.1/96", "2001:db8::1"));
  EXPECT_TRUE(holds("::ffff:192.0.2.1/0", "2001:db8::1"));
  EXPECT_TRUE(holds("::ffff:192.0.2.1/95", "::fffe:0:1"));
  EXPECT_FALSE(holds("::ffff:192.0.2.1/95", "::1"));
}

TEST(SpfParse, ModifiersAreToldFromMechanismsByTheirEqualsSign) {
  EXPECT_FALSE(refused("moo.cow-far_out=man:dog/cat"));
  EXPECT_FALSE(refused("default="));
  EXPECT_FALSE(refused("a:b=c.example.org"));
  for (const auto* bad :
       {"1up=x", "=x", "-redirect=x.org", "redirect:x.org", "exp:x.org", "moo/x=y", "foo=%x", "foo=%{z}"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(SpfParse, RedirectAndExpStandOnceEach) {
  const auto parsed = record("v=spf1 REDIRECT=r.example.org Exp=e.example.org");
  EXPECT_EQ(parsed.redirect_text, "REDIRECT=r.example.org");
  EXPECT_TRUE(parsed.redirect && parsed.explanation);
  EXPECT_TRUE(refused("redirect=a.org redirect=a.org"));
  EXPECT_TRUE(refused("exp=a.org -all exp=b.org"));
  EXPECT_TRUE(refused("exp="));
  EXPECT_TRUE(refused("redirect="));
}

TEST(SpfParse, OnlySpacesSeparateTerms) {
  EXPECT_EQ(record("v=spf1   a    -all   ").terms.size(), 2U);
  EXPECT_TRUE(refused("a\t-all"));
  EXPECT_TRUE(refused("a\r\n-all"));
  EXPECT_TRUE(refused(std::string("a\0-all", 6)));
  EXPECT_TRUE(refused("\xC2\xA0-all"));
}

TEST(SpfParse, KeepsTermsAsFarAsAnEvaluationCanGet) {
  std::string text = "v=spf1";
  for (int i = 0; i <= kMostSpfLookups; ++i) text += " ip4:192.0.2.1 mx";
  EXPECT_EQ(record(text).terms.size(), 2U * (kMostSpfLookups + 1));
  EXPECT_EQ(record(text + " ip4:192.0.2.2 mx -all").terms.size(), 2U * (kMostSpfLookups + 1));
  EXPECT_EQ(problem(text + " ip4:192.0.2"), "ip4:192.0.2: not an IPv4 address") << "what is not kept is read";
}

TEST(SpfParse, AProblemQuotesAtMostSixtyOctets) {
  EXPECT_EQ(problem("v=spf1 " + std::string(60, 'z')), std::string(60, 'z') + ": no mechanism of SPF");
  EXPECT_EQ(problem("v=spf1 " + std::string(61, 'z')), std::string(60, 'z') + ": no mechanism of SPF");
}

}  // namespace
}  // namespace milter
