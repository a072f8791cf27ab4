// When libopendkim is asked, and what its word does. What it takes and we do not: a CR that was slipped into
// a body in relaxed form, which it drops.
#include "milter/auth/dkim/second_opinion.h"

#include <gtest/gtest.h>

#include "tests/unit/dkim/cases.h"
#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

const std::string kOurs = "fail body hash did not verify";

std::string key_record(const std::string& key = "rsa2048") { return "v=DKIM1; p=" + public_key(key); }

// One key record at each of these names.
struct KeyZone : ScriptedZone {
  explicit KeyZone(const std::vector<std::string>& names, const std::string& record = key_record()) {
    for (const auto& name : names) put_keys(*this, {name, {record}});
  }
};

std::string tags_of(const std::string& domain, const std::string& more = "") {
  return "v=1; a=rsa-sha256; c={c}; d=" + domain + "; s=k; h={h}; " + more + "bh={bh}; b={b}";
}

void slip_in_a_cr(Mail& mail) { mail.body.insert(2, "\r"); }

Mail disputed_mail(const Signing& signing) {
  auto mail = sample_mail();
  sign(mail, signing);
  slip_in_a_cr(mail);
  return mail;
}

std::string verdict_for(const std::string& domain, const std::vector<std::string>& authors) {
  KeyZone zone({"k._domainkey." + domain});
  const auto result = verify(disputed_mail({.tags = tags_of(domain)}), zone, 65536, authors);
  EXPECT_EQ(result.signatures.at(0).disputed, first_verdict(result) != kOurs);
  return first_verdict(result);
}

TEST(DkimSecondOpinion, IsHeardWhereTheDomainCouldAlign) {
  const auto other = disputed("body hash did not verify");
  EXPECT_EQ(verdict_for("example.org", {"example.org"}), other);
  EXPECT_EQ(verdict_for("news.example.org", {"example.org"}), other);
  EXPECT_EQ(verdict_for("example.org", {"a.b.Example.org"}), other);
  EXPECT_EQ(verdict_for("news.example.org", {"shop.example.org"}), other);
  EXPECT_EQ(verdict_for("xn--bcher-kva.example", {"b\xc3\xbc"
                                                  "cher.example"}),
            other);
  EXPECT_EQ(verdict_for("example.org", {"example.net", "example.org"}), other);
}

TEST(DkimSecondOpinion, IsNotHeardWhereItCannot) {
  EXPECT_EQ(verdict_for("example.org", {}), kOurs);
  EXPECT_EQ(verdict_for("example.org", {"example.net"}), kOurs);
  EXPECT_EQ(verdict_for("example.org", {"org"}), disputed("body hash did not verify")) << "below it";
  EXPECT_EQ(verdict_for("badexample.org", {"example.org"}), kOurs);
}

// A mailing list's message: the author's own signature is good, that of a sub-domain is not.
TEST(DkimSecondOpinion, IsNotAskedWhereTheFromDomainItselfPasses) {
  KeyZone zone({"k._domainkey.news.example.org", "k._domainkey.example.org"});
  auto mail = disputed_mail({.tags = tags_of("news.example.org")});
  sign(mail, {.tags = tags_of("example.org")});
  const auto result = verify(mail, zone);
  EXPECT_EQ(verdict(result.signatures.at(0)), "pass");
  EXPECT_EQ(verdict(result.signatures.at(1)), kOurs);
}

TEST(DkimSecondOpinion, IsAskedWhereTheFromDomainPassesInPartOnly) {
  KeyZone zone({"k._domainkey.news.example.org", "k._domainkey.example.org"});
  auto mail = disputed_mail({.tags = tags_of("news.example.org")});
  sign(mail, {.length = 4, .tags = tags_of("example.org", "l=4; ")});
  const auto result = verify(mail, zone);
  EXPECT_EQ(result.signatures.at(0).word, DkimWord::pass);
  EXPECT_EQ(verdict(result.signatures.at(1)), disputed("body hash did not verify"));
}

// Without its word either: a 512-bit key is anybody's, and time is for our clock to tell.
TEST(DkimSecondOpinion, SavesNothingThatDoesNotCount) {
  KeyZone zone({kKeyName}, key_record("rsa512"));
  EXPECT_EQ(first_verdict(verify(disputed_mail({.key = "rsa512"}), zone)), kOurs);
  KeyZone sound({kKeyName});
  EXPECT_EQ(first_verdict(verify(disputed_mail({.tags = with_tags("t=1795500000; x=1795521299")}), sound)),
            "fail the signature has expired");
  EXPECT_EQ(first_verdict(
                verify(disputed_mail({.hash = "sha1", .tags = with_tag("rsa-sha256", "rsa-sha1")}), sound)),
            kOurs);
}

TEST(DkimSecondOpinion, SavesNoForgery) {
  KeyZone zone({kKeyName});
  auto mail = sample_mail();
  sign(mail, {});
  mail.fields[3].value = " another";
  EXPECT_EQ(first_verdict(verify(mail, zone)), "fail signature did not verify");
}

// RFC 6376 3.6.1: a key in test mode; what would be neutral is disputed all the same.
TEST(DkimSecondOpinion, IsHeardOfKeysInTestMode) {
  KeyZone zone({kKeyName}, "v=DKIM1; t=y; p=" + public_key("rsa2048"));
  EXPECT_EQ(first_verdict(verify(disputed_mail({}), zone)),
            disputed("body hash did not verify, with a key in test mode"));
}

// At the bound the body is kept, beyond it libopendkim reads it as it comes: no difference in what is said.
TEST(DkimSecondOpinion, LengthOfTheBodyMakesNoDifference) {
  KeyZone zone({kKeyName});
  for (const std::size_t size : {kKeptBody, kKeptBody + 1, 3 * kKeptBody}) {
    auto mail = sample_mail();
    while (mail.body.size() < size) mail.body += "A line of the body,  with two spaces.\r\n";
    mail.body.resize(size - 3);
    mail.body += "\r\n";
    sign(mail, {});
    EXPECT_EQ(first_verdict(verify(mail, zone)), "pass");
    slip_in_a_cr(mail);
    ASSERT_EQ(mail.body.size(), size);
    EXPECT_EQ(first_verdict(verify(mail, zone)), disputed("body hash did not verify"));
    EXPECT_EQ(first_verdict(verify(mail, zone, 1000)), disputed("body hash did not verify"));
    mail.body[5] = '!';
    EXPECT_EQ(first_verdict(verify(mail, zone)), kOurs);
  }
}

std::vector<std::string> verdicts(const DkimResult& result) {
  std::vector<std::string> out;
  for (const auto& signature : result.signatures) out.push_back(verdict(signature));
  return out;
}

// libopendkim reads the body anew for each l=: two readings and no more, those of the From domain before others.
TEST(DkimSecondOpinion, TwoReadingsOfTheBody) {
  KeyZone zone({"k._domainkey.example.org", "k._domainkey.news.example.org"});
  auto mail = sample_mail();
  sign(mail, {.length = 20, .tags = tags_of("example.org", "l=20; ")});
  sign(mail, {.length = 21, .tags = tags_of("news.example.org", "l=21; ")});
  sign(mail, {.tags = tags_of("example.org")});
  sign(mail, {.tags = tags_of("example.org")});
  slip_in_a_cr(mail);
  const auto other = disputed("body hash did not verify");
  EXPECT_EQ(verdicts(verify(mail, zone)), (std::vector<std::string>{other, other, kOurs, other}));
}

// A signature that covers others brings their readings with it.
TEST(DkimSecondOpinion, CoveredSignaturesAreReadingsToo) {
  KeyZone zone({"k._domainkey.example.org"});
  for (const int inner : {1, 2}) {
    auto mail = sample_mail();
    Signing outer{.tags = tags_of("example.org")};
    for (int i = 0; i < inner; ++i) {
      mail.fields.insert(mail.fields.begin(),
                         {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.net; l=" + std::to_string(i)});
      outer.fields.emplace_back("dkim-signature");
    }
    sign(mail, outer);
    slip_in_a_cr(mail);
    EXPECT_EQ(first_verdict(verify(mail, zone)), inner == 1 ? disputed("body hash did not verify") : kOurs);
  }
}

// A field that our parser refuses: the key is fetched and the other asked, if it could align.
TEST(DkimSecondOpinion, IsHeardOfFieldsThatWeDoNotRead) {
  KeyZone zone({kKeyName});
  auto mail = sample_mail();
  sign(mail, {.tags = with_tags("q=other/way")});
  const std::string ours = "the tag q names no way to fetch the key that we know";
  EXPECT_EQ(first_verdict(verify(mail, zone)), disputed(ours));
  ScriptedZone unasked;
  EXPECT_EQ(first_verdict(verify(mail, unasked, 65536, {"example.net"})), "permerror " + ours);
  EXPECT_TRUE(unasked.asked().empty());
  mail.body += "more\r\n";
  EXPECT_EQ(first_verdict(verify(mail, zone)), "permerror " + ours);
}

// Nothing that it has no answer for becomes temporary: a forger would choose it.
TEST(DkimSecondOpinion, SilenceOfTheOtherIsNoDoubt) {
  KeyZone zone({kKeyName});
  auto mail = sample_mail();
  mail.fields[2].value = " " + std::string(100'000, 's');  // libopendkim gives up on fields of 64 KB
  sign(mail, {});
  EXPECT_EQ(first_verdict(verify(mail, zone)), "pass");
  mail.body += "more\r\n";
  EXPECT_EQ(first_verdict(verify(mail, zone)), kOurs);
}

}  // namespace
}  // namespace milter::test
