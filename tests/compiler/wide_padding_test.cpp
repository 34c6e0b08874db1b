#include "compiler/wide_padding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/random.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }

// A convolution that may pad by more than its kernel, and an input for it.
struct Padded {
  IntegerNode node;
  Activations input;
};

Padded random_padded() {
  Random random(std::uint64_t(between(1, 1 << 20)));
  const auto values = [&](std::int64_t count, int most) {
    std::vector<std::int8_t> made;
    for (std::int64_t i = 0; i < count; ++i) {
      made.push_back(std::int8_t(int(random.below(2 * std::uint64_t(most) + 1)) - most));
    }
    return made;
  };
  Padded padded;
  padded.input.shape = {between(1, 3), between(1, 5), between(1, 5)};
  padded.input.values = values(padded.input.shape.size(), 127);
  IntegerNode& node = padded.node;
  node.op = IntegerOp::kConv;
  Window& window = node.window;
  window.r = between(1, 3);
  window.s = between(1, 3);
  window.stride_h = between(1, 3);
  window.stride_w = between(1, 3);
  for (int* pad : {&window.pad_top, &window.pad_left, &window.pad_bottom, &window.pad_right}) {
    *pad = between(0, 6);
  }
  const Shape& in = padded.input.shape;
  node.out = {between(1, 3), window.out_h(in.h), window.out_w(in.w)};
  RC_PRE(node.out.h > 0 && node.out.w > 0);
  const std::int64_t taps = std::int64_t{window.r} * window.s;
  if (between(0, 1) == 0) {
    node.form = WeightForm::kDirect;
    node.weights = values(node.out.c * in.c * taps, 127);
  } else {
    node.terms = between(1, 3);
    node.coefficients = values(std::int64_t{node.out.c} * node.terms * in.c, 1);
    node.basis = values(node.terms * taps, 127);
  }
  return padded;
}

TEST(WidePadding, ChangesNoSumAndLeavesNoWindowInThePadding) {
  EXPECT_TRUE(rc::check([] {
    const Padded padded = random_padded();
    const IntegerNode wide = with_wide_kernel(padded.node);
    RC_ASSERT(!pads_beyond_kernel(wide));
    RC_ASSERT(wide.window.out_h(padded.input.shape.h) == padded.node.out.h);
    RC_ASSERT(wide.window.out_w(padded.input.shape.w) == padded.node.out.w);
    RC_ASSERT(reference_accumulators(wide, padded.input) ==
              reference_accumulators(padded.node, padded.input));
  }));
}

TEST(WidePadding, LeavesWhatPadsLessAsItIs) {
  EXPECT_TRUE(rc::check([] {
    const Padded padded = random_padded();
    if (!pads_beyond_kernel(padded.node)) {
      RC_ASSERT(with_wide_kernel(padded.node) == padded.node);
    }
  }));
}

TEST(WidePadding, AddsOneTapAroundAKernelOfThreeThatPadsByThree) {
  IntegerNode node;
  node.op = IntegerOp::kConv;
  node.out = {1, 9, 9};
  node.window = {.r = 3, .s = 3, .pad_top = 3, .pad_left = 3, .pad_bottom = 3, .pad_right = 3};
  node.basis = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const IntegerNode wide = with_wide_kernel(node);
  EXPECT_EQ(wide.window,
            (Window{.r = 5, .s = 5, .pad_top = 4, .pad_left = 4, .pad_bottom = 4, .pad_right = 4}));
  EXPECT_EQ(wide.basis, (std::vector<std::int8_t>{0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5,
                                                  6, 0, 0, 7, 8, 9, 0, 0, 0, 0, 0, 0}));
}

TEST(WidePadding, IsRefusedWhereItsKernelWouldBeImmense) {
  IntegerNode node;
  node.name = "far";
  node.op = IntegerOp::kConv;
  node.out = {1, 3, 3};
  node.window = {1, 1, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, false};
  node.form = WeightForm::kDirect;
  node.weights = {1};
  EXPECT_USER_ERROR(with_wide_kernel(node),
                    testing::HasSubstr("far: pads so far beyond its 1x1 kernel"));
}

}  // namespace
}  // namespace escalate
