#include "workloads/float_convolution.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace escalate {
namespace {

int drawn(int least, int most) { return *rc::gen::inRange(least, most + 1); }

std::vector<float> drawn_values(std::size_t count) {
  std::vector<float> values;
  for (const int value : *rc::gen::container<std::vector<int>>(count, rc::gen::inRange(-9, 10))) {
    values.push_back(float(value));
  }
  return values;
}

struct Case {
  Shape in;
  Node layer;
};

Case drawn_case() {
  Case drawn_one;
  Node& node = drawn_one.layer;
  node.op = OpKind::kConv;
  node.groups = drawn(1, 3);
  node.out_channels = node.groups * drawn(1, 5);
  Window& window = node.window;
  window.r = drawn(1, 3);
  window.s = drawn(1, 3);
  window.stride_h = drawn(1, 3);
  window.stride_w = drawn(1, 3);
  window.dilation_h = drawn(1, 2);
  window.dilation_w = drawn(1, 2);
  window.pad_top = drawn(0, 2);
  window.pad_left = drawn(0, 2);
  drawn_one.in = {node.groups * drawn(1, 4), drawn(5, 9), drawn(5, 9)};
  const int below = drawn(0, 1), right = drawn(0, 1);
  const auto outputs = [](int in, int pads, std::int64_t span, int stride) {
    return (in + pads - int(span)) / stride + 1;
  };
  node.out = {node.out_channels,
              outputs(drawn_one.in.h, window.pad_top + below, window.span_h(), window.stride_h),
              outputs(drawn_one.in.w, window.pad_left + right, window.span_w(), window.stride_w)};
  return drawn_one;
}

/// By its definition; whole numbers, so that no order of summing matters.
float sum_at(const Node& node, const std::vector<float>& weights, const Tensor& in, int k, int p,
             int q) {
  const Window& window = node.window;
  const int channels = in.shape.c / node.groups;
  const int group = k / (node.out_channels / node.groups);
  float sum = 0;
  for (int c = 0; c < channels; ++c) {
    for (int r = 0; r < window.r; ++r) {
      for (int s = 0; s < window.s; ++s) {
        const int h = p * window.stride_h + r * window.dilation_h - window.pad_top;
        const int w = q * window.stride_w + s * window.dilation_w - window.pad_left;
        if (h < 0 || h >= in.shape.h || w < 0 || w >= in.shape.w) continue;
        sum += weights[std::size_t(((k * channels + c) * window.r + r) * window.s + s)] *
               in.values[std::size_t(((group * channels + c) * in.shape.h + h) * in.shape.w + w)];
      }
    }
  }
  return sum;
}

std::vector<float> sums_by_definition(const Node& node, const std::vector<float>& weights,
                                      const Tensor& in) {
  std::vector<float> sums;
  for (int k = 0; k < node.out.c; ++k) {
    for (int p = 0; p < node.out.h; ++p) {
      for (int q = 0; q < node.out.w; ++q) sums.push_back(sum_at(node, weights, in, k, p, q));
    }
  }
  return sums;
}

RC_GTEST_PROP(FloatConvolution, GivesTheSumsOfEachImageHoweverManyThereAre, ()) {
  const Case test = drawn_case();
  const std::vector<float> weights =
      drawn_values(std::size_t(test.layer.out_channels * (test.in.c / test.layer.groups) *
                               test.layer.window.r * test.layer.window.s));
  std::vector<Tensor> images(std::size_t(drawn(1, 6)));
  std::vector<const Tensor*> pointers;
  for (Tensor& image : images) {
    image = {test.in, drawn_values(std::size_t(test.in.size()))};
    pointers.push_back(&image);
  }
  const std::vector<Tensor> sums = FloatConvolution(test.layer, weights).sums(pointers);
  RC_ASSERT(sums.size() == images.size());
  for (std::size_t n = 0; n < images.size(); ++n) {
    RC_ASSERT(sums[n].shape == test.layer.out);
    RC_ASSERT(sums[n].values == sums_by_definition(test.layer, weights, images[n]));
  }
}

TEST(FloatConvolution, TakesAsManyImagesAsFillTheProductsColumns) {
  const auto together = [](int h, int w) {
    Node node;
    node.out_channels = 1;
    node.out = {1, h, w};
    return FloatConvolution(node, std::vector<float>(1)).images_together();
  };
  EXPECT_EQ(together(56, 56), 1);
  EXPECT_EQ(together(14, 14), 3);  // 588 of 608
  EXPECT_EQ(together(7, 7), 5);    // 245 of 256
  EXPECT_EQ(together(1, 1), 31);
}

}  // namespace
}  // namespace escalate
