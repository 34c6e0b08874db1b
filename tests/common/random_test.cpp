#include "common/random.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace escalate {
namespace {

static_assert(std::uniform_random_bit_generator<Random>);

TEST(Splitmix64, GivesThePublishedSequence) {
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u,
        16408922859458223821u}) {
    EXPECT_EQ(splitmix64(state), expected);
  }
}

TEST(RandomStream, GivesTheNumbersOfSplitmixInAnyOrder) {
  std::uint64_t state = 1234567;
  std::vector<std::uint64_t> in_order;
  for (int i = 0; i < 5; ++i) in_order.push_back(splitmix64(state));
  const RandomStream stream(1234567);
  for (std::uint64_t i = 5; i-- > 0;) EXPECT_EQ(stream.at(i), in_order[i]);
}

TEST(Random, GivesThePublishedXoshiroSequence) {
  Random random(std::array<std::uint64_t, 4>{1, 2, 3, 4});
  for (const std::uint64_t expected : {11520u, 0u, 1509978240u}) EXPECT_EQ(random(), expected);
  EXPECT_EQ(random(), 1215971899390074240u);
}

TEST(Random, RepeatsItselfForTheSameSeedOnly) {
  Random a(7), b(7), c(8);
  const std::uint64_t first = a();
  EXPECT_EQ(first, b());
  EXPECT_NE(first, c());
}

TEST(Random, UniformStaysInRangeAndHasTheRightMean) {
  Random random(1);
  double sum = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);  // 5 standard deviations
}

TEST(Random, BelowReachesEveryNumberEquallyOften) {
  Random random(2);
  std::array<int, 6> counts{};
  constexpr int kDraws = 60000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, BetweenIncludesBothEnds) {
  Random random(3);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.between(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(random.between(5, 5), 5);
  random.between(std::numeric_limits<std::int64_t>::min(),
                 std::numeric_limits<std::int64_t>::max());
}

TEST(Random, ChanceHasItsProbability) {
  Random random(4);
  int hits = 0;
  for (int i = 0; i < 100000; ++i) hits += random.chance(0.1);
  EXPECT_NEAR(hits, 10000, 500);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

TEST(SeedFor, DependsOnSeedAndName) {
  EXPECT_EQ(seed_for(1, "conv1"), seed_for(1, "conv1"));
  EXPECT_NE(seed_for(1, "conv1"), seed_for(1, "conv2"));
  EXPECT_NE(seed_for(1, "conv1"), seed_for(2, "conv1"));
}

}  // namespace
}  // namespace escalate
