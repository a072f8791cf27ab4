#include "policy/report/frequent.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

TEST(Frequent, KeepsAsManyNamesAsItMay) {
  Frequent<std::uint64_t> counts(4);
  for (const auto* name : {"a", "b", "c", "d"}) ++counts[name];
  EXPECT_EQ(counts.all().size(), 4U);
  EXPECT_EQ(counts.forgotten(), 0U);
  ++counts["e"];
  EXPECT_LE(counts.all().size(), 4U);
  EXPECT_GT(counts.forgotten(), 0U);
}

TEST(Frequent, ForgetsTheLighterHalfWhereverItStands) {
  Frequent<std::uint64_t> counts(4);
  counts["a"] = 9;
  counts["b"] = 1;
  counts["c"] = 8;
  counts["d"] = 2;
  ++counts["e"];
  EXPECT_EQ(counts.find("b"), nullptr);
  EXPECT_EQ(counts.find("d"), nullptr);
  EXPECT_EQ(*counts.find("a"), 9U);
  EXPECT_EQ(*counts.find("c"), 8U);
  EXPECT_EQ(*counts.find("e"), 1U);
  EXPECT_EQ(counts.forgotten(), 3U);
}

TEST(Frequent, NeverForgetsMoreThanHalfAmongEquals) {
  Frequent<std::uint64_t> counts(100);
  for (int i = 0; i < 100; ++i) counts[std::to_string(i)] = 7;
  counts["new"] = 7;
  EXPECT_GE(counts.all().size(), 49U);
  EXPECT_LE(counts.all().size(), 51U);
}

TEST(Frequent, AHeavyNameSurvivesAFloodOfMadeUpOnes) {
  Frequent<std::uint64_t> counts(50);
  counts["heavy"] = 1000;
  for (int i = 0; i < 10'000; ++i) ++counts["x" + std::to_string(i)];
  ASSERT_NE(counts.find("heavy"), nullptr);
  EXPECT_EQ(counts.top(1).front().first, "heavy");
  EXPECT_LE(counts.all().size(), 50U);
}

TEST(Frequent, TopIsTheHeaviestFirstThenByName) {
  Frequent<std::uint64_t> counts(9);
  counts["b"] = 2;
  counts["a"] = 2;
  counts["c"] = 3;
  const auto top = counts.top(2);
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0].first, "c");
  EXPECT_EQ(top[1].first, "a");
}

TEST(Recent, ForgetsTheOldestWhenThereIsOneTooMany) {
  Recent<int> recent(2);
  EXPECT_EQ(recent.put(1, 10), std::nullopt);
  EXPECT_EQ(recent.put(2, 20), std::nullopt);
  EXPECT_EQ(recent.put(3, 30), 10);
  EXPECT_EQ(recent.take(1), std::nullopt);
  EXPECT_EQ(recent.take(2), 20);
  EXPECT_EQ(recent.take(3), 30);
}

TEST(Recent, KeepsTheLastValueAndGivesItOnce) {
  Recent<int> recent(2);
  recent.put(1, 10);
  recent.put(1, 11);
  ASSERT_NE(recent.find(1), nullptr);
  EXPECT_EQ(*recent.find(1), 11);
  EXPECT_EQ(recent.take(1), 11);
  EXPECT_EQ(recent.find(1), nullptr);
}

TEST(Recent, WhatIsPutAgainIsTheNewest) {
  Recent<int> recent(2);
  recent.put(1, 10);
  recent.put(2, 20);
  recent.put(1, 11);
  EXPECT_EQ(recent.put(3, 30), 20);
}

}  // namespace
}  // namespace policy
