// Every case of the table, in one piece and in small ones.
#include <gtest/gtest.h>

#include "tests/unit/dkim/cases.h"
#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

class DkimTable : public testing::TestWithParam<Case> {};

TEST_P(DkimTable, HasTheVerdictAndTheSentence) {
  const auto& one = GetParam();
  ScriptedZone zone;
  if (!one.records.empty()) put_keys(zone, {kKeyName, records_of(one)});
  const auto mail = mail_of(one);
  EXPECT_EQ(first_verdict(verify(mail, zone)), one.expected);
  if (mail.body.size() >= 1000) return;
  for (const std::size_t chunk : {1, 2, 3, 7})
    EXPECT_EQ(first_verdict(verify(mail, zone, chunk)), one.expected) << "in pieces of " << chunk;
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string out;
  for (const char c : info.param.name) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return std::to_string(info.index) + "_" + out;
}

INSTANTIATE_TEST_SUITE_P(All, DkimTable, testing::ValuesIn(all_cases()), test_name);

TEST(DkimTableSize, HoldsAtLeast120Cases) { EXPECT_GE(all_cases().size(), 120U); }

}  // namespace
}  // namespace milter::test
