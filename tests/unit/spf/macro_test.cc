#include "milter/auth/spf/macro.h"

#include <gtest/gtest.h>

#include "policy/address.h"

namespace milter {
namespace {

using policy::Address;

// The example of RFC 7208 7.4.
MacroValues strong_bad(std::string_view client = "192.0.2.3") {
  return {.local_part = "strong-bad",
          .sender_domain = "email.example.com",
          .domain = "email.example.com",
          .helo = "mail.example.com",
          .receiver = "mx.example.org",
          .client_name = "mx.email.example.com",
          .client = *Address::parse(client),
          .unix_time = 1764000000};
}

std::string domain(std::string_view text, std::string_view client = "192.0.2.3") {
  const auto macros = parse_macro_string(text, MacroUse::domain);
  return macros ? expand_domain(*macros, strong_bad(client)) : "error: " + macros.error();
}

std::string text(std::string_view macro_text) {
  const auto macros = parse_macro_string(macro_text, MacroUse::explanation);
  return macros ? expand_text(*macros, strong_bad()) : "error: " + macros.error();
}

bool parses(std::string_view macro_text, MacroUse use = MacroUse::domain) {
  return parse_macro_string(macro_text, use).has_value();
}

TEST(SpfMacro, ExpandsTheExamplesOfRfc7208) {
  const std::pair<std::string_view, std::string_view> examples[]{
      {"%{s}", "strong-bad@email.example.com"},
      {"%{o}", "email.example.com"},
      {"%{d}", "email.example.com"},
      {"%{d4}", "email.example.com"},
      {"%{d3}", "email.example.com"},
      {"%{d2}", "example.com"},
      {"%{d1}", "com"},
      {"%{dr}", "com.example.email"},
      {"%{d2r}", "example.email"},
      {"%{l}", "strong-bad"},
      {"%{l-}", "strong.bad"},
      {"%{lr}", "strong-bad"},
      {"%{lr-}", "bad.strong"},
      {"%{l1r-}", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
      {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
      {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"}};
  for (const auto& [macro, expanded] : examples) EXPECT_EQ(domain(macro), expanded) << macro;
  EXPECT_EQ(domain("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01"),
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
}

// libspf2 drops a character here.
TEST(SpfMacro, TwoPartsOfTwoLabelsAreBoth) {
  auto values = strong_bad();
  values.domain = "example.com";
  const auto macros = parse_macro_string("x.%{d2}", MacroUse::domain);
  EXPECT_EQ(expand_domain(*macros, values), "x.example.com");
}

TEST(SpfMacro, SplitsAtEachOfTheSevenDelimiters) {
  auto values = strong_bad();
  values.local_part = "a.b-c+d,e/f_g=h";
  const auto expand = [&](std::string_view macro) {
    return expand_domain(*parse_macro_string(macro, MacroUse::domain), values);
  };
  EXPECT_EQ(expand("%{l}"), "a.b-c+d,e/f_g=h");
  EXPECT_EQ(expand("%{l.-+,/_=}"), "a.b.c.d.e.f.g.h");
  EXPECT_EQ(expand("%{l2r=}"), "h.a.b-c+d,e/f_g");
  EXPECT_EQ(expand("%{l1+}"), "d,e/f_g=h");
  EXPECT_EQ(expand("%{L1r_}"), "a.b-c%2Bd%2Ce%2Ff");
}

TEST(SpfMacro, RefusesOtherDelimiters) {
  EXPECT_FALSE(parses("%{l:}"));
  EXPECT_FALSE(parses("%{l-x}"));
  EXPECT_FALSE(parses("%{lrr}"));
}

TEST(SpfMacro, RefusesPartCountZero) {
  EXPECT_FALSE(parses("%{d0}"));
  EXPECT_FALSE(parses("%{d000}"));
  EXPECT_EQ(domain("%{d01}"), "com");
}

TEST(SpfMacro, AHugePartCountIsAllParts) {
  EXPECT_EQ(domain("%{d128}"), "email.example.com");
  EXPECT_EQ(domain("%{d99999999999999999999}"), "email.example.com");
}

TEST(SpfMacro, PercentNeedsAMacroAfterIt) {
  for (const auto* bad : {"%", "a%", "%a.example.com", "%{", "%{d", "%{}", "%{ d}", "%(d).example.com"})
    EXPECT_FALSE(parses(bad)) << bad;
  EXPECT_EQ(domain("%%%_%-.example.com"), "% %20.example.com");
}

TEST(SpfMacro, LettersOfExplanationsAreNoneElsewhere) {
  for (const auto* only_there : {"%{c}", "%{r}", "%{t}", "%{C}"}) {
    EXPECT_FALSE(parses(only_there)) << only_there;
    EXPECT_TRUE(parses(only_there, MacroUse::explanation)) << only_there;
  }
  EXPECT_EQ(text("%{c} %{r} %{t}"), "192.0.2.3 mx.example.org 1764000000");
  EXPECT_FALSE(parses("%{x}", MacroUse::explanation));
}

TEST(SpfMacro, ADomainEndsInATopLabelOrAMacro) {
  for (const auto* good :
       {"example.org", "example.org.", ".org", "%{d}", "a%%", "x.xn--p1ai", "a.1b", "a.b-c"})
    EXPECT_TRUE(parses(good)) << good;
  for (const auto* bad : {"", "org", "org.", "a.123", "a.-b", "a.b-", "a.b..", "%{d}.", "%{d}x", "a.b_c"})
    EXPECT_FALSE(parses(bad)) << bad;
}

TEST(SpfMacro, RefusesOctetsOutsidePrintableAscii) {
  for (const std::string bad : {"a\x1f.org", "a\x7f.org", "a\x80.org", "a b.org", "a\t.org"})
    EXPECT_FALSE(parses(bad)) << bad;
  EXPECT_FALSE(parses(std::string_view("a\0.org", 6)));
  EXPECT_FALSE(parses("caf\xC3\xA9", MacroUse::explanation));
  EXPECT_TRUE(parses("two words", MacroUse::explanation));
  EXPECT_FALSE(parses("two words", MacroUse::modifier));
}

TEST(SpfMacro, ANameKeepsItsLast253Octets) {
  const std::string label60(60, 'a');
  const auto four = label60 + "." + label60 + "." + label60 + "." + label60;
  const auto fits = std::string("b23456789") + "." + four;
  ASSERT_EQ(fits.size(), kLongestTarget);
  const auto expand_literal = [](const std::string& name) {
    return expand_domain({{.letter = 0, .text = name}}, {});
  };
  EXPECT_EQ(expand_literal(fits), fits);
  EXPECT_EQ(expand_literal(fits + "."), fits);
  EXPECT_EQ(expand_literal("x" + fits), four);
  EXPECT_EQ(expand_literal("x." + fits), fits);
}

// CVE-2023-42118: 127 macros and three octets smash libspf2's stack.
TEST(SpfMacro, ManyMacrosExpandToOneName) {
  std::string macros;
  for (int i = 0; i < 127; ++i) macros += "%{d}";
  EXPECT_LE(domain(macros + ".ab").size(), kLongestTarget);
  EXPECT_LE(text(macros + "abc").size(), kLongestExplanation);
}

TEST(SpfMacro, AnExplanationIsCutAtItsLimit) {
  const std::string fits(kLongestExplanation, 'x');
  EXPECT_EQ(text(fits), fits);
  EXPECT_EQ(text(fits + "y"), fits);
}

TEST(SpfMacro, AnExplanationIsPrintableWhateverItsValuesHold) {
  auto values = strong_bad();
  values.local_part = "a\r\nb\x1b\xff\x7f";
  const auto macros = parse_macro_string("%{l}!", MacroUse::explanation);
  EXPECT_EQ(expand_text(*macros, values),
            "a??b???"
            "!");  // in two, or it is a trigraph
}

TEST(SpfMacro, ExplanationsKeepSpacesAndUrls) {
  EXPECT_EQ(text("See http://example.com/why?s=%{S}&i=%{I} for more."),
            "See http://example.com/why?s=strong-bad%40email.example.com&i=192.0.2.3 for more.");
}

}  // namespace
}  // namespace milter
