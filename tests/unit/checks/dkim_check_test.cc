// What the dkim check makes of signatures that may be good all the same, and what dmarc makes of that: whose doing it
// is, and that it matters only where they could align.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/auth/dkim/verify.h"
#include "tests/unit/checks/asking.h"
#include "tests/unit/dkim/signer.h"

namespace milter {
namespace {

using policy::InPart;
using policy::Owner;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'795'521'600;

class DkimCheck : public testing::Test {
 protected:
  DkimCheck() {
    world_.connection.client = policy::Address::parse("192.0.2.1");
    world_.transaction.mail_from = "<bounces@esp.example>";
    publish("_dmarc.example.org", "v=DMARC1; p=reject");
    publish("k._domainkey.example.org", "v=DKIM1; p=" + test::public_key("rsa2048"));
    publish("k._domainkey.esp.example", "v=DKIM1; p=" + test::public_key("rsa2048"));
    world_.observed.facts.put("spf", policy::Fields{{"result", std::string("none")}});
  }

  void publish(std::string_view name, std::string text) {
    world_.zone.put(name, RecordType::txt, Records{.kind = Records::Kind::found, .texts = {std::move(text)}});
  }

  void sign(const std::string& domain, const std::string& selector = "k") {
    test::sign(mail_, {.tags = "v=1; a=rsa-sha256; c={c}; d=" + domain + "; s=" + selector +
                               "; h={h}; bh={bh}; b={b}"});
  }

  // A field that says so and no more: its key is asked for, and it fails.
  void forge(const std::string& domain, std::size_t times) {
    const std::string field = " v=1; a=rsa-sha256; d=" + domain + "; s=k; h=from; bh=" +
                              "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=" + std::string(172, 'A');
    mail_.fields.insert(mail_.fields.begin(), times, {"DKIM-Signature", field});
  }

  // The facts of dkim and dmarc.
  void ask(const std::string& from = "example.org") {
    world_.transaction.headers = mail_.fields;
    world_.transaction.dkim =
        std::make_shared<DkimVerifier>(DkimVerifier::Message{world_.transaction.headers, {from}, kNow});
    world_.transaction.dkim->body(mail_.body);
    world_.observed.facts.put("from", policy::Fields{{"domain", from}});
    world_.observed.facts = world_.ask("dkim");
    facts_ = world_.ask("dmarc");
  }

  std::string said(std::string_view path) const { return policy::to_text(*facts_.value(path)); }
  const InPart& passed() const { return std::get<InPart>(*facts_.value("dkim.passed")); }
  policy::TextList signatures() const { return std::get<policy::TextList>(*facts_.value("dkim.signatures")); }

  // libopendkim drops a CR that was slipped into a body in relaxed form.
  void let_verifiers_disagree() { mail_.body.insert(2, "\r"); }

  AskedWorld world_;
  test::Mail mail_ = test::sample_mail();
  policy::FactSet facts_;
};

TEST_F(DkimCheck, WhereTwoVerifiersDisagreeTheSignatureIsUnavailableByOurDoing) {
  sign("example.org");
  let_verifiers_disagree();
  ask();
  EXPECT_THAT(signatures(),
              ElementsAre(HasSubstr("temperror d=example.org s=k a=rsa-sha256 two verifiers disagree")));
  EXPECT_EQ(std::get<std::int64_t>(*facts_.value("dkim.disputed")), 1);
  EXPECT_THAT(passed().has, ElementsAre());
  EXPECT_THAT(passed().may, ElementsAre("example.org"));
  EXPECT_EQ(passed().why.owner, Owner::ours);
  EXPECT_EQ(facts_.text("dkim.result"), "") << "known in part";
  EXPECT_EQ(said("dmarc.disposition"), "perhaps none or reject");
  EXPECT_EQ(facts_.why_unknown("dmarc.disposition")->owner, Owner::ours);
}

TEST_F(DkimCheck, WhoCannotAlignLeavesDmarcWithoutDoubt) {
  world_.zone.put("k._domainkey.esp.example", RecordType::txt, Trouble::Kind::serv_fail);
  sign("esp.example");
  ask();
  EXPECT_EQ(passed().why.owner, Owner::world);
  EXPECT_THAT(passed().may, ElementsAre("esp.example"));
  EXPECT_EQ(facts_.text("dmarc.disposition"), "reject");
}

TEST_F(DkimCheck, AFailureOnWhichBothAgreeIsOne) {
  sign("example.org");
  mail_.body += "a footer\r\n";
  ask();
  EXPECT_EQ(facts_.text("dkim.result"), "fail");
  EXPECT_EQ(facts_.text("dmarc.disposition"), "reject");
}

TEST_F(DkimCheck, TenSignaturesOfTheFromDomainAreVerified) {
  forge("example.org", kMostSignatures);
  ask();
  EXPECT_EQ(facts_.text("dkim.result"), "fail");
  EXPECT_EQ(facts_.text("dmarc.disposition"), "reject");
}

TEST_F(DkimCheck, TheEleventhMayBeGoodAndIsTheClientsExcess) {
  forge("example.org", kMostSignatures + 1);
  ask();
  EXPECT_THAT(passed().may, ElementsAre("example.org"));
  EXPECT_EQ(passed().why.owner, Owner::client);
  EXPECT_EQ(said("dmarc.disposition"), "perhaps none or reject");
  EXPECT_EQ(facts_.why_unknown("dmarc.disposition")->owner, Owner::client);
}

// Not even a key that the world keeps to itself hides it.
TEST_F(DkimCheck, ExcessComesBeforeTheSilenceOfTheWorld) {
  world_.zone.put("k._domainkey.example.org", RecordType::txt, Trouble::Kind::timeout);
  forge("example.org", kMostSignatures + 1);
  ask();
  EXPECT_EQ(passed().why.owner, Owner::client);
}

TEST_F(DkimCheck, ExcessThatCouldNotAlignLeavesDmarcWithoutDoubt) {
  forge("esp.example", kMostSignatures + 1);
  ask();
  EXPECT_EQ(passed().why.owner, Owner::client);
  EXPECT_EQ(facts_.text("dmarc.disposition"), "reject");
}

TEST_F(DkimCheck, FieldsThatNobodyReadMayBeAnyones) {
  forge("esp.example", kMostSignatureFields + 1);
  ask();
  EXPECT_TRUE(passed().anything);
  EXPECT_EQ(said("dmarc.disposition"), "perhaps none or reject");
  EXPECT_EQ(facts_.why_unknown("dmarc.disposition")->owner, Owner::client);
}

TEST_F(DkimCheck, ExcessMattersNoMoreWhereTheFromDomainVouchesForItself) {
  sign("example.org");
  forge("esp.example", kMostSignatureFields + 1);
  ask();
  EXPECT_EQ(facts_.text("dmarc.result"), "pass");
  EXPECT_EQ(facts_.text("dkim.result"), "pass");
}

// RFC 6008: with header.b where d= and s= are the same.
TEST_F(DkimCheck, TellsTwinsApart) {
  sign("example.org");
  forge("example.org", 1);
  sign("esp.example");
  ask();
  EXPECT_THAT(signatures(),
              ElementsAre("pass d=esp.example s=k a=rsa-sha256",
                          "fail d=example.org s=k a=rsa-sha256 b=AAAAAAAA body hash did not verify",
                          testing::ContainsRegex("^pass d=example.org s=k a=rsa-sha256 b=[^ ]{8}$")));
}

// RFC 7489 6.6.4, by the message's dice: the same for every look at it.
TEST_F(DkimCheck, PctSparesMailByTheDice) {
  publish("_dmarc.example.org", "v=DMARC1; p=reject; pct=30");
  world_.policy.settings["dmarc.mode"] = std::string("psl");
  const auto disposition = [&](std::int64_t roll) {
    world_.observed.facts.put("dice", policy::Fields{{"roll", roll}});
    ask();
    return std::string(facts_.text("dmarc.disposition"));
  };
  EXPECT_EQ(disposition(2999), "reject");
  EXPECT_EQ(disposition(3000), "quarantine");
}

}  // namespace
}  // namespace milter
