#include "milter/lists/hit_rate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace milter {
namespace {

// Feeds clients that were never seen before, `percent` of them listed, evenly spread.
class Clients {
 public:
  void come(HitRate& rate, int count, int percent) {
    for (int i = 0; i < count; ++i) {
      due_ += percent;
      const bool listed = due_ >= 100;
      if (listed) due_ -= 100;
      rate.observe(fmt::format("client {}", next_++), listed);
    }
  }

 private:
  int next_ = 0;
  int due_ = 0;
};

constexpr int kLong = 1000;

TEST(HitRate, AListThatListsAsManyAsEverIsLeftInPeace) {
  for (const int percent : {0, 2, 30, 60, 95}) {
    HitRate rate;
    Clients().come(rate, kLong, percent);
    EXPECT_FALSE(rate.tripped()) << percent;
  }
}

TEST(HitRate, AListThatSuddenlyListsEverybodyTripsWithinOneWindow) {
  for (const int percent : {0, 2, 30, 60}) {
    HitRate rate;
    Clients clients;
    clients.come(rate, kLong, percent);
    clients.come(rate, static_cast<int>(kWindow), 100);
    EXPECT_TRUE(rate.tripped()) << percent;
  }
}

TEST(HitRate, ABurstOfListedClientsThatIsNotEverybodyDoesNotTrip) {
  HitRate rate;
  Clients clients;
  clients.come(rate, kLong, 30);
  clients.come(rate, kLong / 10, 70);
  EXPECT_FALSE(rate.tripped());
}

TEST(HitRate, AQuarterOfTheClientsIsNeverTooManyAndOneMoreIsWhereItIsOutOfProportion) {
  HitRate quarter, more;
  for (auto* rate : {&quarter, &more}) Clients().come(*rate, kLong, 0);
  for (int i = 0; i < 25; ++i) quarter.observe(fmt::format("listed {}", i), true);
  for (int i = 0; i < 26; ++i) more.observe(fmt::format("listed {}", i), true);
  EXPECT_FALSE(quarter.tripped());
  EXPECT_TRUE(more.tripped());
}

TEST(HitRate, OneClientThatReturnsAllDayIsOneClient) {
  HitRate rate;
  Clients().come(rate, kLong, 0);
  for (int i = 0; i < kLong; ++i) rate.observe("192.0.2.1", true);
  EXPECT_FALSE(rate.tripped());
}

TEST(HitRate, WithoutHistoryNothingIsSudden) {
  HitRate rate;
  Clients().come(rate, static_cast<int>(kWindow) + kFewestInHistory, 100);
  EXPECT_FALSE(rate.tripped());
}

TEST(HitRate, JudgesFromTheFewestInHistoryOnAndNotOneEarlier) {
  for (const int short_by : {0, 1}) {
    HitRate rate;
    Clients clients;
    // Of these, kFewestInHistory - short_by - 40 have left the window; 40 more leave it as the 40
    // listed ones come.
    clients.come(rate, static_cast<int>(kWindow) + kFewestInHistory - short_by - 40, 0);
    clients.come(rate, 40, 100);
    EXPECT_EQ(rate.tripped(), short_by == 0);
    EXPECT_EQ(rate.text().empty(), short_by == 1);
  }
}

TEST(HitRate, CalmsDownOnlyWhenTheShareHasComeDownHalfway) {
  HitRate rate;
  Clients clients;
  clients.come(rate, kLong, 30);  // odds .43: trips from 3.4 (78%), calms below 1.7 (63%)
  clients.come(rate, kLong, 100);
  EXPECT_TRUE(rate.tripped());
  clients.come(rate, kLong, 70);
  EXPECT_TRUE(rate.tripped());
  clients.come(rate, kLong, 30);
  EXPECT_FALSE(rate.tripped());
}

TEST(HitRate, WhatItListedWhileTrippedIsNoHistory) {
  HitRate rate;
  Clients clients;
  clients.come(rate, kLong, 0);
  clients.come(rate, 100 * kLong, 100);
  EXPECT_TRUE(rate.tripped());
  EXPECT_EQ(rate.text(), "100 of the last 100, before 0%");
}

TEST(HitRate, FollowsSlowChange) {
  HitRate rate;
  Clients clients;
  for (int percent = 0; percent <= 95; percent += 5) {
    clients.come(rate, 4 * kLong, percent);
    EXPECT_FALSE(rate.tripped()) << percent;
  }
}

}  // namespace
}  // namespace milter
