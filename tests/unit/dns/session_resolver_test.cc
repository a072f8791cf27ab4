#include "milter/dns/session_resolver.h"

#include <gtest/gtest.h>

#include "milter/dns/zone.h"

namespace milter {
namespace {

TEST(SessionResolver, CapsWhatOneSessionAsks) {
  ScriptedZone world;
  SessionResolver session(world);
  for (int i = 0; i < kMostQueriesASession; ++i) {
    const auto lookup = session.query("x.org", RecordType::a);
    ASSERT_TRUE(lookup.peek()->has_value()) << i;
  }
  const auto beyond = session.query("X.org.", RecordType::a);
  ASSERT_FALSE(beyond.peek()->has_value());
  EXPECT_EQ(beyond.peek()->error().kind, Trouble::Kind::overload);
  EXPECT_EQ(beyond.peek()->error().detail, "A x.org: overload (this session asked too much)");
  EXPECT_EQ(world.asked().size(), static_cast<std::size_t>(kMostQueriesASession));
}

TEST(SessionResolver, CapIsASetting) {
  ScriptedZone world;
  SessionResolver session(world, 1);
  const auto first = session.query("x.org", RecordType::a), second = session.query("x.org", RecordType::a);
  EXPECT_TRUE(first.peek()->has_value());
  EXPECT_FALSE(second.peek()->has_value());
}

TEST(SessionResolver, NextMessageHasItsOwnShare) {
  ScriptedZone world;
  SessionResolver session(world, 1);
  session.query("x.org", RecordType::a);
  session.renew(1);
  const auto again = session.query("x.org", RecordType::a);
  EXPECT_TRUE(again.peek()->has_value());
}

}  // namespace
}  // namespace milter
