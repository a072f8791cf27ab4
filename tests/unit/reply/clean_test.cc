#include "policy/reply/clean.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

std::string cleaned(std::string_view value, Form form) { return clean(value, form); }

TEST(Clean, LeavesPrintableAsciiOnly) {
  EXPECT_EQ(cleaned("a\r\nb\tc\x1b[31md\x7f", Form::text), "a??b?c?[31md?");
  EXPECT_EQ(cleaned("caf\xC3\xA9", Form::text), "caf??");
  EXPECT_EQ(cleaned(std::string("a\0b", 3), Form::text), "a?b");
}

TEST(Clean, CollapsesSpaces) { EXPECT_EQ(cleaned("  a   b  ", Form::text), "a b"); }

TEST(Clean, LeavesNothingThatLooksLikeACode) {
  EXPECT_EQ(cleaned("550 no", Form::text), "no");
  EXPECT_EQ(cleaned("550-5.7.1 no", Form::text), "no");
  EXPECT_EQ(cleaned("5.7.1 no", Form::text), "no");
  EXPECT_EQ(cleaned("250 250 2.0.0 ok", Form::text), "ok");
  EXPECT_EQ(cleaned("fine 250 2.0.0 ok", Form::text), "fine ok");
  EXPECT_EQ(cleaned("550 5.1.1", Form::text), "");
}

TEST(Clean, LeavesNumbersThatAreNoCodes) {
  EXPECT_EQ(cleaned("rsa key of 512 bits", Form::text), "rsa key of 512 bits");
  EXPECT_EQ(cleaned("192.0.2.1", Form::text), "192.0.2.1");
  EXPECT_EQ(cleaned("5500 apples", Form::text), "5500 apples");
}

TEST(Clean, LeavesNoUrlThatCanBeClicked) {
  EXPECT_EQ(cleaned("see https://evil.example/x", Form::text), "see https: //evil.example/x");
  EXPECT_EQ(cleaned("http://a@b.example", Form::mailbox), "http: //a@b.example");
}

TEST(Clean, LeavesNoSecondReference) {
  EXPECT_EQ(cleaned("ref=ABC", Form::text), "ref =ABC");
  EXPECT_EQ(cleaned("ReF=x@example.org", Form::mailbox), "ReF =x@example.org");
}

TEST(Clean, LeavesNoQuoteInWhatStandsInQuotes) { EXPECT_EQ(cleaned("a\" b", Form::helo), "a' b"); }

TEST(Clean, TakesDomainsInDnsLettersOnly) {
  EXPECT_EQ(cleaned("Mail.Example.ORG.", Form::domain), "mail.example.org");
  EXPECT_EQ(cleaned("xn--bcher-kva.example", Form::domain), "xn--bcher-kva.example");
  EXPECT_EQ(cleaned("b\xC3\xBC"
                    "cher.example",
                    Form::domain),
            "(unprintable name)");
  EXPECT_EQ(cleaned("a b.example", Form::domain), "(unprintable name)");
  EXPECT_EQ(cleaned("[192.0.2.1]", Form::domain), "[192.0.2.1]");
  EXPECT_EQ(cleaned("[IPv6:2001:DB8::1]", Form::domain), "[2001:db8::1]");
  EXPECT_EQ(cleaned("[evil]", Form::domain), "(unprintable name)");
  EXPECT_EQ(cleaned("550-5.7.1", Form::domain), "(unprintable name)");
  EXPECT_EQ(cleaned("550-shop.example", Form::domain), "550-shop.example");
}

TEST(Clean, KeepsTheEndOfALongDomain) {
  const std::string tail = "-the-end-of-it.the-organisation.example.org";
  const auto full = widths(Form::domain).full;
  EXPECT_EQ(cleaned(std::string(full - tail.size(), 'a') + tail, Form::domain),
            std::string(full - tail.size(), 'a') + tail);
  const auto cut = cleaned(std::string(full + 1 - tail.size(), 'a') + tail, Form::domain);
  EXPECT_EQ(cut.size(), full);
  EXPECT_TRUE(cut.starts_with("...aaaa") && cut.ends_with(tail)) << cut;
}

TEST(Clean, KeepsThirtyCharactersOfADomainHoweverCrowdedTheLine) {
  const std::string last30 = "0123456789.0123456789.012.com.";
  const std::string name = std::string(60, 'a') + ".123456789.0123456789.0123.com";
  const auto shown =
      shorten(clean(std::string_view(name), Form::domain), Form::domain, widths(Form::domain).floor);
  EXPECT_EQ(shown, "..." + name.substr(name.size() - kLeastDomainTail));
  EXPECT_EQ(last30.size(), kLeastDomainTail);
}

TEST(Clean, CutsAMailboxInBothParts) {
  const auto full = widths(Form::mailbox).full;
  const std::string fits = "a@" + std::string(full - 2, 'b');
  EXPECT_EQ(cleaned("a@" + std::string(60, 'b'), Form::mailbox), "a@" + std::string(60, 'b'));
  EXPECT_EQ(cleaned(fits, Form::mailbox), fits);
  EXPECT_EQ(cleaned(fits + "c", Form::mailbox), "a@..." + std::string(full - 6, 'b') + "c");
  const auto both = cleaned(std::string(100, 'l') + "@" + std::string(100, 'd'), Form::mailbox);
  EXPECT_EQ(both.size(), full);
  EXPECT_EQ(both.find("llllllllllll...@...dddd"), 0U) << both;
}

TEST(Clean, LeavesNoBracketsInAMailbox) {
  EXPECT_EQ(cleaned("a>b<c@example.org", Form::mailbox), "a?b?c@example.org");
}

TEST(Clean, CutsAHeloAtItsBound) {
  const auto full = widths(Form::helo).full;
  EXPECT_EQ(cleaned(std::string(full, 'h'), Form::helo), std::string(full, 'h'));
  EXPECT_EQ(cleaned(std::string(full, 'h') + "z", Form::helo), "..." + std::string(full - 4, 'h') + "z");
}

TEST(Clean, CutsATextAtItsBound) {
  const auto full = widths(Form::text).full;
  EXPECT_EQ(cleaned(std::string(full, 't'), Form::text), std::string(full, 't'));
  EXPECT_EQ(cleaned(std::string(full + 1, 't'), Form::text), std::string(full - 3, 't') + "...");
}

TEST(Clean, PrintsOnlyRealAddresses) {
  EXPECT_EQ(cleaned("2001:DB8:0:0::1", Form::address), "2001:db8::1");
  EXPECT_EQ(cleaned("evil", Form::address), "(unprintable address)");
}

TEST(Clean, TakesAUrlWholeOrNotAtAll) {
  const std::string url = "https://check.example/?q=192.0.2.1";
  EXPECT_EQ(cleaned(url, Form::url), url);
  const auto full = widths(Form::url).full;
  const auto longest = url + std::string(full - url.size(), 'x');
  EXPECT_EQ(cleaned(longest, Form::url), longest);
  EXPECT_EQ(cleaned(longest + "x", Form::url), "");
  EXPECT_EQ(cleaned("https://a b", Form::url), "");
  EXPECT_EQ(cleaned("javascript:x", Form::url), "");
  EXPECT_EQ(cleaned("https://check.example/?u=https://evil.example", Form::url), "");
  EXPECT_EQ(cleaned("https://a.example/?ref=1", Form::url), "");
}

TEST(Clean, JoinsListsAndHasNothingForWhatIsUnavailable) {
  EXPECT_EQ(clean(Value(TextList{"zen", "", "550 psbl"}), Form::text), "zen, psbl");
  EXPECT_EQ(clean(Value(Unavailable{"time-out"}), Form::text), "");
  EXPECT_EQ(clean(Value(std::int64_t{42}), Form::word), "42");
  EXPECT_EQ(clean(Value(true), Form::word), "yes");
  EXPECT_LE(clean(Value(TextList(1000, "aaaaaaaa")), Form::text).size(), widths(Form::text).full);
}

}  // namespace
}  // namespace policy
