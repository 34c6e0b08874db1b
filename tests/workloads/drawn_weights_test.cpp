#include "workloads/drawn_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../support/expect_user_error.h"

namespace escalate {
namespace {

/// A 3x3 convolution of 8 to 16 channels.
class DrawnWeights : public testing::Test {
 protected:
  DrawnWeights() {
    node_.name = "a";
    node_.drawn = DrawnDensities{};
    made_.out = {16, 4, 4};
    made_.window.r = made_.window.s = 3;
  }

  Node node_;
  IntegerNode made_;
  Moments input_{0, 100};
};

TEST_F(DrawnWeights, OfADirectLayerAreAsManyAsItsDensitySays) {
  node_.drawn->weight = 0.25;
  draw_direct(node_, made_, 8, input_, 1);
  ASSERT_EQ(made_.weights.size(), 16U * 8 * 9);
  const auto zeros = std::count(made_.weights.begin(), made_.weights.end(), 0);
  EXPECT_NEAR(double(zeros), 0.75 * 1152, 5 * std::sqrt(0.25 * 0.75 * 1152));
}

TEST_F(DrawnWeights, KeepToThePatternOfTheLayer) {
  node_.drawn->weight = 0.5;
  node_.drawn->weight_pattern = NmPattern{2, 4};
  draw_direct(node_, made_, 8, input_, 1);
  for (int k = 0; k < 16; ++k) {
    for (int tap = 0; tap < 9; ++tap) {
      for (int group = 0; group < 2; ++group) {
        int kept = 0;
        for (int c = 4 * group; c < 4 * group + 4; ++c) {
          kept += made_.weights[std::size_t((k * 8 + c) * 9 + tap)] != 0 ? 1 : 0;
        }
        EXPECT_EQ(kept, 2);
      }
    }
  }
}

TEST_F(DrawnWeights, OfADecomposedLayerAreCoefficientsAndABasis) {
  draw_decomposed(node_, made_, 8, input_, {}, 1);
  EXPECT_EQ(made_.terms, 6);
  EXPECT_EQ(made_.coefficients.size(), 16U * 6 * 8);
  EXPECT_EQ(made_.basis.size(), 6U * 9);
  made_ = {};
  made_.out = {16, 4, 4};
  draw_decomposed(node_, made_, 8, input_, {}, 1);
  EXPECT_EQ(made_.terms, 1);
  EXPECT_EQ(made_.basis, (std::vector<std::int8_t>{1}));
}

TEST_F(DrawnWeights, SayHowFarTheirSumsDeviate) {
  // 72 weights of mean square w against activations of mean square 100.
  const double deviation = draw_direct(node_, made_, 8, input_, 1);
  EXPECT_DOUBLE_EQ(deviation, std::sqrt(72 * moments_of(made_.weights).square * 100));
  EXPECT_DOUBLE_EQ(draw_direct(node_, made_, 8, {0, 400}, 1), 2 * deviation);
}

TEST_F(DrawnWeights, AreRefusedWhereNoneWouldFitItsAccumulator) {
  made_.out = {1, 1, 1};
  made_.window = {};
  EXPECT_USER_ERROR(draw_direct(node_, made_, 1 << 24, input_, 1),
                    testing::HasSubstr("its int32 accumulators could overflow"));
}

}  // namespace
}  // namespace escalate
