#include "compress/direct_weights.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../support/random_weights.h"

namespace escalate {
namespace {

Node layer(int outputs, std::vector<float> weights) {
  Node node;
  node.op = OpKind::kConv;
  node.out_channels = outputs;
  node.weights = std::move(weights);
  return node;
}

TEST(DirectWeights, AreWithinHalfAStepAndTheLargestIsExact) {
  EXPECT_TRUE(rc::check("rounding error <= half a step", [] {
    const KernelShape shape = random_kernel_shape();
    const std::vector<float> weights = random_weights(shape);
    Node node = layer(shape.outputs, weights);
    quantize_direct(node);
    const std::vector<std::int8_t> steps = direct_steps(node);
    const std::size_t per_output = weights.size() / std::size_t(shape.outputs);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float scale = node.weight_scale[i / per_output];
      RC_ASSERT(std::abs(weights[i] - node.weights[i]) <= 0.5001f * scale);
      RC_ASSERT(node.weights[i] == float(steps[i]) * scale);
    }
  }));
}

TEST(DirectWeights, AreNotRoundedTwice) {
  Node node = layer(2, {0.3f, -0.71234f, 5, 1});
  quantize_direct(node);
  EXPECT_EQ(direct_steps(node), (std::vector<std::int8_t>{53, -127, 125, 25}));
  const Node once = node;
  quantize_direct(node);
  EXPECT_EQ(node, once);
}

TEST(DirectWeights, OfAChannelOfZerosAreZero) {
  Node node = layer(3, {0, 0, 1, 2, 1e-44f, 0});
  quantize_direct(node);
  EXPECT_EQ(direct_steps(node), (std::vector<std::int8_t>{0, 0, 63, 126, 0, 0}));
  EXPECT_GT(node.weight_scale[0], 0);
  EXPECT_GT(node.weight_scale[2], 0);
}

}  // namespace
}  // namespace escalate
