// Quantised files of others: real numbers in whole steps, weights that are whole numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "../../support/quantized_model.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Proto = onnx::TensorProto;

Tensor image_of(const Graph& graph) {
  Tensor tensor{graph.nodes[0].out, {}};
  for (int i = 0; i < int(tensor.shape.size()); ++i) {
    tensor.values.push_back(3 * std::sin(0.7f * float(i * i)));
  }
  return tensor;
}

std::vector<float> values_of(const OnnxModel& model) {
  const Graph graph = model.read();
  return run_float(graph, image_of(graph)).back().values;
}

/// The nearest of the steps from low to high.
float stepped(float value, float step, float low, float high) {
  return std::clamp(std::nearbyint(value / step), low, high) * step;
}

const Node& last_of(const Graph& graph) { return graph.nodes.back(); }

TEST(OnnxQuantization, OfAValueIsAClipToWholeSteps) {
  OnnxModel model(13, {1, 2, 3, 3});
  add_pair(model, "in", "out", 0.25f);
  model.output("out");
  const Graph graph = model.read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_TRUE(last_of(graph).is_quantizer());
  EXPECT_EQ(last_of(graph).clip_step, 0.25f);
  EXPECT_EQ(last_of(graph).clip_min, -32);
  EXPECT_EQ(last_of(graph).clip_max, 31.75f);
  const Tensor image = image_of(graph);
  const std::vector<float> seen = values_of(model);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], stepped(image.values[i], 0.25f, -128, 127));
  }
}

TEST(OnnxQuantization, OfAZeroPointHasItsRangeAround0) {
  OnnxModel model(13, {1, 2, 3, 3});
  add_pair(model, "in", "out", 0.5f, 100, Proto::UINT8);
  const Graph graph = model.output("out").read();
  EXPECT_EQ(last_of(graph).clip_min, -50);
  EXPECT_EQ(last_of(graph).clip_max, 77.5f);
}

TEST(OnnxQuantization, TakesInTheReluInFrontOfIt) {
  OnnxModel model(13, {1, 2, 3, 3});
  model.add("Relu", {"in"}, {"relu"});
  add_pair(model, "relu", "out", 0.25f);
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(last_of(graph).clip_min, 0);
  EXPECT_EQ(last_of(graph).clip_max, 31.75f);
}

TEST(OnnxQuantization, TakesInAClipOfItsWholeNumbers) {
  OnnxModel model(13, {1, 2, 3, 3});
  add_scalar(model, "s", 0.5f);
  add_whole(model, "z", Proto::INT8, {}, {1});
  add_whole(model, "low", Proto::INT8, {}, {-7});
  add_whole(model, "high", Proto::INT8, {}, {7});
  model.add("QuantizeLinear", {"in", "s", "z"}, {"q"});
  model.add("Clip", {"q", "low", "high"}, {"clipped"});
  model.add("DequantizeLinear", {"clipped", "s", "z"}, {"out"});
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(last_of(graph).clip_min, -4);
  EXPECT_EQ(last_of(graph).clip_max, 3);
}

TEST(OnnxQuantization, StandsForRealNumbersWhereWholeOnesAreMoved) {
  OnnxModel model(13, {1, 2, 4, 4});
  add_scalar(model, "s", 0.5f);
  add_whole(model, "z", Proto::UINT8, {}, {3});
  model.add("QuantizeLinear", {"in", "s", "z"}, {"q"});
  model.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  model.add("Pad", {"q", "pads", "z"}, {"padded"});
  auto& pool = model.add("MaxPool", {"padded"}, {"pooled"});
  set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
  model.add("Flatten", {"pooled"}, {"flat"});
  model.add("DequantizeLinear", {"flat", "s", "z"}, {"out"});
  model.output("out");
  OnnxModel real(13, {1, 2, 4, 4});
  add_pair(real, "in", "values", 0.5f, 3, Proto::UINT8);
  real.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  real.add("Pad", {"values", "pads"}, {"padded"});
  auto& same = real.add("MaxPool", {"padded"}, {"pooled"});
  set_attribute(same, "kernel_shape", std::vector<int>{2, 2});
  real.add("Flatten", {"pooled"}, {"out"});
  EXPECT_EQ(values_of(model), values_of(real.output("out")));
}

TEST(OnnxQuantization, IsRefusedByNameWhereItCannotBeRead) {
  OnnxModel other(13, {1, 2, 3, 3});
  add_scalar(other, "s", 0.5f);
  add_scalar(other, "t", 0.25f);
  other.add("QuantizeLinear", {"in", "s"}, {"q"});
  other.add("DequantizeLinear", {"q", "t"}, {"out"});
  EXPECT_THAT(other.output("out").error(),
              HasSubstr("node 'out' (DequantizeLinear): reads scale 0.25 and zero point 0 of what "
                        "was made with 0.5 and 0"));

  // Behind a layer with weights nothing is left to the host.
  OnnxModel several(13, {1, 2, 3, 3});
  several.floats("v", {2, 2, 1, 1});
  several.floats("s", {2}, {0.5f, 0.25f});
  several.floats("w", {1, 2, 1, 1});
  several.add("Conv", {"in", "v"}, {"map"});
  several.add("QuantizeLinear", {"map", "s"}, {"q"});
  several.add("DequantizeLinear", {"q", "s"}, {"values"});
  several.add("Conv", {"values", "w"}, {"out"});
  EXPECT_THAT(several.output("out").error(),
              HasSubstr("node 'q' (QuantizeLinear): has 2 scales; expected one for all of a value "
                        "that is no constant"));

  OnnxModel sum(13, {1, 2, 3, 3});
  sum.floats("v", {2, 2, 1, 1});
  add_scalar(sum, "s", 0.5f);
  sum.floats("w", {1, 2, 1, 1});
  sum.add("Conv", {"in", "v"}, {"map"});
  sum.add("QuantizeLinear", {"map", "s"}, {"q"});
  sum.add("Relu", {"q"}, {"relu"});
  sum.add("DequantizeLinear", {"relu", "s"}, {"values"});
  sum.add("Conv", {"values", "w"}, {"out"});
  EXPECT_THAT(sum.output("out").error(),
              HasSubstr("reads quantised values; expected a DequantizeLinear in front of it"));
}

TEST(OnnxQuantization, OfAnOutputIsTheHosts) {
  OnnxModel model(13, {1, 2, 3, 3});
  model.floats("w", {1, 2, 1, 1}, {1, 0});
  add_scalar(model, "s", 0.5f);
  model.add("Conv", {"in", "w"}, {"map"});
  model.add("QuantizeLinear", {"map", "s"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(last_of(graph).op, OpKind::kConv);
  const Tensor image = image_of(graph);
  const std::vector<NamedTensor> made = run_file(graph, image);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(made.at(0).tensor.integers.at(i),
              std::int64_t(std::max(0.0f, std::nearbyint(image.values[i] * 2))));
  }
}

TEST(OnnxQuantization, OfASoftmaxIsTheHosts) {
  OnnxModel model(13, {1, 4});
  model.floats("w", {4, 3});
  model.add("MatMul", {"in", "w"}, {"scores"});
  model.add("Softmax", {"scores"}, {"shares"});
  add_pair(model, "shares", "out", 1.0f / 256, 0, Proto::UINT8);
  const Graph graph = model.output("out").read();
  EXPECT_EQ(last_of(graph).op, OpKind::kSoftmax);
  EXPECT_THAT(graph.tail.operators, ElementsAre("QuantizeLinear", "DequantizeLinear"));
}

TEST(OnnxQuantization, OfWeightsInInt8GivesThemByChannel) {
  OnnxModel model(13, {1, 2, 3, 3});
  add_whole(model, "w.q", Proto::INT8, {2, 2, 1, 1}, {127, -5, 3, -128});
  model.floats("w.s", {2}, {0.5f, 0.125f});
  auto& weights = model.add("DequantizeLinear", {"w.q", "w.s"}, {"w"});
  set_attribute(weights, "axis", 0);
  add_whole(model, "b.q", Proto::INT32, {2}, {1000, -3});
  add_scalar(model, "b.s", 0.25f);
  model.add("DequantizeLinear", {"b.q", "b.s"}, {"b"});
  model.add("Conv", {"in", "w", "b"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_THAT(last_of(graph).weights, ElementsAre(63.5f, -2.5f, 0.375f, -16));
  EXPECT_THAT(last_of(graph).bias, ElementsAre(250, -0.75f));
  EXPECT_EQ(last_of(graph).given_steps, 128);
}

TEST(OnnxQuantization, OfWeightsIsKnownWhereTheyAreMovedFirst) {
  OnnxModel model(13, {1, 2});
  add_whole(model, "w.q", Proto::UINT8, {2, 2}, {255, 3, 4, 20});
  add_scalar(model, "w.s", 0.5f);
  add_whole(model, "w.z", Proto::UINT8, {}, {20});
  model.add("DequantizeLinear", {"w.q", "w.s", "w.z"}, {"w"});
  set_attribute(model.add("Transpose", {"w"}, {"moved"}), "perm", std::vector<int>{1, 0});
  model.add("MatMul", {"in", "moved"}, {"out"});
  EXPECT_EQ(last_of(model.output("out").read()).given_steps, 235);
}

TEST(OnnxQuantization, OfWeightsIsNoneOfRealOnes) {
  OnnxModel model(13, {1, 2});
  model.floats("w", {2, 2}, {1, 2, 3, 255});
  model.add("MatMul", {"in", "w"}, {"out"});
  EXPECT_EQ(last_of(model.output("out").read()).given_steps, 0);
}

TEST(OnnxQuantization, OfWeightsMayHaveZeroPointsAndBlocks) {
  OnnxModel model(21, {1, 4});
  add_whole(model, "w.q", Proto::UINT8, {4, 1}, {130, 128, 1, 3});
  model.floats("w.s", {2, 1}, {0.5f, 2});
  add_whole(model, "w.z", Proto::UINT8, {2, 1}, {128, 1});
  auto& weights = model.add("DequantizeLinear", {"w.q", "w.s", "w.z"}, {"w"});
  set_attribute(weights, "axis", 0);
  set_attribute(weights, "block_size", 2);
  model.add("MatMul", {"in", "w"}, {"out"});
  EXPECT_THAT(last_of(model.output("out").read()).weights, ElementsAre(1, 0, 0, 4));
}

TEST(OnnxWeights, MayBeInBfloat16) {
  OnnxModel model(13, {1, 1, 2, 2});
  auto& tensor = *model.graph().add_initializer();
  tensor.set_name("w");
  tensor.set_data_type(Proto::BFLOAT16);
  for (const int extent : {1, 1, 1, 2}) tensor.add_dims(extent);
  tensor.set_raw_data(std::string("\x40\xbf\x80\x3f", 4));  // -0.75 and 1
  auto& cast = model.add("Cast", {"w"}, {"weights"});
  set_attribute(cast, "to", int{Proto::FLOAT});
  model.add("Conv", {"in", "weights"}, {"out"});
  EXPECT_THAT(last_of(model.output("out").read()).weights, ElementsAre(-0.75f, 1));
}

TEST(QuantizedOperators, AreThoseOfRealNumbersBetweenQuantisations) {
  const Graph pairs = by_pairs().output("z").read();
  const Graph graph = by_quantized_operators().output("z").read();
  EXPECT_EQ(run_float(graph, image_of(graph)).back().values,
            run_float(pairs, image_of(pairs)).back().values);
  EXPECT_EQ(graph.find("y.q"), 2) << "a layer has the name of its node";
  EXPECT_EQ(graph.nodes[2].given_steps, 127);
}

TEST(QuantizedOperators, OfMatricesHaveScalesByColumn) {
  OnnxModel model(13, {1, 3});
  add_scalar(model, "x.s", 0.5f);
  add_whole(model, "x.z", Proto::INT8, {}, {0});
  model.add("QuantizeLinear", {"in", "x.s", "x.z"}, {"x.q"});
  add_whole(model, "w.q", Proto::INT8, {3, 2}, {1, 2, 3, 4, 5, 6});
  model.floats("w.s", {2}, {1, 0.5f});
  add_whole(model, "w.z", Proto::INT8, {2}, {0, 2});
  add_whole(model, "b.q", Proto::INT32, {2}, {4, 8});
  auto& gemm = model.add("QGemm", {"x.q", "x.s", "x.z", "w.q", "w.s", "w.z", "b.q"}, {"out"});
  gemm.set_domain("com.microsoft");
  const Graph graph = model.output("out").read();
  EXPECT_THAT(last_of(graph).weights, ElementsAre(1, 3, 5, 0, 1, 2));
  EXPECT_EQ(last_of(graph).given_steps, 5);
  EXPECT_THAT(last_of(graph).bias, ElementsAre(2, 2));
}

TEST(QuantizedOperators, OfWholeProductsHaveTheScaleBehindThem) {
  for (const bool is_dynamic : {false, true}) {
    OnnxModel model(13, {1, 2, 3, 3});
    add_scalar(model, "s", 0.25f);
    add_whole(model, "z", Proto::UINT8, {}, {7});
    add_whole(model, "w", Proto::UINT8, {1, 2, 1, 1}, {129, 126});
    add_whole(model, "w.z", Proto::UINT8, {}, {128});
    add_scalar(model, "w.s", 0.5f);
    if (is_dynamic) {
      model.add("DynamicQuantizeLinear", {"in"}, {"q", "q.s", "q.z"});
      model.add("ConvInteger", {"q", "w", "q.z", "w.z"}, {"products"});
      model.add("Mul", {"q.s", "w.s"}, {"scale"});
    } else {
      model.add("QuantizeLinear", {"in", "s", "z"}, {"q"});
      model.add("ConvInteger", {"q", "w", "z", "w.z"}, {"products"});
      model.add("Mul", {"s", "w.s"}, {"scale"});
    }
    auto& cast = model.add("Cast", {"products"}, {"floats"});
    set_attribute(cast, "to", int{Proto::FLOAT});
    model.add("Mul", {"floats", "scale"}, {"out"});
    const Graph graph = model.output("out").read();
    const Tensor image = image_of(graph);
    const std::vector<float> seen = run_float(graph, image).back().values;
    const auto read = [&](std::size_t i) {
      return is_dynamic ? image.values[i] : stepped(image.values[i], 0.25f, -7, 248);
    };
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_FLOAT_EQ(seen[i], 0.5f * read(i) - 1.0f * read(i + 9)) << is_dynamic;
    }
  }
}

TEST(QonnxQuant, OfWeightsGivesThem) {
  OnnxModel model(13, {1, 1, 2, 2});
  model.floats("w", {1, 1, 2, 2}, {0.9f, -0.3f, 0.26f, -5});
  add_quant(model, "w", "weights", 0.5f, 2, true, true);
  model.add("Conv", {"in", "weights"}, {"out"});
  EXPECT_THAT(last_of(model.output("out").read()).weights, ElementsAre(0.5f, -0.5f, 0.5f, -0.5f));
}

TEST(QonnxQuant, OfWeightsMayHaveAScaleForEachChannel) {
  OnnxModel model(13, {1, 1, 2, 2});
  model.floats("w", {2, 1, 1, 2}, {3, -1, 3, -1});
  add_quant(model, "w", "weights", 0.5f, 4);
  auto& scale = *model.graph().mutable_initializer(1);
  scale.clear_float_data();
  for (const int extent : {2, 1, 1, 1}) scale.add_dims(extent);
  for (const float value : {1.0f, 0.25f}) scale.add_float_data(value);
  model.add("Conv", {"in", "weights"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_THAT(last_of(graph).weights, ElementsAre(3, -1, 1.75f, -1));
  EXPECT_EQ(last_of(graph).given_steps, 7);
}

TEST(QonnxQuant, OfAValueIsAClipToWholeSteps) {
  OnnxModel model(13, {1, 2, 3, 3});
  model.add("Relu", {"in"}, {"relu"});
  add_quant(model, "relu", "out", 0.25f, 4, false);
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(last_of(graph).clip_step, 0.25f);
  EXPECT_EQ(last_of(graph).clip_min, 0);
  EXPECT_EQ(last_of(graph).clip_max, 3.75f);
}

TEST(QonnxQuant, OfMoreThan8BitsIsAClip) {
  OnnxModel model(13, {1, 2, 3, 3});
  add_quant(model, "in", "out", 0.5f, 16);
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_FALSE(last_of(graph).is_quantizer());
  EXPECT_EQ(last_of(graph).clip_min, -16384);
}

TEST(QonnxQuant, OfWeightsIsASignWhereItIsBipolar) {
  OnnxModel model(13, {1, 1, 2, 2});
  model.floats("w", {1, 1, 1, 2}, {0.9f, -0.3f});
  add_scalar(model, "s", 0.5f);
  auto& sign = model.add("BipolarQuant", {"w", "s"}, {"weights"});
  sign.set_domain("qonnx.custom_op.general");
  model.add("Conv", {"in", "weights"}, {"out"});
  EXPECT_THAT(last_of(model.output("out").read()).weights, ElementsAre(0.5f, -0.5f));
}

TEST(QonnxQuant, IsRefusedByNameWhereItRoundsAnotherWayOrHasNoNumbers) {
  OnnxModel model(13, {1, 2, 3, 3});
  auto& node = add_quant(model, "in", "out", 0.5f, 8);
  node.mutable_attribute(2)->set_s("FLOOR");
  EXPECT_THAT(model.output("out").error(), HasSubstr("node 'out' (Quant): rounds by FLOOR"));
  node.set_input(1, "in");
  EXPECT_THAT(model.error(), HasSubstr("its scale must be a constant of floats in the file"));
}

TEST(OnnxQuantization, IsWrittenAndReadBackAsTheSameGraph) {
  EXPECT_TRUE(rc::check("written and read back: identical", [] {
    const int low = *rc::gen::inRange(-200, 1), high = *rc::gen::inRange(1, 256 + low);
    Graph graph;
    graph.name = "quantised";
    graph.nodes.resize(3);
    graph.nodes[0].name = "in";
    graph.nodes[0].out = {2, 3, 3};
    graph.nodes[1].name = "relu";
    graph.nodes[1].op = OpKind::kRelu;
    graph.nodes[1].inputs = {0};
    Node& node = graph.nodes[2];
    node.name = "steps";
    node.op = OpKind::kClip;
    node.inputs = {1};
    node.clip_step = float(*rc::gen::inRange(1, 1000)) / 777;
    node.clip_min = float(low) * node.clip_step;
    node.clip_max = float(high) * node.clip_step;
    graph.infer_shapes();
    RC_ASSERT(parse_onnx(onnx_bytes(graph), "") == graph);
  }));
}

}  // namespace
}  // namespace escalate
