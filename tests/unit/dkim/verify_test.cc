#include "milter/auth/dkim/verify.h"

#include <gtest/gtest.h>

#include "milter/auth/dkim/signature.h"
#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

using namespace std::chrono_literals;

std::string key_record() { return "v=DKIM1; p=" + public_key("rsa2048"); }

void sign_as(Mail& mail, const std::string& domain, const std::string& selector) {
  sign(mail,
       {.tags = "v=1; a=rsa-sha256; c={c}; d=" + domain + "; s=" + selector + "; h={h}; bh={bh}; b={b}"});
}

std::vector<std::string> verdicts(const DkimResult& result) {
  std::vector<std::string> out;
  for (const auto& signature : result.signatures) out.push_back(verdict(signature));
  return out;
}

// Answers nothing until told to.
class SlowResolver : public Resolver {
 public:
  Lookup query(std::string_view name, RecordType) override {
    names.emplace_back(name);
    pending.emplace_back();
    return pending.back().handle();
  }
  std::vector<std::string> names;
  std::vector<PendingLookup> pending;
};

TEST(Dkim, MailWithoutSignatureAsksNothing) {
  ScriptedZone zone;
  EXPECT_TRUE(verify(sample_mail(), zone).signatures.empty());
  EXPECT_TRUE(zone.asked().empty());
}

TEST(Dkim, TellsDomainSelectorAlgorithmAndIdentity) {
  ScriptedZone zone;
  put_keys(zone, {kKeyName, {key_record()}});
  auto mail = sample_mail();
  sign(mail, {.tags = with_tags("i=ann=20b@News.example.org")});
  const auto result = verify(mail, zone);
  ASSERT_EQ(result.signatures.size(), 1U);
  const auto& signature = result.signatures.front();
  EXPECT_EQ(signature.domain, "example.org");
  EXPECT_EQ(signature.selector, "k1");
  EXPECT_EQ(signature.algorithm, "rsa-sha256");
  EXPECT_EQ(signature.identity, "ann b@News.example.org");
  EXPECT_EQ(signature.header_b.size(), 8U);
  EXPECT_NE(mail.fields.front().value.find("b=" + signature.header_b), std::string::npos);
}

TEST(Dkim, SeveralSignaturesComeInMessageOrder) {
  ScriptedZone zone;
  put_keys(zone, {"a._domainkey.example.org", {key_record()}});
  put_keys(zone, {"e._domainkey.example.org", {"v=DKIM1; k=ed25519; p=" + public_key("ed25519")}});
  auto mail = sample_mail();
  sign_as(mail, "example.org", "a");
  sign(mail,
       {.key = "ed25519", .tags = "v=1; a=ed25519-sha256; c={c}; d=example.org; s=e; h={h}; bh={bh}; b={b}"});
  sign_as(mail, "example.net", "none");
  mail.fields.insert(mail.fields.begin(), {"DKIM-Signature", " v=1; nonsense"});
  EXPECT_EQ(verdicts(verify(mail, zone)),
            (std::vector<std::string>{"permerror a tag has no value", "permerror there is no key record",
                                      "pass", "pass"}));
}

// The signature of a list covers that of the author, even one that our parser refuses.
TEST(Dkim, SignatureMayCoverAnother) {
  ScriptedZone zone;
  put_keys(zone, {kKeyName, {key_record()}});
  for (const std::string inner :
       {"v=1; a=rsa-sha256; c={c}; d=example.org; s=k1; h={h}; bh={bh}; b={b}", "v=2; nonsense"}) {
    auto mail = sample_mail();
    sign(mail, {.tags = inner});
    sign(mail, {.fields = {"from", "dkim-signature"}});
    EXPECT_EQ(first_verdict(verify(mail, zone)), "pass");
    mail.fields[1].value += " ";
    EXPECT_EQ(first_verdict(verify(mail, zone)), "pass") << "relaxed";
    mail.fields[1].value += "x";
    EXPECT_EQ(first_verdict(verify(mail, zone)), "fail signature did not verify");
  }
}

TEST(Dkim, TenSignaturesAreVerified) {
  ScriptedZone zone;
  put_keys(zone, {"k._domainkey.example.net", {key_record()}});
  auto mail = sample_mail();
  for (std::size_t i = 0; i < kMostSignatures; ++i) sign_as(mail, "example.net", "k");
  EXPECT_EQ(verdicts(verify(mail, zone)), std::vector<std::string>(kMostSignatures, "pass"));
}

// Whatever their order: the From domain itself, then what is above or below it, then what shares its last two labels.
TEST(Dkim, OfElevenTheNearestToTheAuthorAreVerified) {
  const std::vector<std::string> far_to_near{"example.net", "a.example.org", "b.c.mail.example.org",
                                             "mail.example.org"};
  ScriptedZone zone;
  for (const auto& domain : far_to_near) put_keys(zone, {"k._domainkey." + domain, {key_record()}});
  for (std::size_t near = 1; near < far_to_near.size(); ++near)
    for (const std::size_t place : {std::size_t{0}, std::size_t{5}, kMostSignatures}) {
      auto mail = sample_mail();
      for (std::size_t i = 0; i <= kMostSignatures; ++i)
        sign_as(mail, far_to_near[i == place ? near : near - 1], "k");
      const auto result = verify(mail, zone, 65536, {"mail.example.org"});
      ASSERT_EQ(result.signatures.size(), kMostSignatures + 1);
      EXPECT_EQ(verdict(result.signatures[kMostSignatures - place]), "pass");
      const auto last = place == 0 ? kMostSignatures - 1 : kMostSignatures;
      EXPECT_EQ(verdict(result.signatures[last]), "neutral not checked: more than 10 signatures");
    }
}

// Junk on top does not hide the author's own signature.
TEST(Dkim, BeyondFiftyFieldsThoseOfTheFromDomainAreRead) {
  ScriptedZone zone;
  put_keys(zone, {"k._domainkey.example.org", {key_record()}});
  put_keys(zone, {"k._domainkey.a.example.org", {key_record()}});
  auto mail = sample_mail();
  for (std::size_t i = 0; i <= kMostSignatures; ++i) sign_as(mail, "example.org", "k");
  sign_as(mail, "a.example.org", "k");
  mail.fields.insert(mail.fields.begin(), kMostSignatureFields, {"DKIM-Signature", " junk of example.org"});
  const auto result = verify(mail, zone, 65536, {"EXAMPLE.org"});
  ASSERT_EQ(result.signatures.size(), kMostSignatureFields + kMostSignatures + 1);
  for (std::size_t i = 0; i < kMostSignatures; ++i)
    EXPECT_EQ(verdict(result.signatures[kMostSignatureFields + i]), "pass");
  EXPECT_EQ(verdict(result.signatures.back()), "neutral not read: 2 more DKIM-Signature fields");
}

TEST(Dkim, FieldsBeyondFiftyAreCountedOnly) {
  ScriptedZone zone;
  auto mail = sample_mail();
  const HeaderField junk{"DKIM-Signature", " junk"};
  mail.fields.insert(mail.fields.begin(), kMostSignatureFields, junk);
  EXPECT_EQ(verify(mail, zone).signatures.size(), kMostSignatureFields);
  mail.fields.insert(mail.fields.begin(), 10'000, junk);
  const auto result = verify(mail, zone);
  ASSERT_EQ(result.signatures.size(), kMostSignatureFields + 1);
  EXPECT_EQ(verdict(result.signatures.back()), "neutral not read: 10000 more DKIM-Signature fields");
}

TEST(Dkim, AllKeysAreNamedBeforeTheBody) {
  auto mail = sample_mail();
  sign_as(mail, "example.org", "a");
  sign_as(mail, "example.net", "b");
  const DkimVerifier verifier({.fields = mail.fields, .author_domains = {}, .now = kNow});
  EXPECT_EQ(verifier.keys(),
            (std::vector<std::string>{"b._domainkey.example.net", "a._domainkey.example.org"}));
}

TEST(Dkim, NamesEachKeyOnce) {
  auto mail = sample_mail();
  for (const auto* domain : {"example.org", "example.net", "example.org"}) sign_as(mail, domain, "a");
  mail.fields.insert(mail.fields.begin(), {"DKIM-Signature", " v=1; nonsense"});
  const DkimVerifier verifier({.fields = mail.fields, .author_domains = {}, .now = kNow});
  EXPECT_EQ(verifier.keys(),
            (std::vector<std::string>{"a._domainkey.example.org", "a._domainkey.example.net"}));
}

// Two signatures with one key, and a second voice for both: one question.
TEST(Dkim, AsksForEachKeyOnceForBothVoices) {
  ScriptedZone zone;
  put_keys(zone, {"a._domainkey.example.org", {key_record()}});
  auto mail = sample_mail();
  for (int i = 0; i < 2; ++i) sign_as(mail, "example.org", "a");
  mail.body += "a list's footer\r\n";
  DkimVerifier verifier({.fields = mail.fields, .author_domains = {"example.org"}, .now = kNow});
  verifier.body(mail.body);
  EXPECT_EQ(verdicts(finish(verifier, zone)), (std::vector<std::string>(2, "fail body hash did not verify")));
  finish(verifier, zone);
  EXPECT_EQ(zone.asked().size(), 1U);
}

// RFC 8616 section 5: U-labels in d=, s= and i=; the key is at the A-labels.
TEST(Dkim, InternationalisedDomains) {
  ScriptedZone zone;
  put_keys(zone, {"xn--nxa._domainkey.xn--bcher-kva.example", {"v=DKIM1; t=s; p=" + public_key("rsa2048")}});
  for (const std::string domain : {"b\xc3\xbc"
                                   "cher.example",
                                   "B\xc3\x9c"
                                   "CHER.example",
                                   "xn--bcher-kva.example"})
    for (const std::string identity : {"",
                                       "i=\xce\xb1@b\xc3\xbc"
                                       "cher.example; ",
                                       "i=a@XN--bcher-kva.example; "}) {
      auto mail = sample_mail();
      sign(mail, {.tags = "v=1; a=rsa-sha256; c={c}; d=" + domain + "; s=\xce\xb2; " + identity +
                          "h={h}; bh={bh}; b={b}"});
      const auto result = verify(mail, zone);
      EXPECT_EQ(first_verdict(result), "pass") << domain << " " << identity;
      EXPECT_EQ(result.signatures.front().domain, "xn--bcher-kva.example");
      EXPECT_EQ(result.signatures.front().selector, "xn--nxa");
    }
}

// RFC 6376 3.1 wants a letter or a digit at the ends of a label.
TEST(Dkim, SelectorsMayHaveHyphensAtLabelsEnds) {
  ScriptedZone zone;
  put_keys(zone, {"-a-.b-._domainkey.example.org", {key_record()}});
  auto mail = sample_mail();
  sign_as(mail, "example.org", "-a-.b-");
  EXPECT_EQ(first_verdict(verify(mail, zone)), "pass");
  for (const std::string bad : {"", ".", "a..b", ".a", "a.", "a b", "a/b", "a@b"})
    EXPECT_EQ(parse_signature(" v=1; a=rsa-sha256; d=example.org; b=AAAA; s=" + bad).problem,
              "the tag s is not a selector");
  const std::string label(63, 'x');
  EXPECT_EQ(parse_signature(" d=example.org; s=" + label).signature.selector, label);
  EXPECT_EQ(parse_signature(" d=example.org; s=x" + label).signature.selector, "");
}

TEST(Dkim, KeyThatIsNotHereInTimeIsTemporary) {
  SlowResolver dns;
  auto mail = sample_mail();
  sign(mail, {});
  DkimVerifier verifier({.fields = mail.fields, .author_domains = {}, .now = kNow});
  verifier.body(mail.body);
  EXPECT_EQ(first_verdict(finish(verifier, dns)), "temperror TXT k1._domainkey.example.org: time budget");
  dns.pending[0].answer(Records{.kind = Records::Kind::found, .texts = {key_record()}});
  EXPECT_EQ(first_verdict(finish(verifier, dns)), "temperror TXT k1._domainkey.example.org: time budget")
      << "the first answer stands";
}

TEST(Dkim, DnsTroubleIsTemporaryAndHidesNoOtherSignature) {
  for (const auto kind : {Trouble::Kind::serv_fail, Trouble::Kind::timeout, Trouble::Kind::refused,
                          Trouble::Kind::bad_reply, Trouble::Kind::overload}) {
    ScriptedZone zone;
    zone.put("bad._domainkey.example.org", RecordType::txt, kind);
    put_keys(zone, {kKeyName, {key_record()}});
    auto mail = sample_mail();
    sign(mail, {});
    sign_as(mail, "example.org", "bad");
    const auto result = verify(mail, zone);
    ASSERT_EQ(result.signatures.size(), 2U);
    EXPECT_EQ(result.signatures[0].word, DkimWord::temperror);
    EXPECT_FALSE(result.signatures[0].reason.empty());
    EXPECT_EQ(verdict(result.signatures[1]), "pass");
  }
}

// libopendkim writes one pointer behind its array where h= names more fields than the message has, all of
// them covered: found by reading it, met by a field that cannot be named.
TEST(Dkim, CoveringEveryFieldThereIsIsSafe) {
  ScriptedZone zone;
  put_keys(zone, {kKeyName, {key_record()}});
  Mail mail{.fields = {{"From", " ann@example.org"}}, .body = "x\r\n"};
  sign(mail, {.fields = {"from", "x-none", "x-none"}});
  mail.fields.front().value.replace(mail.fields.front().value.find("h=from"), 6,
                                    "h=from:dkim-signature:dkim-signature");
  EXPECT_EQ(first_verdict(verify(mail, zone)), "fail signature did not verify");
}

}  // namespace
}  // namespace milter::test
