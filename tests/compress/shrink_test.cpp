#include "compress/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../support/random_graph.h"
#include "../support/test_tensors.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using testing::ElementsAre;

Node layer(const std::string& name, OpKind op, std::vector<int> inputs) {
  Node node;
  node.name = name;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

Node conv(const std::string& name, int input, int channels, int outputs) {
  Node node = layer(name, OpKind::kConv, {input});
  node.out_channels = outputs;
  node.window.r = node.window.s = 3;
  node.window.pad_top = node.window.pad_left = node.window.pad_bottom = node.window.pad_right = 1;
  for (int i = 0; i < outputs * channels * 9; ++i) {
    node.weights.push_back(std::sin(0.3f + 0.37f * float(i * i % 1013)));
  }
  return node;
}

void clear_output(Node& node, int k) {
  const std::size_t size = node.weights.size() / std::size_t(node.out_channels);
  std::fill_n(node.weights.begin() + std::ptrdiff_t(size * std::size_t(k)), size, 0.0f);
}

void clear_input(Node& node, int channels, int c) {
  for (int k = 0; k < node.out_channels; ++k) {
    for (int t = 0; t < 9; ++t) node.weights[std::size_t((k * channels + c) * 9 + t)] = 0;
  }
}

/// input 2x5x5 -> a (4) -> relu -> b (4) -> relu -> c (4) -> add with the first relu -> d (3)
Graph residual() {
  Graph graph;
  graph.nodes.push_back(layer("input", OpKind::kInput, {}));
  graph.nodes[0].out = {2, 5, 5};
  graph.nodes.push_back(conv("a", 0, 2, 4));
  graph.nodes.push_back(layer("relu_a", OpKind::kRelu, {1}));
  graph.nodes.push_back(conv("b", 2, 4, 4));
  graph.nodes.push_back(layer("relu_b", OpKind::kRelu, {3}));
  graph.nodes.push_back(conv("c", 4, 4, 4));
  graph.nodes.push_back(layer("add", OpKind::kAdd, {5, 2}));
  graph.nodes.push_back(conv("d", 6, 4, 3));
  graph.infer_shapes();
  return graph;
}

/// The largest difference of what two networks make of an image.
float difference(const Graph& a, const Graph& b) {
  const Tensor image = wavy_tensor(a.nodes[0].out);
  const std::vector<float> of_a = run_float(a, image).back().values;
  const std::vector<float> of_b = run_float(b, image).back().values;
  EXPECT_EQ(of_a.size(), of_b.size());
  float most = 0;
  for (std::size_t i = 0; i < of_a.size(); ++i) most = std::max(most, std::abs(of_a[i] - of_b[i]));
  return most;
}

TEST(Shrink, LeavesADenseNetworkAsItIs) {
  const ShrunkGraph made = shrink(residual());
  EXPECT_EQ(made.graph, residual());
  EXPECT_EQ(made.rounds, 0);
}

TEST(Shrink, TakesOutChannelsThatNobodyReadsAndThatAreAlwaysZero) {
  Graph graph = residual();
  clear_input(graph.nodes[5], 4, 1);  // c does not read channel 1 of b
  clear_output(graph.nodes[3], 2);    // channel 2 of b is 0
  const ShrunkGraph made = shrink(graph);
  EXPECT_THAT(made.kept[3], ElementsAre(0, 3));
  EXPECT_EQ(made.graph.nodes[5].weights.size(), 4U * 2 * 9);
  EXPECT_LT(difference(graph, made.graph), 1e-4f);
}

TEST(Shrink, KeepsAZeroChannelThatAShortcutFills) {
  Graph graph = residual();
  clear_output(graph.nodes[5], 0);  // channel 0 of the sum is that of the shortcut alone
  EXPECT_THAT(shrink(graph).kept[6], ElementsAre(0, 1, 2, 3));
}

TEST(Shrink, TakesAChannelOfAShortcutIfAllOfItsPartsAreZero) {
  Graph graph = residual();
  clear_output(graph.nodes[5], 0);
  clear_output(graph.nodes[1], 0);
  const ShrunkGraph made = shrink(graph);
  for (const int node : {1, 2, 5, 6})
    EXPECT_THAT(made.kept[std::size_t(node)], ElementsAre(1, 2, 3));
  EXPECT_LT(difference(graph, made.graph), 1e-4f);
}

TEST(Shrink, TakesAChannelOfAShortcutOnlyIfNeitherBranchNorSumIsRead) {
  Graph graph = residual();
  clear_input(graph.nodes[7], 4, 2);  // d does not read the sum, but b reads the shortcut
  EXPECT_EQ(shrink(graph).kept[6].size(), 4U);
  clear_input(graph.nodes[3], 4, 2);
  const ShrunkGraph made = shrink(graph);
  EXPECT_THAT(made.kept[6], ElementsAre(0, 1, 3));
  EXPECT_LT(difference(graph, made.graph), 1e-4f);
}

TEST(Shrink, KeepsAChannelThatABiasMakes) {
  Graph graph = residual();
  clear_output(graph.nodes[3], 2);
  graph.nodes[3].bias = {0, 0, 0.5f, 0};
  EXPECT_EQ(shrink(graph).kept[3].size(), 4U);
}

TEST(Shrink, GoesOnUntilNothingMoreIsFound) {
  Graph graph = residual();
  // b's channel 3 reads nothing but a's channel 1, which is 0: it is found in the second round.
  clear_output(graph.nodes[1], 1);
  clear_output(graph.nodes[5], 1);
  for (const int c : {0, 2, 3}) {
    for (int t = 0; t < 9; ++t) graph.nodes[3].weights[std::size_t((3 * 4 + c) * 9 + t)] = 0;
  }
  const ShrunkGraph made = shrink(graph);
  EXPECT_THAT(made.kept[3], ElementsAre(0, 1, 2));
  EXPECT_EQ(made.rounds, 2);
  EXPECT_LT(difference(graph, made.graph), 1e-4f);
}

TEST(Shrink, KeepsOneChannelOfALayerThatDoesNothing) {
  Graph graph = residual();
  for (int k = 0; k < 4; ++k) clear_output(graph.nodes[3], k);
  const ShrunkGraph made = shrink(graph);
  EXPECT_EQ(made.kept[3].size(), 1U);
  EXPECT_LT(difference(graph, made.graph), 1e-4f);
}

TEST(Shrink, TakesOutTermsWithoutCoefficients) {
  Graph graph = residual();
  Node& node = graph.nodes[3];
  Decomposition parts;
  parts.terms = 3;
  for (int i = 0; i < 4 * 3 * 4; ++i) {
    parts.coefficients.push_back(std::int8_t(i / 4 % 3 == 1 ? 0 : i % 3 == 0 ? 1 : -1));
  }
  for (int i = 0; i < 27; ++i) parts.basis.push_back(std::int8_t(i * 5 - 60));
  parts.basis_scale = 0.01f;
  parts.channel_scale = {1, 2, 3, 4};
  node.weights.clear();
  node.decomposition = parts;
  const ShrunkGraph made = shrink(graph);
  EXPECT_EQ(made.graph.nodes[3].decomposition->terms, 2);
  EXPECT_EQ(made.graph.nodes[3].decomposition->basis.size(), 18U);
  EXPECT_LT(difference(graph, made.graph), 1e-3f);
}

/// Zeros of whole rows and columns in random layers.
void prune_at_random(Graph& graph) {
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    Node& node = graph.nodes[std::size_t(i)];
    if (!node.is_weighted() || node.weights.empty()) continue;
    if (*rc::gen::inRange(0, 2) == 0) node.bias.clear();
    for (int k = 0; k < node.out_channels; ++k) {
      if (*rc::gen::inRange(0, 3) == 0) clear_output(node, k);
    }
    const std::size_t columns = node.weights.size() / std::size_t(node.out_channels);
    for (std::size_t c = 0; c < columns; ++c) {
      if (*rc::gen::inRange(0, 3) != 0) continue;
      for (std::size_t at = c; at < node.weights.size(); at += columns) node.weights[at] = 0;
    }
  }
}

TEST(Shrink, NeverChangesWhatANetworkComputes) {
  EXPECT_TRUE(rc::check("outputs stay, and a second time finds nothing", [] {
    Graph graph = RandomGraph::make();
    prune_at_random(graph);
    graph.quantization = {};
    const ShrunkGraph made = shrink(graph);
    const Tensor image = wavy_tensor(graph.nodes[0].out);
    const std::vector<Tensor> before = run_float(graph, image);
    const std::vector<Tensor> after = run_float(made.graph, image);
    float most = 0, largest = 1;
    for (std::size_t i = 0; i < before.back().values.size(); ++i) {
      largest = std::max(largest, std::abs(before.back().values[i]));
      most = std::max(most, std::abs(before.back().values[i] - after.back().values[i]));
    }
    if (most > 1e-4f * largest) RC_FAIL(describe(graph));
    RC_ASSERT(shrink(made.graph).graph == made.graph);
  }));
}

}  // namespace
}  // namespace escalate
