#include "milter/smtp/libmilter/reply_out.h"

#include <gtest/gtest.h>

namespace milter {
namespace {

TEST(DoubledPercent, EveryOneIsDoubled) {
  EXPECT_EQ(doubled_percent("100 % of %s and %%"), "100 %% of %%s and %%%%");
}

TEST(DoubledPercent, OtherTextStays) {
  EXPECT_EQ(doubled_percent(""), "");
  EXPECT_EQ(doubled_percent("See https://example.net/550 ref=1ABC"), "See https://example.net/550 ref=1ABC");
}

}  // namespace
}  // namespace milter
