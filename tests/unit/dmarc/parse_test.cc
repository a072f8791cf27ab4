#include "milter/auth/dmarc/parse.h"

#include <gtest/gtest.h>

namespace milter {
namespace {

struct Recognised {
  const char* text;
  bool is_record;
};

class DmarcVersion : public testing::TestWithParam<Recognised> {};

TEST_P(DmarcVersion, MustStandInFrontExactly) {
  EXPECT_EQ(parse_dmarc(GetParam().text).has_value(), GetParam().is_record) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Table, DmarcVersion,
                         testing::Values(Recognised{"v=DMARC1; p=none", true},             //
                                         Recognised{"v=DMARC1", true},                     //
                                         Recognised{"v=DMARC1;", true},                    //
                                         Recognised{"v = DMARC1 ; p=none", true},          //
                                         Recognised{"v\t=\tDMARC1\t;p=none", true},        //
                                         Recognised{"v=dmarc1; p=none", false},            //
                                         Recognised{"v=Dmarc1; p=none", false},            //
                                         Recognised{"V=DMARC1; p=none", false},            //
                                         Recognised{" v=DMARC1; p=none", false},           //
                                         Recognised{"v=DMARC1 p=none", false},             //
                                         Recognised{"v=DMARC10; p=none", false},           //
                                         Recognised{"v=DMARC2; p=none", false},            //
                                         Recognised{"v=DMARC1p=none", false},              //
                                         Recognised{"p=none; v=DMARC1", false},            //
                                         Recognised{"\"v=DMARC1; p=none\"", false},        //
                                         Recognised{"v:DMARC1; p=none", false},            //
                                         Recognised{"vv=DMARC1; p=none", false},           //
                                         Recognised{"v=spf1 -all", false},                 //
                                         Recognised{"google-site-verification=x", false},  //
                                         Recognised{"", false},                            //
                                         Recognised{";v=DMARC1; p=none", false}));

struct Read {
  const char* text;
  const char* want;  // "p sp np adkim aspf t psd applies", "-" for what is not given
};

std::string word(const std::optional<DmarcPolicy>& policy) {
  return policy ? std::string(to_text(*policy)) : "-";
}

std::string summary(const DmarcRecord& record) {
  std::string out = word(record.policy) + ' ' + word(record.subdomain) + ' ' + word(record.missing_subdomain);
  out += record.strict_dkim ? " s" : " r";
  out += record.strict_spf ? " s" : " r";
  out += record.testing ? " y" : " n";
  out += record.psd == DmarcPsd::yes ? " y" : record.psd == DmarcPsd::no ? " n" : " u";
  return out + (record.applies ? "" : " ignored");
}

class DmarcTags : public testing::TestWithParam<Read> {};

TEST_P(DmarcTags, AreReadAsTheirOwnerMeantThem) {
  const auto record = parse_dmarc(GetParam().text);
  ASSERT_TRUE(record) << GetParam().text;
  EXPECT_EQ(summary(*record), GetParam().want) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, DmarcTags,
    testing::Values(Read{"v=DMARC1; p=reject", "reject - - r r n u"},                                      //
                    Read{"v=DMARC1;p=Quarantine;sp=NONE", "quarantine none - r r n u"},                    //
                    Read{"v=DMARC1; p=reject; sp=quarantine; np=none", "reject quarantine none r r n u"},  //
                    Read{"v=DMARC1; sp=none; p=reject", "reject none - r r n u"},                          //
                    Read{"v=DMARC1; p = reject ;", "reject - - r r n u"},                                  //
                    Read{"v=DMARC1;;; p=reject;;", "reject - - r r n u"},                                  //
                    Read{"v=DMARC1; p=reject; adkim=s; aspf=S", "reject - - s s n u"},                     //
                    Read{"v=DMARC1; p=reject; adkim=strict; aspf=x", "reject - - r r n u"},                //
                    Read{"v=DMARC1; p=reject; t=y", "reject - - r r y u"},                                 //
                    Read{"v=DMARC1; p=reject; t=Y; psd=Y", "reject - - r r y y"},                          //
                    Read{"v=DMARC1; p=reject; t=yes; psd=no", "reject - - r r n u"},                       //
                    Read{"v=DMARC1; p=reject; psd=n", "reject - - r r n n"},                               //
                    Read{"v=DMARC1; p=reject; psd=u", "reject - - r r n u"},                               //
                    Read{"v=DMARC1; p=reject; pct=0; rf=afrf; ri=1", "reject - - r r n u"},                //
                    Read{"v=DMARC1; p=reject; future=1; x", "reject - - r r n u"},                         //
                    Read{"v=DMARC1; p=reject; =x; 1=2", "reject - - r r n u"},                             //
                    Read{"v=DMARC1; P=reject", "none - - r r n u ignored"},                                //
                    Read{"v=DMARC1", "none - - r r n u ignored"},                                          //
                    Read{"v=DMARC1; p=", "none - - r r n u ignored"},                                      //
                    Read{"v=DMARC1; p=block", "none - - r r n u ignored"},                                 //
                    Read{"v=DMARC1; p=block; rua=mailto:a@example.org", "none - - r r n u"},               //
                    Read{"v=DMARC1; rua=mailto:a@example.org", "none - - r r n u"},                        //
                    Read{"v=DMARC1; p=reject; sp=block", "none - - r r n u ignored"},                      //
                    Read{"v=DMARC1; p=reject; sp=block; rua=mailto:a@example.org", "none - - r r n u"},    //
                    Read{"v=DMARC1; p=reject; np=", "none - - r r n u ignored"},                           //
                    Read{"v=DMARC1; p=none; p=reject", "none - - r r n u ignored"},                        //
                    Read{"v=DMARC1; p=none; p=reject; rua=mailto:a@b", "none - - r r n u"},                //
                    Read{"v=DMARC1; p=reject; adkim=s; adkim=r", "reject - - r r n u"},                    //
                    Read{"v=DMARC1; p=reject\x01; rua=mailto:a@b", "none - - r r n u"},                    //
                    Read{"v=DMARC1; p=reject, sp=none", "none - - r r n u ignored"}));

struct Address {
  const char* rua;
  bool valid;
};

class DmarcReportAddress : public testing::TestWithParam<Address> {};

TEST_P(DmarcReportAddress, DecidesWhetherARecordWithoutPolicyApplies) {
  const auto record = parse_dmarc(std::string("v=DMARC1; rua=") + GetParam().rua);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->applies, GetParam().valid) << GetParam().rua;
}

INSTANTIATE_TEST_SUITE_P(Table, DmarcReportAddress,
                         testing::Values(Address{"mailto:d@example.org", true},        //
                                         Address{"MAILTO:d@example.org!10m", true},    //
                                         Address{"junk, mailto:d@example.org", true},  //
                                         Address{"mailto:a@b,mailto:c@d", true},       //
                                         Address{"https://example.org/dmarc", true},   //
                                         Address{"d@example.org", false},              //
                                         Address{"mailto:", false},                    //
                                         Address{"mailto:d", false},                   //
                                         Address{"mailto:@example.org", false},        //
                                         Address{"mailto:d@", false},                  //
                                         Address{"mailto: d@example.org", false},      //
                                         Address{":d@example.org", false},             //
                                         Address{"1a:b", false},                       //
                                         Address{"a_b:c", false},                      //
                                         Address{"x:", false},                         //
                                         Address{",", false}));

TEST(DmarcRecord, OneOctetTooLongIsNotReadAndSaysSo) {
  std::string text = "v=DMARC1; p=reject; rua=mailto:";
  text.append(kLongestDmarcRecord - text.size(), 'a');
  EXPECT_EQ(summary(*parse_dmarc(text)), "reject - - r r n u");
  const auto longer = *parse_dmarc(text + 'a');
  EXPECT_EQ(summary(longer), "none - - r r n u ignored");
  EXPECT_EQ(longer.problem, "the record is longer than 16384 octets");
  EXPECT_FALSE(parse_dmarc("v=spf1 " + text + 'a')) << "it is none at all";
}

TEST(DmarcRecord, ReadsPct) {
  const auto percent = [](const std::string& pct) {
    return parse_dmarc("v=DMARC1; p=reject; " + pct)->percent;
  };
  EXPECT_EQ(percent("pct=0"), 0);
  EXPECT_EQ(percent("pct=007"), 7);
  EXPECT_EQ(percent("pct = 50 "), 50);
  EXPECT_EQ(percent("pct=100"), 100);
  for (const auto* none :
       {"", "pct=", "pct=101", "pct=1000", "pct=-1", "pct=1.5", "pct=5%", "pct=0; pct=0", "Pct=0"})
    EXPECT_EQ(percent(none), 100) << none;
}

TEST(DmarcRecord, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(parse_dmarc("v=DMARC1; p=reject")->problem, "");
  EXPECT_EQ(parse_dmarc("v=DMARC1; sp=none")->problem, "p= is missing");
  EXPECT_EQ(parse_dmarc("v=DMARC1; p=block")->problem, "p= is not none, quarantine or reject");
  EXPECT_EQ(parse_dmarc("v=DMARC1; p=none; np=x")->problem, "np= is not none, quarantine or reject");
  EXPECT_EQ(parse_dmarc("v=DMARC1; p=none; t=y; t=n")->problem, "t= is given more than once");
  EXPECT_EQ(parse_dmarc("v=DMARC1; p=none; junk")->problem, "something between two semicolons is not a tag");
}

}  // namespace
}  // namespace milter
