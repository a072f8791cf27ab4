#include "milter/dns/network_shares.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace milter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const NetworkShares::Time kStart{std::chrono::hours(100)};
constexpr std::size_t kSlots = 1000;

Asker client(const std::string& address, Urgency urgency = Urgency::decision) {
  return {.lane = Lane::theirs, .urgency = urgency, .client = *policy::Address::parse(address)};
}

// How many `next(i)` get, of the slots that all share, when each takes what it may in turn, at most one each.
template <class Next>
std::size_t taken(NetworkShares& shares, std::size_t askers, Next next) {
  std::size_t all = 0;
  for (std::size_t i = 0; i < askers; ++i)
    if (const auto asker = next(i); shares.has_room(asker, kSlots - all, kStart)) {
      shares.begin(asker);
      ++all;
    }
  return all;
}

TEST(NetworkShares, OneNetworkHasAPortionOfWhatIsFree) {
  NetworkShares shares(kSharesMemory);
  EXPECT_EQ(taken(shares, 2 * kSlots, [](std::size_t) { return client("192.0.2.1"); }), kSlots / 9 + 1);
  NetworkShares ahead(kSharesMemory);
  EXPECT_EQ(taken(ahead, 2 * kSlots, [](std::size_t) { return client("192.0.2.1", Urgency::ahead); }),
            kSlots / 17 + 1);
}

TEST(NetworkShares, ItsAddressesShareIt) {
  NetworkShares shares(kSharesMemory);
  const auto next = [](std::size_t i) { return client(fmt::format("192.0.2.{}", i % 256)); };
  EXPECT_EQ(taken(shares, 2 * kSlots, next), kSlots / 9 + 1);
}

TEST(NetworkShares, WhoHasAWiderBlockHasNoMoreThanThat) {
  NetworkShares of48(kSharesMemory), of32(kSharesMemory), of16(kSharesMemory);
  const auto in48 = [](std::size_t i) { return client(fmt::format("2001:db8:0:{:x}::1", i % 4096)); };
  EXPECT_EQ(taken(of48, 8 * kSlots, in48), kSlots / 9 + 1);
  const auto in32 = [](std::size_t i) { return client(fmt::format("2001:db8:{:x}::1", i % 4096)); };
  EXPECT_EQ(taken(of32, 8 * kSlots, in32), kSlots / 5);
  const auto in16 = [](std::size_t i) { return client(fmt::format("192.0.{}.1", i % 256)); };
  EXPECT_EQ(taken(of16, 8 * kSlots, in16), kSlots / 5);
}

TEST(NetworkShares, ManyTogetherLeaveRoomForOneThatComes) {
  NetworkShares shares(kSharesMemory);
  const auto next = [](std::size_t i) { return client(fmt::format("{}.0.2.1", i % 200 + 1)); };
  const auto all = taken(shares, 200 * kSlots, next);
  EXPECT_GT(all, kSlots * 9 / 10);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(shares.has_room(client("203.0.113.1"), kSlots - all, kStart)) << i;
    shares.begin(client("203.0.113.1"));
  }
}

TEST(NetworkShares, TheReserveIsForThoseThatHaveNextToNothing) {
  NetworkShares shares(kSharesMemory);
  EXPECT_TRUE(shares.has_room(client("192.0.2.1"), 100, kStart, 100));
  shares.begin(client("192.0.2.1"));
  EXPECT_FALSE(shares.has_room(client("192.0.2.1"), 100, kStart, 100));
  EXPECT_TRUE(shares.has_room(client("192.0.2.1"), 109, kStart, 100));
  EXPECT_FALSE(shares.has_room(client("203.0.113.1"), 0, kStart, 100));
}

TEST(NetworkShares, SlotSecondsArePaidForAndFade) {
  const auto asker = client("192.0.2.1");
  for (const auto& [took, has_room] :
       {std::pair(milliseconds(20), true), std::pair(milliseconds(5000), false)}) {
    NetworkShares shares(kSharesMemory);
    for (int i = 0; i < 300; ++i) shares.begin(asker);
    for (int i = 0; i < 300; ++i) shares.end(asker, kStart, kStart + took);
    EXPECT_EQ(shares.has_room(asker, kSlots, kStart + took), has_room) << took.count();
    EXPECT_TRUE(shares.has_room(asker, kSlots, kStart + took + seconds(5)));
  }
}

TEST(NetworkShares, WithoutMemoryOnlyWhatIsOpenCounts) {
  NetworkShares shares(seconds(0));
  const auto asker = client("192.0.2.1");
  for (int i = 0; i < 300; ++i) shares.begin(asker);
  EXPECT_FALSE(shares.has_room(asker, kSlots, kStart));
  for (int i = 0; i < 300; ++i) shares.end(asker, kStart, kStart + seconds(5));
  EXPECT_TRUE(shares.has_room(asker, kSlots, kStart + seconds(5)));
  EXPECT_EQ(shares.accounts(), 0U);
}

TEST(NetworkShares, WhoIsNobodyHasAllThatIsFree) {
  NetworkShares shares(kSharesMemory);
  EXPECT_TRUE(shares.has_room({}, 1, kStart));
  EXPECT_FALSE(shares.has_room({}, 0, kStart));
  EXPECT_FALSE(shares.has_room(client("192.0.2.1"), 0, kStart));
}

TEST(NetworkShares, ForgetsWhoHasNothing) {
  NetworkShares shares(kSharesMemory);
  const auto asker = client("2001:db8::1");
  shares.begin(asker);
  shares.sweep(kStart + seconds(60));
  EXPECT_EQ(shares.accounts(), 4U);
  shares.end(asker, kStart, kStart + seconds(5));
  shares.sweep(kStart + seconds(5));
  EXPECT_EQ(shares.accounts(), 4U);
  shares.sweep(kStart + seconds(65));
  EXPECT_EQ(shares.accounts(), 0U);
}

}  // namespace
}  // namespace milter
