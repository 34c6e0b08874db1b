#include "report/charts/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace escalate {
namespace {

using testing::ElementsAre;

std::vector<std::string> labels_of(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks()) labels.push_back(tick.label);
  return labels;
}

TEST(Axis, HasTicksAtRoundNumbersAndEndsAtTicks) {
  EXPECT_THAT(labels_of(Axis::linear(0, 4.2, 0, 1)), ElementsAre("0", "1", "2", "3", "4", "5"));
  EXPECT_THAT(labels_of(Axis::linear(51e6, 61.5e6, 0, 1)),
              ElementsAre("50M", "52M", "54M", "56M", "58M", "60M", "62M"));
  EXPECT_THAT(labels_of(Axis::linear(0, 0.3, 0, 1, 3)), ElementsAre("0", "0.1", "0.2", "0.3"));
}

TEST(Axis, HasPowersOfTenOrOfTwoWhenLogarithmic) {
  EXPECT_THAT(labels_of(Axis::logarithmic(0.5, 2000, 0, 1)), ElementsAre("1", "10", "100", "1k"));
  EXPECT_THAT(labels_of(Axis::logarithmic(3, 40, 0, 1)), ElementsAre("4", "8", "16", "32"));
}

TEST(Axis, ShowsItsEndsAtTheEndsOfItsRoom) {
  const Axis axis = Axis::linear(0, 10, 100, 20);
  EXPECT_DOUBLE_EQ(axis.place(0), 100);
  EXPECT_DOUBLE_EQ(axis.place(10), 20);
  const Axis log = Axis::logarithmic(1, 100, 0, 50);
  EXPECT_DOUBLE_EQ(log.place(10), 25);
}

TEST(Axis, HasTheTicksThatItIsGivenAndNoOthers) {
  const Axis axis = Axis::with_ticks(-1, 3, 0, 40, {{0, "a"}, {2, "b"}});
  EXPECT_THAT(labels_of(axis), ElementsAre("a", "b"));
  EXPECT_DOUBLE_EQ(axis.place(0), 10);
  EXPECT_DOUBLE_EQ(axis.place(3), 40);
}

TEST(Axis, CoversEveryRangeWithFewTicksInOrder) {
  EXPECT_TRUE(rc::check([] {
    const double low = *rc::gen::inRange(-1000000, 1000000) * 1e-3;
    const double length = *rc::gen::inRange(1, 1000000) * std::pow(10, *rc::gen::inRange(-6, 6));
    const Axis axis = Axis::linear(low, low + length, 0, 1);
    RC_ASSERT(axis.low() <= low + 1e-6 * length);
    RC_ASSERT(axis.high() >= (low + length) - 1e-6 * length);
    RC_ASSERT(axis.ticks().size() >= 2u);
    RC_ASSERT(axis.ticks().size() <= 9u);
    for (std::size_t i = 1; i < axis.ticks().size(); ++i) {
      RC_ASSERT(axis.ticks()[i].value > axis.ticks()[i - 1].value);
    }
  }));
}

TEST(ShortNumber, HasThreeDigitsAndAPrefix) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(999), "999");
  EXPECT_EQ(short_number(12345), "12.3k");
  EXPECT_EQ(short_number(999900), "1M");
  EXPECT_EQ(short_number(2.5e9), "2.5G");
}

}  // namespace
}  // namespace escalate
