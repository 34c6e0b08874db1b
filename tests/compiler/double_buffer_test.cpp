#include "compiler/double_buffer.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

TEST(DoubleBuffer, HoldsTwoThingsAtATime) {
  DoubleBuffer buffer;
  const auto first = buffer.find(10), second = buffer.find(20);
  EXPECT_TRUE(first.is_new && second.is_new);
  EXPECT_NE(first.place, second.place);
  EXPECT_FALSE(buffer.find(10).is_new);
  EXPECT_EQ(buffer.find(20).place, second.place);
}

TEST(DoubleBuffer, FillsThePlaceAgainThatWasNotUsedForLongest) {
  DoubleBuffer buffer;
  const int first = buffer.find(10).place, second = buffer.find(20).place;
  buffer.find(10);
  EXPECT_EQ(buffer.find(30).place, second);
  EXPECT_EQ(buffer.find(40).place, first);
  EXPECT_TRUE(buffer.find(20).is_new);
}

TEST(DoubleBuffer, RemembersTimesOfEachPlace) {
  DoubleBuffer buffer;
  const int first = buffer.find(10).place, second = buffer.find(20).place;
  buffer.ready(first) = 3;
  buffer.free(second) = 7;
  EXPECT_EQ(buffer.ready(first), 3);
  EXPECT_EQ(buffer.ready(second), 0);
  EXPECT_EQ(buffer.free(second), 7);
}

}  // namespace
}  // namespace escalate
