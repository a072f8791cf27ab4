#include "milter/auth/spf/prefetch.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/spf/world.h"

namespace milter {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

TEST(SpfPrefetch, AsksTheTreeAndItsHosts) {
  World world;
  world.spf("example.org", "v=spf1 a mx include:i.example.org exists:%{i}.example.org redirect=r.example.org")
      .mx("example.org", {"m.example.org"})
      .spf("i.example.org", "v=spf1 ptr include:j.example.org")
      .ptr("192.0.2.1", {"n.example.net"});
  prefetch(question("192.0.2.1", "bob@example.org"), world.zone);
  EXPECT_THAT(world.zone.asked(),
              IsSupersetOf({"TXT example.org", "A example.org", "MX example.org", "A m.example.org",
                            "TXT i.example.org", "PTR 1.2.0.192.in-addr.arpa", "A n.example.net",
                            "TXT j.example.org", "TXT r.example.org", "TXT mail.example.net"}));
  EXPECT_THAT(world.zone.asked(), Not(Contains("A 192.0.2.1.example.org")));
}

TEST(SpfPrefetch, StopsBehindAMatch) {
  World world;
  world.spf("example.org", "v=spf1 ip4:192.0.2.0/24 include:i.example.org -all");
  prefetch(question("192.0.2.1", "bob@example.org", ""), world.zone);
  EXPECT_THAT(world.zone.asked(), ElementsAre("TXT example.org"));
}

TEST(SpfPrefetch, FollowsIncludesFiveDeep) {
  World world;
  world.spf("example.org", "v=spf1 include:i1.example.org");
  for (int i = 1; i < 8; ++i)
    world.spf(fmt::format("i{}.example.org", i), fmt::format("v=spf1 include:i{}.example.org", i + 1));
  prefetch(question("192.0.2.1", "bob@example.org", ""), world.zone);
  EXPECT_THAT(world.zone.asked(), Contains(fmt::format("TXT i{}.example.org", kDeepestPrefetch)));
  EXPECT_THAT(world.zone.asked(), Not(Contains(fmt::format("TXT i{}.example.org", kDeepestPrefetch + 1))));
}

TEST(SpfPrefetch, KeepsToItsBudget) {
  for (const int hosts : {kMostPrefetches - 1, kMostPrefetches}) {
    World world;
    std::string text = "v=spf1";
    for (int i = 0; i < hosts; ++i) text += fmt::format(" a:h{}.example.org", i);
    world.spf("example.org", text);
    prefetch(question("192.0.2.1", "bob@example.org", ""), world.zone);
    EXPECT_EQ(world.zone.asked().size(), static_cast<std::size_t>(kMostPrefetches)) << hosts;
  }
}

TEST(SpfPrefetch, AsksNothingTwice) {
  World world;
  world.spf("example.org", "v=spf1 a a a include:example.org include:i.example.org")
      .spf("i.example.org", "v=spf1 include:example.org");
  prefetch(question("192.0.2.1", "bob@example.org", "example.org"), world.zone);
  auto asked = world.zone.asked();
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(std::adjacent_find(asked.begin(), asked.end()), asked.end());
}

TEST(SpfPrefetch, DoesNotWaitAndGoesOnWhenTheAnswerComes) {
  World world;
  Withholding resolver(world.zone, "TXT example.org");
  prefetch(question("192.0.2.1", "bob@example.org", ""), resolver);
  EXPECT_THAT(resolver.asked(), ElementsAre("TXT example.org"));
  resolver.withheld().answer(Records{.kind = Records::Kind::found, .texts = {"v=spf1 mx -all"}});
  EXPECT_THAT(resolver.asked(), ElementsAre("TXT example.org", "MX example.org"));
}

TEST(SpfPrefetch, LeavesNamesAloneThatAreNoDomains) {
  World world;
  prefetch(question("192.0.2.1", "bob@localhost", "[192.0.2.1]"), world.zone);
  EXPECT_THAT(world.zone.asked(), IsEmpty());
}

TEST(SpfPrefetch, IsDoneWhenTheFirstRecordIsHere) {
  World world;
  Withholding resolver(world.zone, "TXT example.org");
  EXPECT_FALSE(is_prefetched(question("192.0.2.1", "bob@example.org"), resolver));
  resolver.withheld().answer(Records{});
  EXPECT_TRUE(is_prefetched(question("192.0.2.1", "bob@example.org"), resolver));
}

// The evaluation itself starts what it will need before it waits.
TEST(SpfPrefetch, AnEvaluationAsksAheadUpToTheFirstInclude) {
  World world;
  world.spf("example.org", "v=spf1 a mx exists:e.example.org include:i.example.org a:late.example.org -all");
  Withholding resolver(world.zone, "A example.org");
  check_mail_from(question("192.0.2.1", "bob@example.org"), resolver, Deadline::min());
  EXPECT_THAT(resolver.asked(), ElementsAre("TXT example.org", "A example.org", "MX example.org",
                                            "A e.example.org", "TXT i.example.org"));
}

}  // namespace
}  // namespace milter
