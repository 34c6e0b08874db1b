#include "model/by_position.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace escalate {
namespace {

TEST(ByPosition, ChannelsOfAPositionAreNeighbours) {
  std::vector<std::int8_t> values = {9};
  set_by_position({{2, 2, 3}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6}}, values);
  EXPECT_EQ(values, (std::vector<std::int8_t>{1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6}));
}

TEST(ByPosition, EveryValueOfALargeTensorHasItsPlace) {
  const Shape shape{5, 9, 30};  // more positions than are turned at once
  Activations tensor{shape, {}};
  for (int i = 0; i < shape.size(); ++i) tensor.values.push_back(std::int8_t(i % 127));
  std::vector<std::int8_t> values;
  set_by_position(tensor, values);
  ASSERT_EQ(values.size(), tensor.values.size());
  for (int c = 0; c < shape.c; ++c) {
    for (int h = 0; h < shape.h; ++h) {
      for (int w = 0; w < shape.w; ++w) {
        EXPECT_EQ(values[std::size_t((h * shape.w + w) * shape.c + c)], tensor.at(c, h, w));
      }
    }
  }
}

TEST(ByPosition, ATensorThatLacksValuesIsAFaultOfTheProgram) {
  std::vector<std::int8_t> values;
  EXPECT_THROW(set_by_position({{2, 1, 1}, {1}}, values), InternalError);
}

}  // namespace
}  // namespace escalate
