#include "milter/auth/authentication_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/auth/claimed_results.h"
#include "milter/auth/field_writer.h"
#include "milter/mail/header_tokens.h"

namespace milter {
namespace {

using policy::Fields;
using policy::TextList;
using policy::Unavailable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kUs = "mx1.example.net";

policy::FactSet good() {
  policy::FactSet facts;
  facts.put("client", Fields{{"ip", std::string("192.0.2.1")}, {"fcrdns", std::string("pass")}});
  facts.put("helo", Fields{{"name", std::string("mail.example.org")}});
  facts.put("sender", Fields{{"address", std::string("a@example.org")}});
  facts.put("spf", Fields{{"result", std::string("pass")},
                          {"identity", std::string("mailfrom")},
                          {"domain", std::string("example.org")},
                          {"term", std::string("ip4:192.0.2.0/24")}});
  facts.put("dkim", Fields{{"result", std::string("pass")},
                           {"signatures",
                            TextList{"pass d=example.org s=2026 a=rsa-sha256",
                                     "fail d=list.example s=x a=ed25519-sha256 body hash did not verify"}}});
  facts.put("dmarc", Fields{{"result", std::string("pass")},
                            {"domain", std::string("example.org")},
                            {"disposition", std::string("none")}});
  return facts;
}

TEST(AuthenticationResults, CoversEveryMethod) {
  EXPECT_EQ(authentication_results(good(), kUs),
            "mx1.example.net;\n"
            "\tspf=pass smtp.mailfrom=a@example.org;\n"
            "\tdkim=pass header.d=example.org header.s=2026 header.a=rsa-sha256;\n"
            "\tdkim=fail reason=\"body hash did not verify\" header.d=list.example\n"
            "\theader.s=x header.a=ed25519-sha256;\n"
            "\tdmarc=pass header.from=example.org;\n"
            "\tiprev=pass policy.iprev=192.0.2.1");
}

// RFC 8601 2.7.1, RFC 6008: header.b where d= and s= do not tell two signatures apart.
TEST(AuthenticationResults, TellsTwinsApart) {
  policy::FactSet facts;
  facts.put("dkim", Fields{{"result", std::string("pass")},
                           {"signatures",
                            TextList{"fail d=a.example s=k a=rsa-sha256 b=Ab+/12== body hash did not verify",
                                     "pass d=a.example s=k a=rsa-sha256 b=Xy345678"}}});
  EXPECT_EQ(authentication_results(facts, kUs),
            "mx1.example.net;\n"
            "\tdkim=fail reason=\"body hash did not verify\" header.d=a.example\n"
            "\theader.s=k header.a=rsa-sha256 header.b=\"Ab+/12==\";\n"
            "\tdkim=pass header.d=a.example header.s=k header.a=rsa-sha256\n"
            "\theader.b=Xy345678");
}

TEST(AuthenticationResults, SaysNoneWhenNothingWasAsked) {
  EXPECT_EQ(authentication_results({}, kUs), "mx1.example.net; none");
}

std::string results(std::string_view group, policy::Fact fact) {
  policy::FactSet facts;
  if (const auto* why = std::get_if<Unavailable>(&fact))
    facts.put_none(group, *why);
  else
    facts.put(group, std::get<policy::Fields>(std::move(fact)));
  return authentication_results(facts, kUs);
}

TEST(AuthenticationResults, UnavailableIsTemperror) {
  EXPECT_THAT(results("spf", Unavailable{"TXT x: SERVFAIL"}),
              HasSubstr("spf=temperror reason=\"TXT x: SERVFAIL\""));
  EXPECT_THAT(results("dkim", Unavailable{"t"}), HasSubstr("dkim=temperror"));
  EXPECT_THAT(results("dmarc", Unavailable{"t"}), HasSubstr("dmarc=temperror"));
  EXPECT_THAT(results("dmarc", Fields{{"result", Unavailable{"t"}}, {"domain", std::string("a.example")}}),
              HasSubstr("dmarc=temperror reason=\"t\" header.from=a.example"));
}

TEST(AuthenticationResults, NamesTheFromDomainOfADmarcThatDidNotAnswer) {
  policy::FactSet facts;
  facts.put("from", Fields{{"domain", std::string("example.org")}});
  facts.put_none("dmarc", Unavailable{"t"});
  EXPECT_THAT(authentication_results(facts, kUs),
              HasSubstr("dmarc=temperror reason=\"t\" header.from=example.org"));
}

TEST(AuthenticationResults, ReportsTheDispositionOfAFail) {
  EXPECT_THAT(results("dmarc", Fields{{"result", std::string("fail")},
                                      {"domain", std::string("a.example")},
                                      {"disposition", std::string("quarantine")}}),
              HasSubstr("dmarc=fail header.from=a.example policy.dmarc=quarantine"));
}

TEST(AuthenticationResults, MapsReverseNamesToIprev) {
  const auto iprev = [](const char* word, const char* ip) {
    return results("client", Fields{{"ip", std::string(ip)}, {"fcrdns", std::string(word)}});
  };
  EXPECT_THAT(iprev("missing", "192.0.2.1"), HasSubstr("iprev=permerror"));
  EXPECT_THAT(iprev("mismatch", "192.0.2.1"), HasSubstr("iprev=fail"));
  EXPECT_THAT(iprev("temperror", "192.0.2.1"), HasSubstr("iprev=temperror"));
  EXPECT_THAT(iprev("pass", "2001:db8::1"), HasSubstr("iprev=pass policy.iprev=\"2001:db8::1\""));
  EXPECT_EQ(iprev("pass", ""), "mx1.example.net; none");
}

TEST(AuthenticationResults, TheHeloIdentityIsNamedAsSuch) {
  EXPECT_THAT(results("spf", Fields{{"result", std::string("fail")},
                                    {"identity", std::string("helo")},
                                    {"domain", std::string("mail.example.org")}}),
              HasSubstr("spf=fail smtp.helo=mail.example.org"));
}

TEST(AuthenticationResults, DkimWithoutSignaturesIsNone) {
  EXPECT_THAT(results("dkim", Fields{{"result", std::string("none")}, {"signatures", TextList{}}}),
              HasSubstr("dkim=none"));
}

TEST(AuthenticationResults, ASignatureThatCouldNotBeReadHasNoProperties) {
  EXPECT_EQ(results("dkim", Fields{{"result", std::string("permerror")},
                                   {"signatures", TextList{"permerror no d= tag"}}}),
            "mx1.example.net;\n\tdkim=permerror reason=\"no d= tag\"");
  EXPECT_THAT(results("dkim", Fields{{"result", std::string("fail")}, {"signatures", TextList{"oddword"}}}),
              HasSubstr("dkim=neutral"));
}

// Whatever a fact holds, the field keeps its form: printable, folded before a tab only, nothing
// escapes its quotes.
TEST(AuthenticationResults, ForeignTextCannotForgeAResult) {
  const std::string evil = "x; dkim=pass header.d=bank.example\r\nX-Evil: y\"\\(";
  auto facts = good();
  facts.put("sender", Fields{{"address", evil}});
  facts.put("dmarc", Fields{{"result", evil}, {"domain", evil}});
  facts.put("dkim", Fields{{"signatures", TextList{"fail d=" + evil + " s=" + evil}}});
  const auto value = authentication_results(facts, kUs);
  for (const char c : value) EXPECT_TRUE(c == '\n' || c == '\t' || (c >= 0x20 && c <= 0x7E));
  for (std::size_t at = value.find('\n'); at != std::string::npos; at = value.find('\n', at + 1))
    EXPECT_EQ(value[at + 1], '\t');
  const auto [tokens, problem] = read_tokens(value);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(std::count_if(tokens.begin(), tokens.end(), [](const auto& token) { return token.is(';'); }), 4);
}

TEST(AuthenticationResults, LinesStayNarrowWhereWordsAllowIt) {
  auto facts = good();
  facts.put("spf", Fields{{"problem", std::string(60, 'p')}});
  std::string line = "Authentication-Results: ";
  for (const char c : authentication_results(facts, kUs) + "\n") {
    if (c != '\n') {
      line += c == '\t' ? std::string(8, ' ') : std::string(1, c);
      continue;
    }
    EXPECT_LE(line.size(), kWidestHeaderLine) << line;
    line.clear();
  }
}

TEST(FieldWriter, CutsWordsAtTheBound) {
  EXPECT_EQ(word_or_quoted(std::string(kLongestHeaderWord, 'a')), std::string(kLongestHeaderWord, 'a'));
  EXPECT_EQ(word_or_quoted(std::string(kLongestHeaderWord + 1, 'a')),
            '"' + std::string(kLongestHeaderWord, 'a') + '"');
}

TEST(ReceivedSpf, HasTheFormOfRfc7208) {
  EXPECT_EQ(received_spf(good(), kUs),
            "pass (mx1.example.net: domain of example.org designates\n"
            "\t192.0.2.1 as permitted sender) receiver=mx1.example.net;\n"
            "\tclient-ip=192.0.2.1; envelope-from=\"a@example.org\";\n"
            "\thelo=mail.example.org; identity=mailfrom;\n"
            "\tmechanism=\"ip4:192.0.2.0/24\"");
}

TEST(ReceivedSpf, IsEmptyWhenSpfWasNotAsked) { EXPECT_EQ(received_spf({}, kUs), ""); }

TEST(ReceivedSpf, SaysWhyThereIsNoResult) {
  policy::FactSet facts;
  facts.put_none("spf", Unavailable{"TXT (x): SERVFAIL"});
  const auto value = received_spf(facts, kUs);
  EXPECT_THAT(value, HasSubstr("temperror (mx1.example.net: TXT ?x?: SERVFAIL)"));
  EXPECT_THAT(value, HasSubstr("problem=\"TXT (x): SERVFAIL\""));
}

struct Claim {
  std::string value;
  bool ours;
};
void PrintTo(const Claim& claim, std::ostream* out) { *out << claim.value; }

class Claims : public testing::TestWithParam<Claim> {};

TEST_P(Claims, AreRecognised) { EXPECT_EQ(claims_authserv_id(GetParam().value, kUs), GetParam().ours); }

INSTANTIATE_TEST_SUITE_P(
    Table, Claims,
    testing::Values(Claim{" mx1.example.net; spf=pass", true}, Claim{"mx1.example.net", true},
                    Claim{"MX1.Example.NET; none", true}, Claim{"mx1.example.net.; none", true},
                    Claim{"\r\n mx1.example.net\r\n ; none", true}, Claim{"\n\tmx1.example.net;none", true},
                    Claim{"mx1.example.net 1; none", true}, Claim{"mx1.example.net (c) 1; none", true},
                    Claim{"mx1.example.net/1; none", true}, Claim{"(a(b)) mx1.example.net (c); none", true},
                    Claim{"mx1.(c)example.net; none", true}, Claim{"mx1 . example\r\n .net; none", true},
                    Claim{"\"mx1.example.net\"; none", true}, Claim{"\"MX1.example.ne\\t\" 1; none", true},
                    Claim{"(c)\"mx1.example.net\"(d);", true}, Claim{"\"mx1\".example.net; none", true},
                    Claim{"mx1.example.net=x; none", true}, Claim{"mx1.example.net spf=pass", true},
                    Claim{"mx1.example.net, other; none", true}, Claim{"mx1.example.net@other; none", true},
                    Claim{"\"mx1.example.net", true},                        // cannot be read, and names us
                    Claim{"(never closed mx1.example.net; spf=pass", true},  //
                    Claim{"mx1.example.net; (never closed", true},           //
                    Claim{std::string("\0mx1.example.net;", 17), true},      //
                    Claim{"((((((((((((((((( mx1.example.net", true},        //
                    Claim{"mx1.example.net; " + std::string(9000, 'x'), true},  //
                    Claim{"mx1.example.net.evil.example; none", false},         //
                    Claim{"evil.mx1.example.net; none", false},                 //
                    Claim{"mx2.example.net; spf=pass", false},                  //
                    Claim{"other; x=mx1.example.net", false},                   //
                    Claim{"other (mx1.example.net); none", false},              //
                    Claim{"\"other\" mx1.example.net; none", false},            //
                    Claim{"1 mx1.example.net; none", false},                    //
                    Claim{"; mx1.example.net", false}, Claim{"", false}, Claim{"(mx1.example.net)", false},
                    Claim{"(never closed", false}));

TEST(Claims, AnIdInUnicodeIsOursInALabels) {
  const std::string unicode =
      "b\xC3\xBC"
      "cher.example; none";
  EXPECT_TRUE(claims_authserv_id(unicode, "xn--bcher-kva.example"));
  EXPECT_TRUE(claims_authserv_id("xn--bcher-kva.example; none",
                                 "b\xC3\xBC"
                                 "cher.example"));
  EXPECT_FALSE(claims_authserv_id(unicode, "xn--bcher-abc.example"));
}

TEST(Claims, NoIdIsClaimedByNobody) {
  EXPECT_FALSE(claims_authserv_id("; none", ""));
  EXPECT_FALSE(claims_authserv_id("(", ""));
}

TEST(Claims, OfReceivedSpfAreByReceiverOrComment) {
  for (const auto* value :
       {" pass (mx1.example.net: domain of a@b.example designates 192.0.2.1 as permitted sender)",
        " Pass receiver=mx1.example.net; client-ip=192.0.2.1",
        " pass client-ip=192.0.2.1;\r\n\tRECEIVER = \"MX1.Example.Net.\"; x=y",
        "pass ( mx1.example.net : x) receiver=other.example", "pass (receiver=x) xreceiver=mx1.example.net"})
    EXPECT_TRUE(claims_receiver(value, "mx1.example.net")) << value;
  for (const auto* value :
       {" pass (mx2.example.net: domain of mx1.example.net) receiver=mx2.example.net; helo=mx1.example.net",
        " pass", "", "pass receiver", "pass receiver=", "pass receiver=mx1.example.net.evil.example",
        "pass (", "pass receiver:mx1.example.net"})
    EXPECT_FALSE(claims_receiver(value, "mx1.example.net")) << value;
  EXPECT_FALSE(claims_receiver("pass (: x) receiver=", "")) << "no name is nobody's";
}

TEST(Claims, OurOwnReceivedSpfIsRecognised) { EXPECT_TRUE(claims_receiver(received_spf(good(), kUs), kUs)); }

// A downstream reader finds ours by its id: what we write must be recognised by what we remove.
TEST(ForgedResults, WhatWeWriteClaimsToBeOurs) {
  EXPECT_TRUE(claims_authserv_id(authentication_results(good(), kUs), kUs));
}

TEST(AuthenticationResults, WhatIsKnownInPartIsNoResultToBeClaimed) {
  policy::FactSet facts;
  facts.put("dmarc",
            policy::Fields{{"result", policy::InPart{.may = {"pass", "fail"}, .why = {"SPF: time-out"}}},
                           {"domain", std::string("good.example")}});
  EXPECT_THAT(authentication_results(facts, "mx.example.net"), testing::HasSubstr("dmarc=temperror"));
}

}  // namespace
}  // namespace milter
