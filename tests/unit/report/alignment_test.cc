#include <gtest/gtest.h>

#include "policy/report/suspects.h"
#include "tests/unit/report/records.h"

namespace policy {
namespace {

Record signed_by(const std::string& signer, const std::string& from_domain) {
  auto out = with(decision(Event::reject, "bounce.example.com", "dmarc-reject"), "dkim",
                  {{"passed", TextList{signer}}});
  out.from_domain = from_domain;
  return out;
}

Record judged(Record record, const std::string& result, const TextList& aligned_by,
              const std::string& org_domain) {
  return with(std::move(record), "dmarc",
              {{"result", result}, {"aligned_by", aligned_by}, {"org_domain", org_domain}});
}

TEST(DkimAlignmentOf, ARecordWithoutFactsOfDmarcIsByName) {
  EXPECT_EQ(dkim_alignment(signed_by("shop.example", "shop.example")), DkimAlignment::by_name);
  EXPECT_EQ(dkim_alignment(signed_by("shop.example", "news.shop.example")), DkimAlignment::by_name);
  EXPECT_EQ(dkim_alignment(signed_by("mail.Shop.example", "shop.example")), DkimAlignment::by_name);
}

TEST(DkimAlignmentOf, ASignatureOfAnotherDomainIsNone) {
  EXPECT_EQ(dkim_alignment(signed_by("other.example", "shop.example")), DkimAlignment::none);
  EXPECT_EQ(dkim_alignment(signed_by("op.example", "shop.example")), DkimAlignment::none);
  EXPECT_EQ(dkim_alignment(signed_by("example", "shop.example")), DkimAlignment::none);
  EXPECT_EQ(dkim_alignment(signed_by("", "")), DkimAlignment::none);
}

TEST(DkimAlignmentOf, TheEnvelopesDomainCountsOnlyWhereNoFromDomainIsKnown) {
  EXPECT_EQ(dkim_alignment(signed_by("example.com", "")), DkimAlignment::by_name);
  EXPECT_EQ(dkim_alignment(signed_by("example.com", "shop.example")), DkimAlignment::none);
}

TEST(DkimAlignmentOf, WhatDmarcSaysGoesBeforeTheNames) {
  const auto record = signed_by("customer1.hosting.example", "hosting.example");
  EXPECT_EQ(dkim_alignment(judged(record, "fail", {}, "hosting.example")), DkimAlignment::none);
  EXPECT_EQ(dkim_alignment(judged(record, "pass", {"spf"}, "hosting.example")), DkimAlignment::none);
  EXPECT_EQ(dkim_alignment(judged(record, "pass", {"spf", "dkim"}, "hosting.example")),
            DkimAlignment::logged);
}

// Two customers of a registry below whose name anybody registers: the names alone would be taken for related.
TEST(DkimAlignmentOf, WithoutADmarcRecordTheOrganisationalDomainDecides) {
  EXPECT_EQ(dkim_alignment(judged(signed_by("shop.example", "a.shop.example"), "none", {}, "shop.example")),
            DkimAlignment::logged);
  EXPECT_EQ(dkim_alignment(judged(signed_by("host.example", "a.host.example"), "none", {}, "a.host.example")),
            DkimAlignment::none);
}

}  // namespace
}  // namespace policy
