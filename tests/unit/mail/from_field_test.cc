#include "milter/mail/from_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/mail/header_tokens.h"
#include "policy/domain_form.h"

namespace milter {
namespace {

using testing::HasSubstr;

struct Good {
  std::string value, domain, address;
};

class FromField : public testing::TestWithParam<Good> {};

TEST_P(FromField, ShowsOneDomain) {
  const auto from = parse_from(GetParam().value);
  EXPECT_EQ(from.problem, "") << GetParam().value;
  EXPECT_EQ(from.domain, GetParam().domain) << GetParam().value;
  EXPECT_EQ(from.address, GetParam().address) << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Plain, FromField,
    testing::Values(
        Good{"a@example.org", "example.org", "a@example.org"},                                       //
        Good{" A.B@Example.ORG", "example.org", "A.B@example.org"},                                  //
        Good{"a@example.org.", "example.org", "a@example.org"},                                      //
        Good{"Ann <a@example.org>", "example.org", "a@example.org"},                                 //
        Good{"\"Ann, B.\" <a@example.org>", "example.org", "a@example.org"},                         //
        Good{"a@example.org (Ann)", "example.org", "a@example.org"},                                 //
        Good{"(x (y) \\( z) a@(c)example(d).org", "example.org", "a@example.org"},                   //
        Good{"Ann\r\n <a@example.org>\r\n", "example.org", "a@example.org"},                         //
        Good{"Ann\n\t<a@example.org>", "example.org", "a@example.org"},                              //
        Good{"=?utf-8?Q?ceo=40bank.example?= <a@example.org>", "example.org", "a@example.org"},      //
        Good{"=?utf-8?B?YUBiYW5rLmV4YW1wbGU=?= <a@example.org>", "example.org", "a@example.org"},    //
        Good{"\"ceo@bank.example\" <a@evil.example>", "evil.example", "a@evil.example"},             //
        Good{"(ceo@bank.example) <a@evil.example>", "evil.example", "a@evil.example"},               //
        Good{"\"a@bank.example\"@evil.example", "evil.example", "\"a@bank.example\"@evil.example"},  //
        Good{"\"a\\\"b\\\\c\"@example.org", "example.org", "\"a\\\"b\\\\c\"@example.org"},           //
        Good{"<\"quoted local\"@example.org>", "example.org", "\"quoted local\"@example.org"},       //
        Good{"<@relay.example,@b.example:a@example.org>", "example.org", "a@example.org"},           //
        Good{"a @ example . org", "example.org", "a@example.org"},                                   //
        Good{"a_b@my_host.example.org", "my_host.example.org", "a_b@my_host.example.org"},           //
        Good{"root@localhost", "localhost", "root@localhost"}));

INSTANTIATE_TEST_SUITE_P(
    Lenient, FromField,
    testing::Values(Good{"Foo, Inc. <a@example.org>", "example.org", "a@example.org"},              //
                    Good{"Foo: Bar; Baz <a@example.org>", "example.org", "a@example.org"},          //
                    Good{"Tom @ Shop <a@example.org>", "example.org", "a@example.org"},             //
                    Good{"@tom <a@example.org>", "example.org", "a@example.org"},                   //
                    Good{"a@example.org <a@example.org>", "example.org", "a@example.org"},          //
                    Good{"b@EXAMPLE.org <a@example.org>", "example.org", "a@example.org"},          //
                    Good{"[list] Foo <a@example.org>", "example.org", "a@example.org"},             //
                    Good{"Foo) > <a@example.org>", "example.org", "a@example.org"},                 //
                    Good{"<a@example.org> via list", "example.org", "a@example.org"},               //
                    Good{"Ann B a@example.org", "example.org", "a@example.org"},                    //
                    Good{"a.@example.org", "example.org", "a.@example.org"},                        //
                    Good{"<a..b@example.org>", "example.org", "a..b@example.org"},                  //
                    Good{",, a@example.org,", "example.org", "a@example.org"},                      //
                    Good{"=?utf-8?Q?Foo,_Inc.?= <a@example.org>", "example.org", "a@example.org"},  //
                    Good{"a%b.example@example.org", "example.org", "a%b.example@example.org"}));

INSTANTIATE_TEST_SUITE_P(
    Several, FromField,
    testing::Values(Good{"a@example.org, b@Example.org", "example.org", "a@example.org"},                 //
                    Good{"A <a@example.org>, \"B, C\" <b@example.org>", "example.org", "a@example.org"},  //
                    Good{"Us: a@example.org, B <b@example.org>;", "example.org", "a@example.org"},        //
                    Good{"Us: a@example.org; c@example.org", "example.org", "a@example.org"}));

INSTANTIATE_TEST_SUITE_P(
    Utf8, FromField,
    testing::Values(Good{"a@b\xC3\xBC"
                         "cher.example",
                         "xn--bcher-kva.example", "a@xn--bcher-kva.example"},  //
                    Good{"<\xC3\xBC@B\xC3\x9C"
                         "CHER.example>",
                         "xn--bcher-kva.example", "\xC3\xBC@xn--bcher-kva.example"},                      //
                    Good{"a@xn--bcher-kva.example", "xn--bcher-kva.example", "a@xn--bcher-kva.example"},  //
                    Good{"a@example\xE3\x80\x82org", "example.org", "a@example.org"},  // ideographic dot
                    Good{"B\xC3\xBC\xFF\xFE <a@example.org>", "example.org", "a@example.org"}));  // not UTF-8

struct Bad {
  std::string value, problem;
};

class BadFromField : public testing::TestWithParam<Bad> {};

TEST_P(BadFromField, ShowsNoDomainAndSaysWhy) {
  const auto from = parse_from(GetParam().value);
  EXPECT_EQ(from.domain, "") << GetParam().value;
  EXPECT_EQ(from.address, "") << GetParam().value;
  EXPECT_THAT(from.problem, HasSubstr(GetParam().problem)) << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadFromField,
    testing::Values(
        Bad{"", "without an address"}, Bad{" \r\n ", "without an address"}, Bad{"Ann", "without an address"},
        Bad{"Nobody:;", "without an address"}, Bad{"(only a comment)", "without an address"},
        Bad{"=?utf-8?Q?a=40example.org?=", "without an address"}, Bad{"<>", "an address without a domain"},
        Bad{"<root>", "an address without a domain"}, Bad{"Ann <a@>", "an address without a domain"},
        Bad{"a@", "an address without a domain"}, Bad{"<@>", "without anything before the @"},
        Bad{"@example.org", "without anything before the @"}, Bad{"a@[192.0.2.1]", "an address literal"},
        Bad{"<a@[IPv6:2001:db8::1]>", "an address literal"}, Bad{"a@-example.org", "not a domain name"},
        Bad{"<a@exa$mple.org>", "not a domain name"}, Bad{"<a@=?utf-8?Q?example.org?=>", "not a domain name"},
        Bad{"<a@\xFF\xFE.example>", "not a domain name"},
        Bad{"a@" + std::string(64, 'a') + ".example", "not a domain name"},
        Bad{"a@bank.example, b@evil.example", "different domains"},
        Bad{"A <a@bank.example>, <b@evil.example>", "different domains"},
        Bad{"Us: a@bank.example;, b@evil.example", "different domains"},
        Bad{"a@example.org, b@sub.example.org", "different domains"},
        Bad{"ceo@bank.example <a@evil.example>", "another address beside"},
        Bad{"<a@evil.example> ceo@bank.example", "another address beside"},
        Bad{"x@y@bank.example <a@evil.example>", "another address beside"},
        Bad{"<a@evil.example><b@bank.example>", "without a comma"},
        Bad{"a@evil.example b@bank.example", "without a comma"}, Bad{"<a@b@example.org>", "more than one @"},
        Bad{"a@evil.example@bank.example", "without a comma"},
        Bad{"<a@example.org b>", "between angle brackets"},
        Bad{"<a, b@example.org>", "between angle brackets"},
        Bad{"<a@example..org>", "between angle brackets"},
        Bad{"<@relay.example a@example.org>", "more than one @"},
        Bad{"Ann <a@example.org", "angle bracket that is not closed"},
        Bad{"\"Ann <a@example.org>", "quotation mark that is not closed"},
        Bad{"Ann (x <a@example.org>", "comment that is not closed"},
        Bad{"a@[192.0.2.1", "square bracket that is not closed"},
        Bad{"\"Ann\\", "quotation mark that is not closed"},
        Bad{std::string("a\0b@example.org", 15), "a control character"},
        Bad{"a@example.org\r\nX: y", "a control character"}, Bad{"a@exa\nmple.org", "a control character"},
        Bad{"\"A\rB\" <a@example.org>", "a control character"},
        Bad{"A\x7F <a@example.org>", "a control character"}));

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '(') + "x" +
         std::string(static_cast<std::size_t>(depth), ')') + " a@example.org";
}

TEST(FromBounds, CommentsNestSoDeep) {
  EXPECT_EQ(parse_from(nested(kDeepestComment)).domain, "example.org");
  EXPECT_THAT(parse_from(nested(kDeepestComment + 1)).problem, HasSubstr("nested more than 16 deep"));
}

std::string authors(std::size_t count) {
  std::string out;
  while (count-- > 0) out += "a@example.org,";
  return out;
}

TEST(FromBounds, SoManyAuthors) {
  EXPECT_EQ(parse_from(authors(kMostAuthors)).domain, "example.org");
  EXPECT_THAT(parse_from(authors(kMostAuthors + 1)).problem, HasSubstr("more than 64 addresses"));
}

TEST(FromBounds, SoManyOctets) {
  const std::string address = " <a@example.org>";
  const std::string value = std::string(kLongestStructuredField - address.size(), 'x') + address;
  EXPECT_EQ(parse_from(value).domain, "example.org");
  EXPECT_THAT(parse_from('x' + value).problem, HasSubstr("more than 8192 octets"));
}

TEST(FromFields, AreCountedWhateverTheirCase) {
  EXPECT_EQ(read_from({{"Subject", "a@b"}}).problem, "no From field");
  const auto one = read_from({{"fROM", " a@example.org"}, {"X-From", "b@example.com"}});
  EXPECT_EQ(one.domain, "example.org");
  EXPECT_EQ(one.count, 1);
  const auto two = read_from({{"From", "a@example.org"}, {"FROM ", "a@example.org"}});
  EXPECT_EQ(two.problem, "2 From fields");
  EXPECT_EQ(two.domain, "");
  EXPECT_EQ(two.count, 2);
}

TEST(DomainForm, IsBoundedAndExact) {
  EXPECT_EQ(policy::to_a_labels("Example.ORG."), "example.org");
  EXPECT_EQ(policy::to_a_labels(std::string("a\0b", 3)), "");
  EXPECT_EQ(policy::to_a_labels(std::string(1013, 'a')), "");
  EXPECT_EQ(policy::to_a_labels(""), "");
  EXPECT_EQ(policy::to_a_labels("a b.example"), "");
  EXPECT_EQ(policy::to_a_labels("stra\xC3\x9F"
                                "e.example"),
            "xn--strae-oqa.example");  // non-transitional: not strasse
}

}  // namespace
}  // namespace milter
