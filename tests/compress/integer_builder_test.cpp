#include "compress/integer_builder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "../support/expect_user_error.h"
#include "../support/random_graph.h"
#include "../support/temporary_folder.h"
#include "../support/test_tensors.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/graph_passes.h"
#include "workloads/float_executor.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<Tensor> example_images(const Graph& graph) {
  std::vector<Tensor> images;
  for (int i = 0; i < 3; ++i) images.push_back(wavy_tensor(graph.nodes[0].out, i));
  return images;
}

bool ends_in_integers(const Graph& graph) {
  const auto last = graph.nodes.end() - 1;
  return std::none_of(graph.nodes.begin(), last,
                      [](const Node& node) { return node.op == OpKind::kSoftmax; });
}

/// Within a property: a random network with calibration.
Graph random_calibrated(bool every_kind = false) {
  Graph graph = RandomGraph::make(every_kind, every_kind);
  RC_PRE(ends_in_integers(graph));
  calibrate(graph, example_images(graph));
  return graph;
}

Tensor real_values(const Activations& steps, double scale) {
  Tensor tensor{steps.shape, {}};
  for (const int step : steps.values) tensor.values.push_back(float(step * scale));
  return tensor;
}

/// What the float node `i` makes of the values that its inputs have as integers.
std::vector<float> float_output(const Graph& graph, int i, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : inputs) pointers.push_back(&input);
  return FloatExecutor(graph).run_node(i, pointers).values;
}

/// Nodes of the integer network whose values node `n` stands for a function of: its inputs, or of
/// the last of the phases of a dilated convolution what the phases read.
std::vector<int> sources(const IntegerNetwork& network, std::size_t n, const Node& layer) {
  const IntegerNode& made = network.nodes[n];
  if (!layer.window.is_dilated()) return made.inputs;
  for (const IntegerNode& node : network.nodes) {
    if (node.name == layer.name + ".phase0_0.input") return node.inputs;
  }
  throw InternalError("a dilated convolution has a first phase");
}

/// The largest requantisation factor of a node: what a rounding of its bias or sum by half a step
/// becomes in steps of its output.
double largest_factor(const IntegerNode& node) {
  double largest = 0;
  for (const auto* factors : {&node.requant, &node.negative_requant}) {
    for (const FixedPoint& factor : *factors) {
      largest = std::max(largest, std::abs(std::ldexp(factor.multiplier, -factor.shift)));
    }
  }
  return largest;
}

float clamped(const Node* clamp, float value) {
  if (clamp == nullptr) return value;
  if (clamp->op == OpKind::kRelu) return std::max(value, 0.0f);
  return std::clamp(value, clamp->clip_min, clamp->clip_max);
}

TEST(IntegerBuilder, MakesEachLayerRoundWhatTheFloatLayerMakesOfItsInputs) {
  EXPECT_TRUE(rc::check("an integer output is within a step of the float layer's", [] {
    const Graph graph = random_calibrated(true);
    ASSERT_EQ(prepared(graph), graph);
    const IntegerNetwork network = build_integer_network(graph);
    const Tensor image = example_images(graph)[1];
    const std::vector<Activations> steps = run_network(
        network, quantize_input({image, std::nullopt, "image", false}, network.input_scale));
    const std::vector<int> slopes_of = fused_slopes(graph), last_of = last_fused(graph);
    for (std::size_t n = 1; n < network.nodes.size(); ++n) {
      const IntegerNode& made = network.nodes[n];
      const int i = graph.find(made.name);
      if (i < 0) continue;  // a flattening in front of a fully connected layer, parts of phases
      std::vector<Tensor> inputs;
      for (const int input : sources(network, n, graph.nodes[std::size_t(i)])) {
        inputs.push_back(
            real_values(steps[std::size_t(input)], network.nodes[std::size_t(input)].scale));
      }
      const int slopes = slopes_of[std::size_t(i)], last = last_of[std::size_t(i)];
      const Node* fused = last == i || last == slopes ? nullptr : &graph.nodes[std::size_t(last)];
      std::vector<float> expected = float_output(graph, i, inputs);
      if (slopes >= 0) expected = float_output(graph, slopes, {{made.out, expected}});
      RC_ASSERT(expected.size() == steps[n].values.size());
      for (std::size_t v = 0; v < expected.size(); ++v) {
        const double exact = double(clamped(fused, expected[v])) / made.scale;
        const double held = std::clamp(exact, -128.0, 127.0);
        // Rounded once, clamped to a rounded bound or without a vanishing channel.
        RC_ASSERT(std::abs(held - steps[n].values[v]) <= 1.02 + 0.5 * largest_factor(made));
      }
    }
  }));
}

TEST(IntegerBuilder, MakesTheSameNetworkOfTheFileWritten) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("written and read back, the integer network is identical", [&] {
    const Graph graph = random_calibrated();
    write_onnx(graph, folder.file("calibrated.onnx"));
    const Graph read = read_onnx(folder.file("calibrated.onnx"));
    IntegerNetwork expected = build_integer_network(graph);
    RC_ASSERT(build_integer_network(read) == expected);
  }));
}

TEST(IntegerBuilder, MakesTheSameNetworkOfACompressedFile) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("compressed, written and read back: identical", [&] {
    Graph graph = RandomGraph::make();
    RC_PRE(ends_in_integers(graph));
    CompressOptions options;
    options.terms = *rc::gen::inRange(1, 4);
    options.pointwise_terms = *rc::gen::inRange(1, 3);
    graph = compress_graph(graph, options);
    calibrate(graph, example_images(graph));
    write_onnx(graph, folder.file("compressed.onnx"));
    RC_ASSERT(build_integer_network(read_onnx(folder.file("compressed.onnx"))) ==
              build_integer_network(graph));
  }));
}

/// input 1x2x2 -> conv (K = 1, 1x1, weight and bias) -> relu
Graph small_network(float weight, float bias) {
  Graph graph;
  graph.name = "small";
  graph.nodes.resize(3);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {1, 2, 2};
  Node& conv = graph.nodes[1];
  conv.name = "conv";
  conv.op = OpKind::kConv;
  conv.inputs = {0};
  conv.out_channels = 1;
  conv.weights = {weight};
  conv.bias = {bias};
  graph.nodes[2].name = "relu";
  graph.nodes[2].op = OpKind::kRelu;
  graph.nodes[2].inputs = {1};
  graph.infer_shapes();
  return graph;
}

TEST(IntegerBuilder, PutsScalesAndBiasWhereTheRulesSay) {
  Graph graph = small_network(2, 1);
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  const IntegerNetwork network = build_integer_network(graph);
  ASSERT_EQ(network.nodes.size(), 2u);
  const IntegerNode& conv = network.nodes[1];
  // Input steps of 1/127, weight 127 steps of 2/127, output steps of 3/127.
  EXPECT_NEAR(network.input_scale, 1.0 / 127, 1e-9);
  EXPECT_EQ(conv.weights, (std::vector<std::int8_t>{127}));
  EXPECT_NEAR(conv.scale, 3.0 / 127, 1e-8);
  EXPECT_EQ(conv.bias, (std::vector<std::int32_t>{127 * 127 / 2 + 1}));  // 8064.5
  const FixedPoint factor = conv.requant.at(0);
  EXPECT_NEAR(std::ldexp(factor.multiplier, -factor.shift), 2.0 / 127 / 3, 1e-8);
  EXPECT_EQ(conv.clamp_low, 0);
  const Activations steps = quantize_input({image, std::nullopt, "", false}, network.input_scale);
  EXPECT_EQ(run_network(network, steps).back().values, (std::vector<std::int8_t>{0, 42, 85, 127}));
}

/// small_network() of two channels, with a PReLU in place of the ReLU.
Graph network_with_slopes(const std::vector<float>& slopes) {
  Graph graph = small_network(2, 0);
  graph.nodes[1].out_channels = 2;
  graph.nodes[1].weights = {2, 2};
  graph.nodes[1].bias = {0, 0};
  graph.nodes[2].name = "prelu";
  graph.nodes[2].op = OpKind::kPointwise;
  graph.nodes[2].function =
      parse_function("x 0 max x 0 min [" + fmt::format("{}", fmt::join(slopes, ",")) + "] mul add");
  graph.infer_shapes();
  return graph;
}

TEST(IntegerBuilder, FusesAPReluByChannelAsFactorsOfSumsBelow0) {
  Graph graph = network_with_slopes({0.25f, -0.75f});
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  const IntegerNetwork network = build_integer_network(graph);
  ASSERT_EQ(network.nodes.size(), 2u);
  const IntegerNode& conv = network.nodes[1];
  EXPECT_NEAR(conv.scale, 2.0 / 127, 1e-8);  // the PReLU's, of values from -0.5 to 2
  EXPECT_EQ(graph.quantization.tensor_scale.at("conv"),
            graph.quantization.tensor_scale.at("prelu"));
  const auto real = [](const FixedPoint& factor) {
    return std::ldexp(factor.multiplier, -factor.shift);
  };
  ASSERT_EQ(conv.negative_requant.size(), 2u);
  EXPECT_NEAR(real(conv.negative_requant[0]) / real(conv.requant[0]), 0.25, 1e-8);
  EXPECT_NEAR(real(conv.negative_requant[1]) / real(conv.requant[1]), -0.75, 1e-8);
  const Activations steps = quantize_input({image, std::nullopt, "", false}, network.input_scale);
  // -127, 0, 64 and 127 steps of the input.
  EXPECT_EQ(run_network(network, steps).back().values,
            (std::vector<std::int8_t>{-32, 0, 64, 127, 95, 0, 64, 127}));
}

TEST(IntegerBuilder, KeepsAPReluByChannelAsATableWhereTheCalibrationDoes) {
  Graph graph = network_with_slopes({0.25f, -0.5f});
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  graph.quantization.layers["conv"].negative_multiplier.clear();
  graph.quantization.layers["conv"].negative_shift.clear();
  const IntegerNetwork network = build_integer_network(graph);
  ASSERT_EQ(network.nodes.size(), 3u);
  EXPECT_EQ(network.nodes[2].op, IntegerOp::kTable);
  EXPECT_EQ(network.nodes[2].table.size(), 512u);
}

TEST(IntegerBuilder, FindsTheFactorsOfSumsBelow0InTheFileWritten) {
  Graph graph = network_with_slopes({0.25f, -0.5f});
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  const Graph read = parse_onnx(onnx_bytes(graph), "n.onnx");
  EXPECT_EQ(read.quantization, graph.quantization);
  EXPECT_EQ(build_integer_network(read), build_integer_network(graph));
}

TEST(IntegerBuilder, RefusesFactorsOfSumsBelow0ThatNothingAsksFor) {
  Graph graph = small_network(1, 0);
  const Tensor image = wavy_tensor({1, 2, 2});
  calibrate(graph, std::span(&image, 1));
  auto& layer = graph.quantization.layers["conv"];
  layer.negative_multiplier = {5};
  EXPECT_USER_ERROR(build_integer_network(graph), AllOf(HasSubstr("conv"), HasSubstr("below 0")));
  layer.negative_shift = {5};
  EXPECT_USER_ERROR(build_integer_network(graph), HasSubstr("no PReLU by channel follows"));
}

TEST(IntegerBuilder, KeepsChannelsThatASteepSlopeMakesVisible) {
  // Sums of at most 0.4 steps of the output, 100 times as much below 0.
  Graph graph = network_with_slopes({100, 1});
  graph.nodes[1].weights = {0.01f, 1};
  graph.nodes[1].bias = {0, 0};
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  const IntegerNetwork network = build_integer_network(graph);
  EXPECT_NE(network.nodes[1].weights[0], 0);
}

TEST(IntegerBuilder, KeepsTheBiasOfAChannelWithoutWeights) {
  Graph graph = small_network(0, 0.7f);
  const Tensor image = wavy_tensor({1, 2, 2});
  calibrate(graph, std::span(&image, 1));
  const IntegerNetwork network = build_integer_network(graph);
  const Activations steps = quantize_input({image, std::nullopt, "", false}, network.input_scale);
  EXPECT_EQ(run_network(network, steps).back().values, (std::vector<std::int8_t>(4, 127)));
}

TEST(IntegerBuilder, MakesOutputsInTheOrderOfTheGraph) {
  Graph graph = small_network(1, 0);
  const Node conv = graph.nodes[1], relu = graph.nodes[2];
  const auto named = [](Node node, const char* name, int input) {
    node.name = name;
    node.inputs = {input};
    return node;
  };
  graph.nodes = {graph.nodes[0], named(conv, "first", 0), named(conv, "second", 0),
                 named(relu, "of_second", 2), named(relu, "of_first", 1)};
  graph.nodes[3].is_output = true;
  graph.infer_shapes();
  const Tensor image{{1, 2, 2}, {-1, 0, 0.5f, 1}};
  calibrate(graph, std::span(&image, 1));
  const IntegerNetwork network = build_integer_network(graph);
  std::vector<std::string> names;
  for (const int output : network.output_nodes()) {
    names.push_back(network.nodes[std::size_t(output)].name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"second", "first"}));
}

TEST(IntegerBuilder, RefusesANetworkThatIsNotCalibrated) {
  EXPECT_USER_ERROR(build_integer_network(small_network(1, 0)),
                    AllOf(HasSubstr("small"), HasSubstr("not calibrated")));
}

TEST(IntegerBuilder, NamesALayerThatTheCalibrationDoesNotFit) {
  Graph graph = small_network(1, 0);
  const Tensor image = wavy_tensor({1, 2, 2});
  calibrate(graph, std::span(&image, 1));
  Graph short_one = graph;
  short_one.quantization.layers["conv"].bias.clear();
  EXPECT_USER_ERROR(build_integer_network(short_one), HasSubstr("conv"));
  Graph without = graph;
  without.quantization.tensor_scale.erase("conv");
  EXPECT_USER_ERROR(build_integer_network(without), AllOf(HasSubstr("conv"), HasSubstr("scale")));
  Graph shifted = graph;
  shifted.quantization.layers["conv"].shift = {63};
  EXPECT_USER_ERROR(build_integer_network(shifted), AllOf(HasSubstr("conv"), HasSubstr("63")));
}

TEST(IntegerBuilder, NamesALayerWhoseFactorIsOutOfRange) {
  Graph graph = small_network(1, 0);
  Node product;
  product.name = "product";
  product.op = OpKind::kMultiply;
  product.inputs = {2, 2};
  graph.nodes.push_back(std::move(product));
  graph.infer_shapes();
  const Tensor image = wavy_tensor({1, 2, 2});
  calibrate(graph, std::span(&image, 1));
  graph.quantization.tensor_scale["product"] = 1e-30f;
  EXPECT_USER_ERROR(build_integer_network(graph),
                    AllOf(HasSubstr("product"), HasSubstr("requantisation factor")));
}

TEST(IntegerBuilder, RefusesAnAccumulatorThatCouldOverflow) {
  Graph graph = small_network(1, 0);
  const Tensor image = wavy_tensor({1, 2, 2});
  calibrate(graph, std::span(&image, 1));
  graph.quantization.layers["conv"].bias = {2147483647 - 128 * 127 + 1};
  EXPECT_USER_ERROR(build_integer_network(graph), AllOf(HasSubstr("conv"), HasSubstr("32 bits")));
  graph.quantization.layers["conv"].bias = {2147483647 - 128 * 127};
  build_integer_network(graph);
}

TEST(IntegerBuilder, RefusesASoftmaxInsideTheNetwork) {
  Graph graph = small_network(1, 0);
  graph.nodes[0].out = {4, 1, 1};
  graph.nodes[1].weights = {1, 2, 3, 4};
  graph.nodes[1].op = OpKind::kFullyConnected;
  graph.nodes[2].op = OpKind::kSoftmax;
  graph.nodes.push_back(graph.nodes[2]);
  graph.nodes[3].name = "last";
  graph.nodes[3].op = OpKind::kRelu;
  graph.nodes[3].inputs = {2};
  graph.nodes.push_back(graph.nodes[3]);
  graph.nodes[4].name = "sum";
  graph.nodes[4].op = OpKind::kAdd;
  graph.nodes[4].inputs = {2, 1};
  graph.infer_shapes();
  const Tensor image = wavy_tensor({4, 1, 1});
  calibrate(graph, std::span(&image, 1));
  EXPECT_USER_ERROR(build_integer_network(graph), AllOf(HasSubstr("relu"), HasSubstr("softmax")));
}

TEST(Calibrate, NamesALayerWhoseActivationsAreNotFinite) {
  Graph graph = small_network(3e38f, 3e38f);
  const Tensor image{{1, 2, 2}, {1, 1, 1, 1}};
  EXPECT_USER_ERROR(calibrate(graph, std::span(&image, 1)),
                    AllOf(HasSubstr("conv"), HasSubstr("not finite")));
}

TEST(Calibrate, GivesTheSameScalesForAnyNumberOfJobs) {
  Graph graph = small_network(0.3f, 0.1f);
  graph.transform = {{0.5f}, {0.25f}, false};
  Graph parallel = graph;
  const auto images = open_input("synthetic", graph.nodes[0].out, graph.transform);
  calibrate(graph, *images, {50, 1});
  calibrate(parallel, *images, {50, 4});
  EXPECT_EQ(graph, parallel);
}

TEST(Calibrate, NeedsAnImage) {
  Graph graph = small_network(1, 1);
  EXPECT_USER_ERROR(calibrate(graph, std::span<const Tensor>{}), HasSubstr("at least one image"));
}

}  // namespace
}  // namespace escalate
