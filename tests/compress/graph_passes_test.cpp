#include "compress/graph_passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/expect_user_error.h"
#include "../support/random_graph.h"
#include "../support/test_tensors.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Node named(const std::string& name, OpKind op, std::vector<int> inputs) {
  Node node;
  node.name = name;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

Graph graph_of(std::vector<Node> nodes) {
  Graph graph;
  graph.nodes = std::move(nodes);
  graph.infer_shapes();
  return graph;
}

Node input_of(Shape shape) {
  Node node = named("input", OpKind::kInput, {});
  node.out = shape;
  return node;
}

Node conv_of(const std::string& name, int input, std::vector<float> weights) {
  Node node = named(name, OpKind::kConv, {input});
  node.out_channels = int(weights.size());
  node.weights = std::move(weights);
  return node;
}

Node batch_norm(const std::string& name, int input, int channels) {
  Node node = named(name, OpKind::kBatchNorm, {input});
  for (int c = 0; c < channels; ++c) {
    node.bn_scale.push_back(float(c + 1));
    node.bn_bias.push_back(0.5f);
    node.bn_mean.push_back(float(-c));
    node.bn_variance.push_back(4);
  }
  node.bn_epsilon = 0;
  return node;
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> made;
  for (const Node& node : graph.nodes) made.push_back(node.name);
  return made;
}

TEST(GraphPasses, ChangeNothingThatTheNetworkComputes) {
  EXPECT_TRUE(rc::check("the prepared network's output is the network's", [] {
    const Graph graph = RandomGraph::make(true);
    const Tensor input = wavy_tensor(graph.nodes[0].out);
    const Tensor expected = run_float(graph, input).back();
    const Tensor seen = run_float(prepared(graph), input).back();
    RC_ASSERT(seen.shape == expected.shape);
    float largest = 1;
    for (const float value : expected.values) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < seen.values.size(); ++i) {
      RC_ASSERT(std::abs(seen.values[i] - expected.values[i]) <= 1e-4f * largest);
    }
  }));
}

TEST(GraphPasses, ChangeNothingTheSecondTime) {
  EXPECT_TRUE(rc::check("prepared(prepared(graph)) == prepared(graph)", [] {
    const Graph once = prepared(RandomGraph::make(true));
    RC_ASSERT(prepared(once) == once);
  }));
}

TEST(GraphPasses, FoldABatchNormIntoTheConvolutionBeforeIt) {
  const Graph folded = prepared(
      graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1, -2}), batch_norm("norm", 1, 2)}));
  EXPECT_EQ(names(folded), (std::vector<std::string>{"input", "conv"}));
  EXPECT_EQ(folded.nodes[1].weights, (std::vector<float>{0.5f, -2}));  // times (c + 1) / 2
  EXPECT_EQ(folded.nodes[1].bias, (std::vector<float>{0.5f, 1.5f}));   // plus c (c + 1) / 2
}

// A fully connected layer of one output and these weights.
Node fully_connected(int input, std::vector<float> weights) {
  Node node = named("classifier", OpKind::kFullyConnected, {input});
  node.out_channels = 1;
  node.weights = std::move(weights);
  return node;
}

TEST(GraphPasses, FoldABatchNormIntoTheFullyConnectedLayerBehindIt) {
  const Node pool = named("pool", OpKind::kRelu, {0});
  const Graph flattened_before =
      prepared(graph_of({input_of({2, 1, 2}), pool, named("flat", OpKind::kFlatten, {1}),
                         batch_norm("norm", 2, 4), fully_connected(3, {1, 1, 1, 1})}));
  EXPECT_EQ(names(flattened_before),
            (std::vector<std::string>{"input", "pool", "flat", "classifier"}));
  // times (i + 1) / 2; the bias is the sum of (1 + i (i + 1)) / 2.
  EXPECT_EQ(flattened_before.nodes[3].weights, (std::vector<float>{0.5f, 1, 1.5f, 2}));
  EXPECT_EQ(flattened_before.nodes[3].bias, (std::vector<float>{12}));
  const Graph flattened_behind =
      prepared(graph_of({input_of({2, 1, 2}), pool, batch_norm("norm", 1, 2),
                         named("flat", OpKind::kFlatten, {2}), fully_connected(3, {1, 1, 1, 1})}));
  EXPECT_EQ(flattened_behind.nodes.back().weights, (std::vector<float>{0.5f, 0.5f, 1, 1}));
  EXPECT_EQ(flattened_behind.nodes.back().bias, (std::vector<float>{4}));
}

TEST(GraphPasses, FoldABatchNormIntoNoLayerThatIsNotItsOnlyReader) {
  const Graph made = prepared(
      graph_of({input_of({2, 1, 1}), named("relu", OpKind::kRelu, {0}), batch_norm("norm", 1, 2),
                fully_connected(2, {1, 1}), named("sum", OpKind::kAdd, {2, 2}),
                named("all", OpKind::kConcat, {3, 4})}));
  EXPECT_EQ(made.nodes.at(2).name, "norm");
  EXPECT_EQ(made.nodes.at(2).op, OpKind::kConv);
}

TEST(GraphPasses, FoldTwoBatchNormsInARow) {
  const Graph folded = prepared(graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1}),
                                          batch_norm("first", 1, 1), batch_norm("second", 2, 1)}));
  EXPECT_EQ(names(folded), (std::vector<std::string>{"input", "conv"}));
  EXPECT_EQ(folded.nodes[1].weights, (std::vector<float>{0.25f}));
  EXPECT_EQ(folded.nodes[1].bias, (std::vector<float>{0.75f}));
}

TEST(GraphPasses, KeepTheOutputLastWhereAFoldedBatchNormWasIt) {
  const Graph made =
      prepared(graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1}),
                         named("unread", OpKind::kFlatten, {0}), batch_norm("norm", 1, 1)}));
  EXPECT_EQ(names(made), (std::vector<std::string>{"input", "conv"}));
}

TEST(GraphPasses, MakeADepthwiseLayerOfABatchNormThatCannotBeFolded) {
  const Graph made =
      prepared(graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1, -2}), batch_norm("norm", 1, 2),
                         named("sum", OpKind::kAdd, {1, 2})}));
  const Node& norm = made.nodes.at(2);
  EXPECT_EQ(norm.op, OpKind::kConv);
  EXPECT_EQ(norm.groups, 2);
  EXPECT_EQ(norm.form, LayerForm::kDirect);
  EXPECT_EQ(norm.weights, (std::vector<float>{0.5f, 1}));
}

TEST(GraphPasses, FoldIntoTheChannelScalesOfADecomposedLayer) {
  Node conv = conv_of("conv", 0, {1, 1});
  conv.weights.clear();
  conv.decomposition = Decomposition{1, {1, -1}, {1}, 1, {2, 3}};
  const Graph folded = prepared(graph_of({input_of({1, 2, 2}), conv, batch_norm("norm", 1, 2)}));
  EXPECT_EQ(folded.nodes[1].decomposition->channel_scale, (std::vector<float>{1, 3}));
  EXPECT_EQ(folded.nodes[1].bias, (std::vector<float>{0.5f, 1.5f}));
}

TEST(GraphPasses, MoveTheSignOfAChannelScaleIntoItsCoefficients) {
  Node conv = conv_of("conv", 0, {1, 1, 1});
  conv.weights.clear();
  conv.decomposition = Decomposition{2, {1, 0, -1, 1, 1, -1}, {1, 2}, 1, {2, -3, 0}};
  const Graph made = prepared(graph_of({input_of({1, 2, 2}), conv}));
  const Decomposition& parts = *made.nodes[1].decomposition;
  EXPECT_EQ(parts.channel_scale, (std::vector<float>{2, 3, 1}));
  EXPECT_EQ(parts.coefficients, (std::vector<std::int8_t>{1, 0, 1, -1, 0, 0}));
}

TEST(GraphPasses, RemoveWhatComputesNothing) {
  Node pool = named("pool", OpKind::kMaxPool, {2});
  Node clip = named("clip", OpKind::kClip, {3});
  Node pad = named("pad", OpKind::kChannelPad, {4});
  const Graph made = prepared(
      graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1}), named("relu", OpKind::kRelu, {1}),
                pool, clip, pad, named("again", OpKind::kRelu, {5}), conv_of("unread", 0, {1}),
                named("flat", OpKind::kFlatten, {6})}));
  EXPECT_EQ(names(made), (std::vector<std::string>{"input", "conv", "relu", "flat"}));
}

TEST(GraphPasses, NameABatchNormThatIsNotFinite) {
  Node norm = batch_norm("norm", 1, 1);
  norm.bn_variance = {-1};
  const Graph graph = graph_of({input_of({1, 2, 2}), conv_of("conv", 0, {1}), norm});
  EXPECT_USER_ERROR(prepared(graph), AllOf(HasSubstr("norm"), HasSubstr("not finite")));
}

/// A 1x1 convolution of 2 channels to 2.
Node square_of(const std::string& name, int input) {
  Node node = conv_of(name, input, {1, 1});
  node.weights = {1, 0, 0, 1};
  return node;
}

Node function_of(const std::string& name, int input, const std::string& function) {
  Node node = named(name, OpKind::kPointwise, {input});
  node.function = parse_function(function);
  return node;
}

TEST(GraphPasses, FuseAPReluByChannelWithTheOnlyLayerItReads) {
  const std::string prelu = "x 0 max x 0 min [0.5,0.25] mul add";
  Graph graph = graph_of({input_of({1, 2, 2}), conv_of("a", 0, {1, 1}),
                          function_of("of_a", 1, prelu), square_of("b", 2),
                          function_of("of_b", 3, "x 0 max x 0 min 0.5 mul add"), square_of("c", 4),
                          function_of("of_c", 5, prelu), named("sum", OpKind::kAdd, {5, 6}),
                          function_of("of_sum", 7, prelu), square_of("d", 8),
                          function_of("of_d", 9, prelu), named("clip", OpKind::kClip, {10})});
  const std::vector<int> alone = {-1, 2, -1, -1, -1, -1, -1, -1, -1, 10, -1, -1};
  EXPECT_EQ(fused_slopes(graph), alone);
  EXPECT_EQ(fused_clamps(graph)[10], 11);
  EXPECT_EQ(last_fused(graph), (std::vector<int>{0, 2, 2, 3, 4, 5, 6, 7, 8, 11, 11, 11}));
  graph.nodes[1].is_output = true;
  EXPECT_EQ(fused_slopes(graph)[1], -1);
  graph.quantization.tensor_scale["a"] = 1;
  EXPECT_EQ(fused_slopes(graph)[9], -1);
  graph.quantization.layers["d"].negative_multiplier = {1, 1};
  EXPECT_EQ(fused_slopes(graph)[9], 10);
}

TEST(GraphPasses, FuseAClampWithTheOnlyLayerItReads) {
  const Graph graph =
      graph_of({input_of({1, 2, 2}), conv_of("a", 0, {1}), named("of_a", OpKind::kRelu, {1}),
                conv_of("b", 2, {1}), named("of_b", OpKind::kRelu, {3}),
                named("sum", OpKind::kAdd, {3, 4}), named("of_sum", OpKind::kClip, {5}),
                named("pool", OpKind::kMaxPool, {6}), named("of_pool", OpKind::kRelu, {7})});
  EXPECT_EQ(fused_clamps(graph), (std::vector<int>{-1, 2, -1, -1, -1, 6, -1, -1, -1}));
}

TEST(GraphPasses, NameAllSoftmaxesThatOthersRead) {
  const Node input = input_of({2, 1, 1});
  EXPECT_NO_THROW(refuse_inner_softmaxes(graph_of({input, named("last", OpKind::kSoftmax, {0})})));
  const Graph graph = graph_of(
      {input, named("first", OpKind::kSoftmax, {0}), named("second", OpKind::kSoftmax, {1}),
       named("sum", OpKind::kAdd, {0, 2}), named("last", OpKind::kSoftmax, {3})});
  EXPECT_USER_ERROR(refuse_inner_softmaxes(graph),
                    AllOf(HasSubstr("first, second: a softmax can only"), Not(HasSubstr("last:"))));
}

}  // namespace
}  // namespace escalate
