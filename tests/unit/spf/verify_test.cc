#include "milter/auth/spf/verify.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spf/world.h"

namespace milter {
namespace {

using testing::HasSubstr;

std::string networks(int count) {
  std::string text = "v=spf1";
  for (int i = 0; i < count; ++i) text += fmt::format(" ip4:198.51.{}.{}", i / 200, i % 200);
  return text + " -all";
}

TEST(SpfVerify, SaysWhoseRecordWhichTermAndHowManyLookups) {
  World world;
  world.spf("example.org", "v=spf1 a mx:mail.example.org include:_spf.example.org -all")
      .a("example.org", {"198.51.100.1"})
      .mx("mail.example.org", {"m1.example.org"})
      .a("m1.example.org", {"198.51.100.2"})
      .spf("_spf.example.org", "v=spf1 ip4:198.51.100.0/24 -all");
  const auto result = check(world, "192.0.2.1", "Bob@Example.ORG.");
  EXPECT_EQ(result, (SpfResult{.word = SpfWord::fail,
                               .identity = SpfIdentity::mail_from,
                               .domain = "example.org",
                               .term = "-all",
                               .record = "v=spf1 a mx:mail.example.org include:_spf.example.org -all",
                               .lookups = 3}));
}

TEST(SpfVerify, AMatchInsideAnIncludeIsReportedAsTheInclude) {
  World world;
  world.spf("example.org", "v=spf1 include:_spf.example.org -all")
      .spf("_spf.example.org", "v=spf1 ip4:192.0.2.0/24 -all");
  const auto result = check(world);
  EXPECT_EQ(word(result), "pass");
  EXPECT_EQ(result.term, "include:_spf.example.org");
  EXPECT_EQ(result.record, "v=spf1 include:_spf.example.org -all");
}

TEST(SpfVerify, ARedirectReportsTheRecordItLedTo) {
  World world;
  world.spf("example.org", "v=spf1 redirect=_spf.example.net").spf("_spf.example.net", "v=spf1 ?all");
  const auto result = check(world);
  EXPECT_EQ(word(result), "neutral");
  EXPECT_EQ(result.domain, "example.org");
  EXPECT_EQ(result.term, "?all");
  EXPECT_EQ(result.record, "v=spf1 ?all");
}

// RFC 8616 section 4: "terms that include %{s} or %{l} do not match anything".
TEST(SpfVerify, TermsWithALocalPartBeyondAsciiMatchNothing) {
  const std::string sender =
      "b\xc3\xbc"
      "b@example.org";
  const auto verdict = [](const std::string& from, const std::string& record) {
    World world;
    world.spf("example.org", record).a("bob._l.example.org", {"127.0.0.2"});
    // What it would expand to, for who asks all the same.
    world
        .a("b\xc3\xbc"
           "b._l.example.org",
           {"127.0.0.2"})
        .spf(
            "b\xc3\xbc"
            "b._l.example.org",
            "v=spf1 +all");
    world.spf("bob._l.example.org", "v=spf1 +all");
    return word(check(world, "192.0.2.1", from));
  };
  for (const std::string term :
       {"exists:%{l}._l.example.org", "exists:%{L1}._l.example.org", "include:%{l}._l.example.org"}) {
    EXPECT_EQ(verdict("bob@example.org", "v=spf1 " + term + " ~all"), "pass") << term;
    EXPECT_EQ(verdict(sender, "v=spf1 " + term + " ~all"), "softfail") << term;
    EXPECT_EQ(verdict(sender, "v=spf1 -" + term + " ~all"), "softfail") << term;
  }
  EXPECT_EQ(verdict(sender, "v=spf1 exists:%{s}.example.org ?all"), "neutral");
  EXPECT_EQ(verdict("bob@example.org", "v=spf1 redirect=%{l}._l.example.org"), "pass");
  EXPECT_EQ(verdict(sender, "v=spf1 redirect=%{l}._l.example.org"), "neutral");
  EXPECT_EQ(verdict(sender, "v=spf1 exists:%{o} -all"), "fail") << "the others do their work";
}

TEST(SpfVerify, RedirectWorksAfterAllMechanismsWhereverItStands) {
  World world;
  world.spf("example.org", "v=spf1 redirect=r.example.org ip4:192.0.2.1").spf("r.example.org", "v=spf1 -all");
  EXPECT_EQ(word(check(world)), "pass");
  EXPECT_EQ(word(check(world, "192.0.2.2")), "fail");
}

// libspf2 cuts compiled records at 511 octets, and the -all is lost.
TEST(SpfVerify, LongRecordsKeepTheirEnd) {
  for (const int count : {64, 200}) {
    World world;
    world.spf("example.org", networks(count));
    const auto result = check(world);
    EXPECT_EQ(word(result), "fail") << count;
    EXPECT_EQ(result.term, "-all");
    EXPECT_EQ(word(check(world, fmt::format("198.51.{}.{}", (count - 1) / 200, (count - 1) % 200))), "pass");
  }
}

TEST(SpfVerify, PrefixesAreNotCutToTheirLowBits) {
  World world;
  world.spf("example.org", "v=spf1 ip4:192.0.2.0/4294967297 -all");
  EXPECT_EQ(word(check(world, "193.0.0.9")), "permerror");
}

TEST(SpfVerify, MappedClientsAreIpv4) {
  World world;
  world.spf("example.org", "v=spf1 ip6:::ffff:192.0.2.1 ip6:::/0 a -all").a("example.org", {"192.0.2.1"});
  const auto result = check(world, "::ffff:192.0.2.1");
  EXPECT_EQ(word(result), "pass");
  EXPECT_EQ(result.term, "a");
}

TEST(SpfVerify, LoopbackClientsGetNoFreeRide) {
  World world;
  world.spf("example.org", "v=spf1 -all");
  EXPECT_EQ(word(check(world, "127.0.0.1")), "fail");
  EXPECT_EQ(word(check(world, "::1")), "fail");
}

TEST(SpfVerify, TheNullSenderIsPostmasterAtHelo) {
  World world;
  world.spf("mail.example.net", "v=spf1 exists:%{l}.%{o}.x.example -all")
      .a("postmaster.mail.example.net.x.example", {"127.0.0.2"});
  const auto result = check(world, "192.0.2.1", "");
  EXPECT_EQ(word(result), "pass");
  EXPECT_EQ(result.identity, SpfIdentity::helo);
  EXPECT_EQ(result.domain, "mail.example.net");
}

TEST(SpfVerify, TheHeloIdentityIsItsOwn) {
  World world;
  world.spf("mail.example.net", "v=spf1 ip4:192.0.2.1 -all").spf("example.org", "v=spf1 -all");
  const auto asked = question("192.0.2.1", "bob@example.org");
  EXPECT_EQ(word(check_mail_from(asked, world.zone, soon())), "fail");
  const auto helo = check_helo(asked, world.zone, soon());
  EXPECT_EQ(word(helo), "pass");
  EXPECT_EQ(helo.identity, SpfIdentity::helo);
}

TEST(SpfVerify, NamesThatAreNoDomainsAreNoneWithoutAQuestion) {
  World world;
  for (const auto* sender : {"bob", "bob@", "@", "bob@localhost", "bob@[192.0.2.1]", "bob@a..example.org"}) {
    const auto result = check(world, "192.0.2.1", sender);
    EXPECT_EQ(word(result), "none") << sender;
    EXPECT_THAT(result.problem, HasSubstr("not a domain name")) << sender;
  }
  const auto helo = check_helo(question("192.0.2.1", "", "[192.0.2.1]"), world.zone, soon());
  EXPECT_EQ(word(helo), "none");
  EXPECT_TRUE(world.zone.asked().empty());
}

TEST(SpfVerify, NoneSaysWhy) {
  World world;
  world.txt("example.org", {"other", "v=spf2.0/pra -all"});
  EXPECT_EQ(check(world).problem, "example.org has no SPF record");
  EXPECT_EQ(check(world, "192.0.2.1", "bob@gone.example").problem, "gone.example does not exist");
}

TEST(SpfVerify, PermerrorsNameTheFaultAndWhereItIs) {
  World world;
  world.spf("example.org", "v=spf1 include:_spf.example.org -all").spf("_spf.example.org", "v=spf1 mox");
  const auto result = check(world);
  EXPECT_EQ(word(result), "permerror");
  EXPECT_EQ(result.problem, "in the record of _spf.example.org, mox: no mechanism of SPF");
  EXPECT_EQ(result.term, "include:_spf.example.org");
  EXPECT_EQ(result.record, "v=spf1 include:_spf.example.org -all");
}

TEST(SpfVerify, TwoRecordsAreAPermerror) {
  World world;
  world.txt("example.org", {"v=spf1 -all", "v=spf1 +all"});
  const auto result = check(world);
  EXPECT_EQ(word(result), "permerror");
  EXPECT_EQ(result.problem, "more than one SPF record");
}

TEST(SpfVerify, IncludeAndRedirectNeedARecordThere) {
  World world;
  world.spf("example.org", "v=spf1 include:gone.example -all")
      .spf("example.net", "v=spf1 redirect=gone.example");
  EXPECT_EQ(check(world).problem, "include: gone.example does not exist");
  const auto redirect = check(world, "192.0.2.1", "bob@example.net");
  EXPECT_EQ(word(redirect), "permerror");
  EXPECT_EQ(redirect.problem, "redirect=gone.example: gone.example does not exist");
}

TEST(SpfVerify, TargetsLoseTheirTrailingDot) {
  World world;
  world.spf("example.org", "v=spf1 a:mail.example.org. -all").a("mail.example.org", {"192.0.2.1"});
  EXPECT_EQ(word(check(world)), "pass");
}

TEST(SpfVerify, TwoPartsOfADomainOfTwo) {
  World world;
  world.spf("example.org", "v=spf1 exists:%{i}.%{d2} -all").a("192.0.2.1.example.org", {"127.0.0.2"});
  EXPECT_EQ(word(check(world)), "pass");
}

TEST(SpfVerify, ANullMxIsNoHost) {
  World world;
  world.spf("example.org", "v=spf1 mx/0 -all").mx("example.org", {""});
  EXPECT_EQ(word(check(world)), "fail");
}

TEST(SpfVerify, PtrTakesTheFirstTenNames) {
  World world;
  world.spf("example.org", "v=spf1 ptr -all");
  std::vector<std::string> names(9, "x.example.net");
  names.push_back("mail.example.org");
  world.ptr("192.0.2.1", names).a("mail.example.org", {"192.0.2.1"});
  EXPECT_EQ(word(check(world)), "pass");
  names.insert(names.begin(), "x.example.net");
  world.ptr("192.0.2.1", names);
  EXPECT_EQ(word(check(world)), "fail");
}

// CVE-2023-42118: these smash libspf2's stack.
TEST(SpfVerify, SurvivesTheInputsOfCve202342118) {
  std::string macros;
  for (int i = 0; i < 127; ++i) macros += "%{d}";
  World world;
  world.spf("example.org", "v=spf1 a:" + macros + ".ab exp=e.example.org -all")
      .txt("e.example.org", {macros + "abc"});
  const auto result = check(world);
  EXPECT_EQ(word(result), "fail");
  EXPECT_EQ(result.explanation.size(), 400U);
}

TEST(SpfVerify, ExplanationsComeWholeAndOnlyOnRequest) {
  World world;
  world.spf("example.org", "v=spf1 -all exp=e.example.org")
      .txt("e.example.org", {"%{c} may not: see https://example.org/why?s=%{S} please"});
  EXPECT_EQ(check(world).explanation,
            "192.0.2.1 may not: see https://example.org/why?s=bob%40example.org please");
  const auto asked_before = world.zone.asked().size();
  const auto result = check_mail_from(question("192.0.2.1", "bob@example.org"), world.zone, soon());
  EXPECT_EQ(result.explanation, "");
  EXPECT_EQ(world.zone.asked().size(), asked_before + 1);
}

TEST(SpfVerify, AnExplanationThatCannotBeUsedIsNone) {
  for (const std::vector<std::string>& texts :
       {std::vector<std::string>{"caf\xC3\xA9"}, {"one", "two"}, {"%{z}"}, {"line\r\nbreak"}}) {
    World world;
    world.spf("example.org", "v=spf1 -all exp=e.example.org").txt("e.example.org", texts);
    const auto result = check(world);
    EXPECT_EQ(word(result), "fail");
    EXPECT_EQ(result.explanation, "") << texts.front();
  }
}

TEST(SpfVerify, AnExplanationOfAnIncludeIsNotOurs) {
  World world;
  world.spf("example.org", "v=spf1 include:i.example.org -all")
      .spf("i.example.org", "v=spf1 -all exp=e.example.org")
      .txt("e.example.org", {"theirs"});
  EXPECT_EQ(check(world).explanation, "");
}

}  // namespace
}  // namespace milter
