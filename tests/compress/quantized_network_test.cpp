// Networks that came quantised: their scales are the calibration, their weights stay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../support/ternary_qonnx.h"
#include "common/random.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/given_scales.h"
#include "compress/graph_passes.h"
#include "compress/integer_builder.h"
#include "workloads/float_executor.h"
#include "workloads/inputs.h"
#include "workloads/integer_network.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Proto = onnx::TensorProto;

Tensor random_image(const Shape& shape, Random& random) {
  Tensor tensor{shape, {}};
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    tensor.values.push_back(float(random.uniform() * 4 - 2));
  }
  return tensor;
}

/// Elements of the outputs of some images that are not the float network's, to the step.
int different_outputs(const Graph& original, const Graph& calibrated, int* elements = nullptr) {
  const IntegerNetwork network = build_integer_network(calibrated);
  Random random(7);
  int different = 0;
  for (int n = 0; n < 20; ++n) {
    const Tensor image = random_image(original.nodes[0].out, random);
    const Tensor real = run_float(original, image).back();
    InputImage input;
    input.values = image;
    const Activations seen =
        run_network(network, quantize_input(input, network.input_scale)).back();
    for (std::size_t i = 0; i < real.values.size(); ++i) {
      const auto step = std::lround(double(real.values[i]) / network.nodes.back().scale);
      different += step != seen.values[i];
      if (elements != nullptr) ++*elements;
    }
  }
  return different;
}

TEST(QuantizedNetwork, OfTernaryWeightsRunsBitExactWithoutImages) {
  const Graph original = TernaryQonnx(0).model().read();
  CompressReport report;
  Graph made = compress_graph(original, {}, &report);
  std::vector<std::string> ternary;
  for (const LayerReport& layer : report.layers) {
    EXPECT_LT(layer.error, 1e-6) << layer.name;
    if (layer.is_ternary_as_it_came) ternary.push_back(layer.name);
  }
  EXPECT_THAT(ternary, ElementsAre("second", "point", "classifier"));
  EXPECT_THAT(tensors_to_measure(calibration_form(made)), IsEmpty());
  EXPECT_TRUE(calibrate_as_given(made));
  EXPECT_EQ(different_outputs(original, made), 0);
  const Graph again = parse_onnx(onnx_bytes(made), "");
  EXPECT_EQ(build_integer_network(again), build_integer_network(made));
}

TEST(QuantizedNetwork, OfTernaryWeightsRoundsBiasesToPartsOfAStep) {
  const Graph original = TernaryQonnx(1).model().read();
  Graph made = compress_graph(original, {});
  EXPECT_TRUE(calibrate_as_given(made));
  int elements = 0;
  const int different = different_outputs(original, made, &elements);
  EXPECT_LT(different, elements / 4);
}

/// What a step of an output channel's accumulator is worth.
double accumulator_step(const Graph& graph, const Node& layer, std::size_t k) {
  const double input =
      double(graph.quantization.tensor_scale.at(graph.nodes[std::size_t(layer.inputs[0])].name));
  if (!layer.decomposition) return input * double(layer.weight_scale[k]);
  return input * double(layer.decomposition->channel_scale[k]) *
         double(layer.decomposition->basis_scale);
}

/// Holds a layer's outputs against sums of the same integers with the bias as it is: they are at
/// most half a step off, and what half a step of the accumulator comes to. Returns that.
double expect_bias_within_half_a_step(const Graph& graph, const Node& layer,
                                      const IntegerNode& node, const Activations& input,
                                      const Activations& output) {
  const std::vector<std::int32_t> sums = reference_accumulators(node, input);
  double largest = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t k = i / std::size_t(node.out.h * node.out.w);
    const double step = accumulator_step(graph, layer, k) / node.scale;
    const double bias = layer.bias.empty() ? 0.0 : double(layer.bias[k]) / node.scale;
    const double exact =
        std::clamp(double(sums[i]) * step + bias, double(node.clamp_low), double(node.clamp_high));
    EXPECT_LE(std::abs(double(output.values[i]) - exact), 0.5 + step / 2 + 1e-5) << node.name;
    largest = std::max(largest, step / 2);
  }
  return largest;
}

TEST(QuantizedNetwork, HasBiasesOffByHalfAStepOfTheAccumulatorAtMost) {
  Graph made = compress_graph(TernaryQonnx(1).model().read(), {});
  EXPECT_TRUE(calibrate_as_given(made));
  const IntegerNetwork network = build_integer_network(made);
  Random random(11);
  InputImage image;
  image.values = random_image(made.nodes[0].out, random);
  const auto outputs = run_network(network, quantize_input(image, network.input_scale));
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    if (node.op != IntegerOp::kConv) continue;
    const Node& layer = made.nodes[std::size_t(made.find(node.name))];
    const double most = expect_bias_within_half_a_step(
        made, layer, node, outputs[std::size_t(node.inputs[0])], outputs[i]);
    EXPECT_LT(most, layer.decomposition ? 0.02 : 0.2) << node.name;
  }
}

TEST(QuantizedNetwork, OfInt8LayersRunsBitExactWithoutImages) {
  const Graph original = TernaryQonnx(0).model().read();
  CompressOptions options;
  options.direct = {"*"};
  Graph made = compress_graph(original, options);
  EXPECT_TRUE(calibrate_as_given(made));
  EXPECT_EQ(different_outputs(original, made), 0);
}

TEST(QuantizedNetwork, HasNoLayerForItsQuantisations) {
  Graph made = compress_graph(TernaryQonnx(0).model().read(), {});
  EXPECT_TRUE(calibrate_as_given(made));
  for (const IntegerNode& node : build_integer_network(made).nodes) {
    EXPECT_NE(node.op, IntegerOp::kRescale) << node.name;
  }
}

/// Two layers, the tensor between them quantised with the zero point given.
Graph with_zero_point(int zero_point, int type) {
  OnnxModel model(13, {1, 2, 5, 5});
  add_pair(model, "in", "x", 0.0311f);
  model.floats("v", {3, 2, 1, 1}, {1, -0.5f, 0.25f, 0.75f, -1, 0.5f});
  model.add("Conv", {"x", "v"}, {"c"});
  add_pair(model, "c", "y", 0.0137f, zero_point, type);
  model.floats("w", {2, 3, 1, 1}, {1, -0.5f, 0.25f, 0.75f, -1, 0.5f});
  model.add("Conv", {"y", "w"}, {"d"});
  add_pair(model, "d", "out", 0.02913f);
  return model.output("out").read();
}

Graph calibrated(const Graph& graph) {
  CompressOptions options;
  options.direct = {"*"};
  Graph made = compress_graph(graph, options);
  EXPECT_TRUE(calibrate_as_given(made));
  return made;
}

TEST(QuantizedNetwork, Of128AsZeroPointIsInt8) {
  const Graph original = with_zero_point(128, Proto::UINT8);
  EXPECT_THAT(coarser_tensors(original), IsEmpty());
  EXPECT_EQ(different_outputs(original, calibrated(original)), 0);
}

TEST(QuantizedNetwork, OfOtherZeroPointsKeepsTheRangeInCoarserSteps) {
  const Graph original = with_zero_point(0, Proto::UINT8);
  EXPECT_THAT(coarser_tensors(original), ElementsAre("y.q"));
  const Graph made = calibrated(original);
  EXPECT_FLOAT_EQ(made.quantization.tensor_scale.at("c"), 0.0137f * 255 / 127);
  // Twice the step, in three inputs of an output that has twice as large ones.
  int elements = 0;
  const int different = different_outputs(original, made, &elements);
  EXPECT_GT(different, 0);
  EXPECT_LT(different, elements / 2);
}

TEST(QuantizedNetwork, NamesTensorsThatItGivesNoScaleFor) {
  OnnxModel model(13, {1, 2, 5, 5});
  model.floats("w", {3, 2, 1, 1});
  model.add("Conv", {"in", "w"}, {"c"});
  add_pair(model, "c", "x", 0.5f);
  model.add("Sigmoid", {"x"}, {"out"});
  Graph graph = model.output("out").read();
  EXPECT_THAT(tensors_to_measure(calibration_form(graph)), ElementsAre("in", "out"));
  EXPECT_FALSE(calibrate_as_given(graph));
  EXPECT_TRUE(graph.quantization.empty());
}

TEST(QuantizedNetwork, IsCalibratedOnImagesWhereItGivesNoScale) {
  OnnxModel model(13, {1, 2, 5, 5});
  model.floats("w", {3, 2, 1, 1}, {1, -0.5f, 0.25f, 0.75f, -1, 0.5f});
  model.add("Conv", {"in", "w"}, {"c"});
  add_pair(model, "c", "out", 0.02913f);
  Graph made = compress_graph(model.output("out").read(), {});
  Random random(3);
  const std::vector<Tensor> images = {random_image({2, 5, 5}, random)};
  calibrate(made, images);
  EXPECT_EQ(made.quantization.tensor_scale.at("c"), 0.02913f);
  EXPECT_NE(made.quantization.tensor_scale.at("in"), 0.02913f);
}

TEST(GraphPasses, DropAQuantisationOfWhatIsQuantised) {
  OnnxModel model(13, {1, 2, 4, 4});
  add_pair(model, "in", "x", 0.5f);
  auto& pool = model.add("MaxPool", {"x"}, {"pool"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  add_pair(model, "pool", "y", 0.5f);
  model.floats("w", {3, 2, 1, 1});
  model.add("Conv", {"y", "w"}, {"c"});
  add_pair(model, "c", "out", 0.5f);
  const Graph graph = prepared(model.output("out").read());
  EXPECT_EQ(graph.find("y.q"), -1);
  EXPECT_NE(graph.find("x.q"), -1);
}

}  // namespace
}  // namespace escalate
