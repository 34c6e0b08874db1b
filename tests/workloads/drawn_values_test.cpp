#include "workloads/drawn_values.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/expect_user_error.h"

namespace escalate {
namespace {

using Values = std::vector<std::int8_t>;
using DrawFunction = void (*)(Values&, RandomStream, double);

void draw_to_127(Values& values, RandomStream stream, double density) {
  draw_signed(values, stream, density, 127);
}

constexpr DrawFunction kDraws[] = {draw_ternary, draw_to_127, draw_positive};

Values drawn(DrawFunction draw, std::uint64_t seed, std::size_t count, double density) {
  Values values(count);
  draw(values, RandomStream(seed), density);
  return values;
}

TEST(DrawnValues, DoNotDependOnTheNumberOfThreads) {
  constexpr std::size_t kMany = 3'000'001;  // enough for several threads
  const auto by_threads = [](auto draw, int jobs) {
    Values values(kMany);
    draw(values, RandomStream(7), 0.3, jobs);
    return values;
  };
  const auto ternary = [](auto&&... arguments) { draw_ternary(arguments...); };
  const auto positive = [](auto&&... arguments) { draw_positive(arguments...); };
  const Values one = drawn(draw_ternary, 7, kMany, 0.3),
               other = drawn(draw_positive, 7, kMany, 0.3);
  for (const int jobs : {2, 3, 100}) {
    EXPECT_TRUE(by_threads(ternary, jobs) == one) << jobs;
    EXPECT_TRUE(by_threads(positive, jobs) == other) << jobs;
  }
}

TEST(DrawnValues, KeepTheNonZerosOfALowerDensityAtAHigherOne) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const auto count = *rc::gen::inRange<std::size_t>(0, 400);
    const double low = *rc::gen::inRange(0, 101) / 100.0, high = *rc::gen::inRange(0, 101) / 100.0;
    for (const DrawFunction draw : kDraws) {
      const Values fewer = drawn(draw, seed, count, std::min(low, high));
      const Values more = drawn(draw, seed, count, std::max(low, high));
      for (std::size_t i = 0; i < count; ++i) RC_ASSERT(fewer[i] == 0 || fewer[i] == more[i]);
    }
  }));
}

TEST(DrawnValues, DependOnTheirOwnPlaceAlone) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const auto count = *rc::gen::inRange<std::size_t>(0, 100);
    for (const DrawFunction draw : kDraws) {
      const Values whole = drawn(draw, seed, 101, 0.5), part = drawn(draw, seed, count, 0.5);
      RC_ASSERT(std::equal(part.begin(), part.end(), whole.begin()));
    }
  }));
}

TEST(DrawnValues, HaveTheirRangeAndNothingAtDensityZero) {
  const Values ternary = drawn(draw_ternary, 1, 4000, 1);
  EXPECT_NEAR(double(std::count(ternary.begin(), ternary.end(), 1)), 2000, 5 * std::sqrt(1000));
  EXPECT_EQ(std::count(ternary.begin(), ternary.end(), 1) +
                std::count(ternary.begin(), ternary.end(), -1),
            4000);
  Values few(4000);
  draw_signed(few, RandomStream(1), 1, 3);
  const auto [least, most] = std::minmax_element(few.begin(), few.end());
  EXPECT_EQ(*least, -3);
  EXPECT_EQ(*most, 3);
  EXPECT_EQ(std::count(few.begin(), few.end(), 0), 0);
  const Values positive = drawn(draw_positive, 1, 4000, 1);
  EXPECT_EQ(*std::min_element(positive.begin(), positive.end()), 1);
  EXPECT_EQ(*std::max_element(positive.begin(), positive.end()), 127);
  for (const DrawFunction draw : kDraws) EXPECT_EQ(drawn(draw, 1, 50, 0), Values(50, 0));
}

TEST(DrawnValues, HaveAStreamForEachSeedLayerAndTensor) {
  const std::uint64_t first = stream_of(1, "a", "weights").at(0);
  EXPECT_EQ(stream_of(1, "a", "weights").at(0), first);
  EXPECT_NE(stream_of(2, "a", "weights").at(0), first);
  EXPECT_NE(stream_of(1, "b", "weights").at(0), first);
  EXPECT_NE(stream_of(1, "a", "basis").at(0), first);
}

TEST(DrawnValues, AreNotMoreThanATensorMayHave) {
  EXPECT_EQ(checked_size("a", {2, 3, 4}), 24U);
  EXPECT_USER_ERROR(checked_size("a", {1 << 20, 1 << 20, 1 << 20}),
                    testing::HasSubstr("layer 'a'"));
}

TEST(Moments, AreMeanAndMeanSquare) {
  const Moments moments = moments_of({-2, 0, 1, 5});
  EXPECT_DOUBLE_EQ(moments.mean, 1);
  EXPECT_DOUBLE_EQ(moments.square, 7.5);
  EXPECT_DOUBLE_EQ(moments.variance(), 6.5);
  EXPECT_EQ(moments_of({}).square, 0);
}

}  // namespace
}  // namespace escalate
