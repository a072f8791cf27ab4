#include "milter/lists/self_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/lists/world.h"

namespace milter {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kV6Two =
    "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.example";
constexpr std::string_view kV6One =
    "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.example";

SelfTest run(ScriptedZone& world, const policy::List& list = test::zen()) {
  return PointLookups::start(world, list).result(list);
}

TEST(TestPoints, OfAddressListsAreThoseOfRfc5782) {
  const auto points = test_points(test::zen());
  ASSERT_THAT(points, SizeIs(4));
  EXPECT_EQ(points[0].name, "2.0.0.127.zen.example");
  EXPECT_EQ(points[1].name, "1.0.0.127.zen.example");
  EXPECT_EQ(points[2].name, kV6Two);
  EXPECT_EQ(points[3].name, kV6One);
}

TEST(TestPoints, OfDomainListsAreTestAndInvalid) {
  const auto points = test_points(test::dbl(policy::ListOf::helo));
  ASSERT_THAT(points, SizeIs(2));
  EXPECT_EQ(points[0].name, "test.dbl.example");
  EXPECT_EQ(points[1].name, "invalid.dbl.example");
}

TEST(SelfTest, AHealthyListPassesWithAndWithoutIpv6) {
  const auto world = test::healthy_world();
  EXPECT_TRUE(run(*world).passed);
  test::put(*world, kV6Two, {"127.0.0.2"});
  EXPECT_TRUE(run(*world).passed);
  EXPECT_EQ(run(*world).problem, "");
}

TEST(SelfTest, ADomainListPassesByItsOwnPoints) {
  EXPECT_TRUE(run(*test::healthy_world(), test::dbl(policy::ListOf::helo)).passed);
}

TEST(SelfTest, ShowsWhatEachPointAnswered) {
  const auto world = test::healthy_world();
  world->put(kV6Two, RecordType::a, Trouble::Kind::refused);
  const auto test = run(*world);
  ASSERT_THAT(test.points, SizeIs(4));
  EXPECT_EQ(test.points[0].label + ": " + test.points[0].answer, "127.0.0.2: 127.0.0.2");
  EXPECT_EQ(test.points[1].answer, "not listed");
  EXPECT_EQ(test.points[2].label + ": " + test.points[2].answer, "::FFFF:7F00:2: REFUSED");
}

TEST(SelfTest, ADeadListFails) {
  ScriptedZone nothing;
  EXPECT_THAT(run(nothing).problem, HasSubstr("test point 127.0.0.2 is not listed"));
}

TEST(SelfTest, AListThatListsTheWorldFails) {
  const auto world = test::healthy_world();
  test::put(*world, "1.0.0.127.zen.example", {"127.0.0.2"});
  EXPECT_THAT(run(*world).problem,
              HasSubstr("test point 127.0.0.1 must not be listed but answered 127.0.0.2"));
}

TEST(SelfTest, AListThatListsTheIpv6WorldFails) {
  const auto world = test::healthy_world();
  test::put(*world, kV6One, {"127.0.0.2"});
  EXPECT_THAT(run(*world).problem, HasSubstr("test point ::FFFF:7F00:1 must not be listed"));
}

TEST(SelfTest, TroubleWithIpv6PointsIsNoFailure) {
  const auto world = test::healthy_world();
  world->put(kV6Two, RecordType::a, Trouble::Kind::timeout);
  world->put(kV6One, RecordType::a, Trouble::Kind::serv_fail);
  EXPECT_TRUE(run(*world).passed);
}

TEST(SelfTest, NamesTheTestPointAndItsTrouble) {
  const auto world = test::healthy_world();
  world->put("1.0.0.127.zen.example", RecordType::a, Trouble::Kind::timeout);
  EXPECT_EQ(run(*world).problem, "test point 127.0.0.1: time-out");
  world->put("2.0.0.127.zen.example", RecordType::a, Trouble::Kind::serv_fail);
  EXPECT_EQ(run(*world).problem, "test point 127.0.0.2: SERVFAIL");
}

TEST(SelfTest, AnUndocumentedCodeAtTheTestPointFails) {
  const auto world = test::healthy_world();
  test::put(*world, "2.0.0.127.zen.example", {"127.0.0.77"});
  const auto test = run(*world);
  EXPECT_FALSE(test.passed);
  EXPECT_FALSE(test.lies);
  EXPECT_THAT(test.problem, HasSubstr("test point 127.0.0.2 answered 127.0.0.77"));
}

TEST(SelfTest, ALieSaysMoreThanATimeOutBeforeIt) {
  const auto world = test::healthy_world();
  world->put("2.0.0.127.zen.example", RecordType::a, Trouble::Kind::timeout);
  test::put(*world, "1.0.0.127.zen.example", {"192.0.2.80"});
  const auto test = run(*world);
  EXPECT_TRUE(test.lies);
  EXPECT_THAT(test.problem, HasSubstr("test point 127.0.0.1 answered 192.0.2.80"));
}

}  // namespace
}  // namespace milter
