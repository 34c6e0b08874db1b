#include "compress/exact_weights.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../support/random_weights.h"
#include "compress/compress.h"
#include "compress/direct_weights.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

/// Within a property: -a, 0 and a in each output channel, each a its own.
std::vector<float> random_ternary(const KernelShape& shape) {
  std::vector<float> weights;
  for (int k = 0; k < shape.outputs; ++k) {
    const float a = float(*rc::gen::inRange(1, 1000)) / 777;
    for (int i = 0; i < shape.channels * shape.taps; ++i) {
      weights.push_back(a * float(*rc::gen::inRange(-1, 2)));
    }
  }
  return weights;
}

Node convolution(int outputs, int extent, std::vector<float> weights) {
  Node node;
  node.name = "layer";
  node.op = OpKind::kConv;
  node.inputs = {0};
  node.out_channels = outputs;
  node.window.r = node.window.s = extent;
  node.weights = std::move(weights);
  return node;
}

TEST(WholeStep, IsFoundWhateverTheScale) {
  EXPECT_TRUE(rc::check("int8 weights times a scale lose nothing", [] {
    const float scale = std::exp(float(*rc::gen::inRange(-2000, 2000)) / 200);
    const auto steps = *rc::gen::container<std::vector<int>>(8, rc::gen::inRange(-128, 128));
    std::vector<float> weights;
    for (const int step : steps) weights.push_back(float(step) * scale);
    const auto found = whole_step(weights);
    if (steps == std::vector<int>(8, 0)) {
      RC_ASSERT(!found);
      return;
    }
    RC_ASSERT(found.has_value());
    for (const float weight : weights) {
      const float whole = weight / *found;
      RC_ASSERT(whole >= -128.001f && whole <= 127.001f);
      RC_ASSERT(std::abs(whole - std::round(whole)) < 1e-4f);
    }
  }));
}

TEST(WholeStep, IsTheSmallestThereIs) {
  EXPECT_FLOAT_EQ(whole_step(std::vector<float>{0.5f, -1, 1.5f}).value(), 1.5f / 126);
  EXPECT_FLOAT_EQ(whole_step(std::vector<float>{100, -99}).value(), 1);
  EXPECT_FLOAT_EQ(whole_step(std::vector<float>{-128, 127, 1}).value(), 1);
}

TEST(WholeStep, IsNoneOfWeightsThatWereNotQuantised) {
  EXPECT_FALSE(whole_step(sine_weights(20)));
  EXPECT_FALSE(whole_step(std::vector<float>{128, 127, 1}));
  EXPECT_FALSE(whole_step(std::vector<float>{0, 0}));
}

TEST(WholeStep, IsThatOfADirectLayer) {
  Node node = convolution(2, 1, {0.25f, -10, 20, 100 * 0.1f, -77 * 0.1f, 0.1f});
  const std::vector<float> before = node.weights;
  quantize_direct(node);
  EXPECT_EQ(direct_steps(node), (std::vector<std::int8_t>{1, -40, 80, 100, -77, 1}));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_FLOAT_EQ(node.weights[i], before[i]);
}

TEST(AsTernary, HasTheSameWeightsToTheBit) {
  EXPECT_TRUE(rc::check("one-hot basis kernels make the weights again", [] {
    const int extent = *rc::gen::inRange(1, 4);
    const KernelShape shape{*rc::gen::inRange(1, 6), *rc::gen::inRange(1, 9), extent * extent};
    const std::vector<float> weights = random_ternary(shape);
    const auto parts = as_ternary(weights, shape, *rc::gen::arbitrary<bool>());
    if (weights == std::vector<float>(weights.size(), 0)) {
      RC_ASSERT(!parts);
      return;
    }
    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->terms == shape.taps);
    Node made = convolution(shape.outputs, extent, {});
    made.decomposition = parts;
    RC_ASSERT(float_weights(made, shape.channels) == weights);
  }));
}

TEST(AsTernary, IsOneTermWithoutABasisOfAPointwiseLayerWithoutBias) {
  const std::vector<float> weights = {2, 0, -2, 0.5f, 0.5f, 0};
  const auto parts = as_ternary(weights, {2, 3, 1}, false).value();
  EXPECT_EQ(parts.terms, 1);
  EXPECT_EQ(parts.basis, std::vector<std::int8_t>{1});
  EXPECT_EQ(parts.basis_scale, 1);
  EXPECT_EQ(parts.coefficients, (std::vector<std::int8_t>{1, 0, -1, 1, 1, 0}));
  EXPECT_EQ(parts.channel_scale, (std::vector<float>{2, 0.5f}));
}

TEST(AsTernary, HasABiasInStepsFinerThanAWeight) {
  const auto parts = as_ternary(std::vector<float>{2, 0, -2}, {1, 3, 1}, true).value();
  EXPECT_EQ(parts.basis, std::vector<std::int8_t>{64});
  EXPECT_EQ(parts.basis_scale, 1.0f / 64);
  EXPECT_EQ(parts.channel_scale, std::vector<float>{2});
}

TEST(AsTernary, IsNothingForOtherWeights) {
  EXPECT_FALSE(as_ternary(std::vector<float>{1, 0, -1, 0.5f}, {1, 4, 1}, true));
  EXPECT_FALSE(as_ternary(std::vector<float>{0, 0, 0, 0}, {1, 4, 1}, true));
}

/// input 2x6x6 -> first (direct by rule) -> layer (4 of 3x3)
Graph ternary_network() {
  Graph graph;
  graph.name = "ternary";
  graph.nodes.resize(1);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {2, 6, 6};
  graph.nodes.push_back(convolution(3, 1, {1, -0.3f, 0.7f, 0, 0.1f, 0.2f}));
  graph.nodes.back().name = "first";
  std::vector<float> weights;
  for (int i = 0; i < 4 * 3 * 9; ++i) weights.push_back(float(i % 3 - 1) * float(1 + i / 27));
  Node layer = convolution(4, 3, std::move(weights));
  layer.inputs = {1};
  graph.nodes.push_back(std::move(layer));
  graph.infer_shapes();
  return graph;
}

TEST(Compress, LeavesTernaryLayersAsTheyCame) {
  const Graph graph = ternary_network();
  CompressReport report;
  const Graph made = compress_graph(graph, {}, &report);
  EXPECT_EQ(made.nodes[2].decomposition->terms, 9);
  EXPECT_EQ(float_weights(made.nodes[2], 3), graph.nodes[2].weights);
  EXPECT_FALSE(report.layers[0].is_ternary_as_it_came);
  EXPECT_TRUE(report.layers[1].is_ternary_as_it_came);
  EXPECT_EQ(report.layers[1].error, 0);
  EXPECT_TRUE(report_json(report)["layers"][1].at("ternary_as_it_came").get<bool>());
}

TEST(Compress, ThinsTernaryLayersThatAreDenserThanAskedFor) {
  CompressOptions options;
  options.density = 0.5;
  CompressReport report;
  const Graph made = compress_graph(ternary_network(), options, &report);
  EXPECT_FALSE(report.layers[1].is_ternary_as_it_came);
  EXPECT_GE(report.layers[1].zero_share, 0.5);
}

TEST(Compress, KeepsTernaryLayersDirectWhereAskedFor) {
  CompressOptions options;
  options.direct = {"layer"};
  CompressReport report;
  const Graph made = compress_graph(ternary_network(), options, &report);
  EXPECT_EQ(made.nodes[2].form, LayerForm::kDirect);
  EXPECT_NEAR(report.layers[1].error, 0, 1e-6);
}

}  // namespace
}  // namespace escalate
