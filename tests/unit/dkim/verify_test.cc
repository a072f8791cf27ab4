#include "milter/auth/dkim/verify.h"

#include <gtest/gtest.h>

#include "tests/unit/dkim/verifying.h"

namespace milter::test {
namespace {

TEST(Dkim, SignedMailPasses) {
  ScriptedZone zone;
  put_keys(zone, {kKeyName, {"v=DKIM1; k=rsa; p=" + public_key("rsa2048")}});
  auto mail = sample_mail();
  sign(mail, {});
  EXPECT_EQ(first_verdict(verify(mail, zone)), "pass");
}

}  // namespace
}  // namespace milter::test
