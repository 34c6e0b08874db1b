#include "model/output_sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/tensor_index.h"

namespace escalate {
namespace {

TEST(OutputSample, IsOnePercentOfTheOutputsRoundedUpEachOnceAndRising) {
  const Shape out{7, 5, 9};
  const OutputSample sample(out, 1);
  EXPECT_EQ(sample.outputs().size(), 4U);  // of 315
  EXPECT_TRUE(std::is_sorted(sample.outputs().begin(), sample.outputs().end(),
                             std::less_equal<std::size_t>()));
  EXPECT_LT(sample.outputs().back(), 315U);
}

TEST(OutputSample, DependsOnItsSeed) {
  const Shape out{16, 16, 16};
  EXPECT_EQ(OutputSample(out, 1).outputs(), OutputSample(out, 1).outputs());
  EXPECT_NE(OutputSample(out, 1).outputs(), OutputSample(out, 2).outputs());
}

TEST(OutputSample, ReadsThePositionsUnderItsWindowsAndNoOthers) {
  Window window;
  window.r = 3;
  window.s = 2;
  window.stride_h = 2;
  window.pad_top = window.pad_left = 1;
  const Shape in{1, 8, 9};
  const Shape out{4, 4, 9};
  const OutputSample sample(out, 3);
  const std::vector<bool> read = sample.positions_read(window, in);
  ASSERT_EQ(read.size(), 4U * 8 * 9);
  for (int k = 0; k < out.c; ++k) {
    for (int h = 0; h < in.h; ++h) {
      for (int w = 0; w < in.w; ++w) {
        const bool is_read =
            std::any_of(sample.outputs().begin(), sample.outputs().end(), [&](std::size_t at) {
              const int p = int(at) / out.w % out.h;
              const int q = int(at) % out.w;
              const int r = h + 1 - 2 * p;
              const int s = w + 1 - q;
              return int(at) / (out.w * out.h) == k && r >= 0 && r < 3 && s >= 0 && s < 2;
            });
        EXPECT_EQ(read[tensor_index({out.c, in.h, in.w}, k, h, w)], is_read)
            << k << ", " << h << ", " << w;
      }
    }
  }
}

}  // namespace
}  // namespace escalate
