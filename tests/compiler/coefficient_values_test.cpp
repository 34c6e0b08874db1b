#include "compiler/coefficient_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace escalate {
namespace {

using testing::ElementsAre;

std::vector<std::int8_t> numbered(std::size_t count) {
  std::vector<std::int8_t> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(std::int8_t(i + 1));
  return values;
}

TEST(CoefficientValues, LieWhereTheNodeHasThem) {
  const std::vector<std::int8_t> values = numbered(6);
  CoefficientValues looking;
  looking.look_at(values);
  std::vector<std::int8_t> room;
  EXPECT_EQ(looking.part(2, 3, room).data(), &values[2]);
  EXPECT_TRUE(room.empty());
}

TEST(CoefficientValues, FollowAFlattenedMapPositionByPosition) {
  // Two rows of three channels at two positions, each position filled up to four values.
  const std::vector<std::int8_t> values = numbered(12);
  CoefficientValues flattened;
  flattened.look_at_flattened(values, 3, 2, 4);
  std::vector<std::int8_t> room;
  EXPECT_EQ(flattened.size(), 16u);
  EXPECT_THAT(flattened.part(0, 16, room),
              ElementsAre(1, 3, 5, 0, 2, 4, 6, 0, 7, 9, 11, 0, 8, 10, 12, 0));
  EXPECT_EQ(flattened.of_node().data(), values.data());
}

TEST(CoefficientValues, PartsAreThoseOfTheWhole) {
  EXPECT_TRUE(rc::check([] {
    const auto number = [](int low, int high) { return *rc::gen::inRange(low, high); };
    const int channels = number(1, 10), positions = number(1, 6), rows = number(1, 4);
    const int stride = channels + number(0, 8);
    const auto values = numbered(std::size_t(channels) * std::size_t(positions * rows));
    CoefficientValues flattened;
    flattened.look_at_flattened(values, channels, positions, stride);
    std::vector<std::int8_t> all, room;
    flattened.part(0, flattened.size(), all);
    const auto first = std::size_t(number(0, int(all.size()) + 1));
    const auto count = std::size_t(number(0, int(all.size() - first) + 1));
    const auto part = flattened.part(first, count, room);
    const auto from = all.begin() + std::ptrdiff_t(first);
    RC_ASSERT(std::vector<std::int8_t>(part.begin(), part.end()) ==
              std::vector<std::int8_t>(from, from + std::ptrdiff_t(count)));
  }));
}

}  // namespace
}  // namespace escalate
