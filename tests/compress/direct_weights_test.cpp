#include "compress/direct_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <string>

#include "../support/expect_user_error.h"
#include "../support/random_weights.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

TEST(DirectWeights, OfInt8AreKeptToTheLeast) {
  Node node = layer(2, {-128, 127, 1, -64, 0, 63.5f});
  quantize_direct(node);
  EXPECT_EQ(direct_steps(node), (std::vector<std::int8_t>{-128, 127, 1, -128, 0, 127}));
}

TEST(DirectWeights, OfMoreStepsThanInt8HasAreRefusedByName) {
  Graph graph;
  graph.nodes = {layer(2, {1, 255, 3, 4, 5, 6}), layer(1, {2, 254}), layer(1, {0.5f, 255})};
  for (Node& node : graph.nodes) {
    node.form = LayerForm::kDirect;
    node.given_steps = 255;
  }
  graph.nodes[0].name = "far";
  graph.nodes[1].name = "even";
  graph.nodes[2].name = "real";
  graph.nodes[2].given_steps = 0;
  EXPECT_TRUE(loses_steps(graph.nodes[0]));
  EXPECT_FALSE(loses_steps(graph.nodes[1]));
  EXPECT_FALSE(loses_steps(graph.nodes[2]));
  EXPECT_USER_ERROR(
      refuse_lost_steps(graph),
      AllOf(HasSubstr("weights of 1 direct layer, 'far' (up to 255 from"),
            HasSubstr("expected -128 to 127"), HasSubstr("requantize"), Not(HasSubstr("even"))));
  graph.nodes[0].form = LayerForm::kDecomposed;
  EXPECT_NO_THROW(refuse_lost_steps(graph));
}

TEST(DirectWeights, OfManyLayersAreRefusedTogether) {
  Graph graph;
  for (int i = 0; i < 5; ++i) {
    graph.nodes.push_back(layer(1, {1, 255, 3}));
    graph.nodes.back().name = "layer" + std::to_string(i);
    graph.nodes.back().form = LayerForm::kDirect;
    graph.nodes.back().given_steps = 255;
  }
  EXPECT_USER_ERROR(refuse_lost_steps(graph),
                    AllOf(HasSubstr("5 direct layers"), HasSubstr("'layer2'"),
                          HasSubstr(" and 2 more"), Not(HasSubstr("layer3"))));
}

}  // namespace
}  // namespace escalate
