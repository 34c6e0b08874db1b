// What files of other exporters are made of: patterns that are read as what they mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../../support/onnx_model.h"
#include "../../support/temporary_folder.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

using testing::ElementsAre;

onnx::NodeProto& transpose(OnnxModel& model, const std::string& from, const std::string& to,
                           const std::vector<int>& order) {
  auto& node = model.add("Transpose", {from}, {to});
  set_attribute(node, "perm", order);
  return node;
}

TEST(OnnxLayout, OfChannelsLastTakesNoLayer) {
  OnnxModel model(13, {1, 6, 6, 3});
  transpose(model, "in", "nchw", {0, 3, 1, 2});
  model.floats("w", {4, 3, 3, 3});
  model.add("Conv", {"nchw", "w"}, {"conv"});
  transpose(model, "conv", "nhwc", {0, 2, 3, 1});
  model.add("Relu", {"nhwc"}, {"relu"});
  transpose(model, "relu", "back", {0, 3, 1, 2});
  model.floats("w2", {2, 4, 1, 1});
  model.add("Conv", {"back", "w2"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(graph.nodes.front().out, (Shape{3, 6, 6}));
  EXPECT_EQ(graph.nodes.size(), 4u);
}

TEST(OnnxLayout, OfAFlattenedMapIsThatOfTheWeightsBehindIt) {
  OnnxModel model(13, {1, 2, 1, 2});
  transpose(model, "in", "nhwc", {0, 2, 3, 1});
  model.integers("shape", {1, -1});
  model.add("Reshape", {"nhwc", "shape"}, {"vector"});
  model.floats("w", {4, 1});
  model.add("MatMul", {"vector", "w"}, {"out"});
  EXPECT_THAT(model.output("out").read().nodes.back().weights, ElementsAre(0, 2, 1, 3));
}

// Channels of the file are four channels of the layer each, or rows of it.
TEST(OnnxLayout, OfMovedChannelsTakesConstantsByChannel) {
  for (const char* mode : {"DCR", "CRD"}) {
    OnnxModel model(13, {1, 8, 1, 1});
    set_attribute(model.add("DepthToSpace", {"in"}, {"large"}), "mode", mode);
    set_attribute(model.node(0), "blocksize", 2);
    model.floats("bias", {2, 1, 1}, {100, 200});
    model.add("Add", {"large", "bias"}, {"moved"});
    model.floats("w", {1, 2, 1, 1}, {1, 1000});
    model.add("Conv", {"moved", "w"}, {"out"});
    const Graph graph = model.output("out").read();
    const Tensor in{{8, 1, 1}, std::vector<float>(8, 1.0f)};
    EXPECT_THAT(run_file(graph, in).front().tensor.floats, testing::Each(201101.0f)) << mode;
  }
  OnnxModel model(13, {1, 2, 2, 2});
  set_attribute(model.add("SpaceToDepth", {"in"}, {"deep"}), "blocksize", 2);
  model.floats("bias", {8, 1, 1});
  model.add("Add", {"deep", "bias"}, {"moved"});
  model.floats("w", {8, 1, 1, 1}, std::vector<float>(8, 1.0f));
  set_attribute(model.add("Conv", {"moved", "w"}, {"out"}), "group", 8);
  const Tensor in{{2, 2, 2}, std::vector<float>(8, 1.0f)};
  EXPECT_THAT(run_file(model.output("out").read(), in).front().tensor.floats,
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(OnnxLayout, OfChannelsLastThatArePaddedIsThatOfTheLayer) {
  OnnxModel model(13, {1, 3, 2, 5});
  transpose(model, "in", "nhwc", {0, 2, 3, 1});
  model.integers("pads", {0, 0, 0, 1, 0, 0, 0, 2});
  model.add("Pad", {"nhwc", "pads"}, {"padded"});
  set_attribute(model.add("ReduceMean", {"padded"}, {"mean"}), "axes", std::vector<int>{1, 2});
  set_attribute(model.node(2), "keepdims", 0);
  model.floats("w", {6, 1}, {1, 1, 10, 100, 1, 1});
  model.add("MatMul", {"mean", "w"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(graph.nodes[1].op, OpKind::kChannelPad);
  Tensor in{{3, 2, 5}, std::vector<float>(30, 1.0f)};
  EXPECT_FLOAT_EQ(run_file(graph, in).front().tensor.floats.at(0), 111.0f);
}

TEST(OnnxEarlyOperators, AreProductsSumsAndSlices) {
  for (const int opset : {7, 13}) {
    OnnxModel model(opset, {1, 2, 3, 4});
    auto& scaler = model.add("ImageScaler", {"in"}, {"scaled"});
    set_attribute(scaler, "scale", 2.0f);
    auto& bias = *scaler.add_attribute();
    bias.set_name("bias");
    bias.set_type(onnx::AttributeProto::FLOATS);
    bias.add_floats(1);
    bias.add_floats(-1);
    auto& crop = model.add("Crop", {"scaled"}, {"inner"});
    set_attribute(crop, "border", std::vector<int>{1, 0, 2, 1});  // left, top, right, bottom
    model.floats("w", {1, 2, 1, 1}, {1, 100});
    model.add("Conv", {"inner", "w"}, {"map"});
    set_attribute(model.add("Affine", {"map"}, {"out"}), "beta", 0.5f);
    Tensor in{{2, 3, 4}, {}};
    for (int i = 0; i < 24; ++i) in.values.push_back(float(i));
    const auto made = run_file(model.output("out").read(), in).front().tensor;
    EXPECT_EQ(made.dims, (OnnxDims{1, 1, 2, 1}));
    EXPECT_THAT(made.floats, ElementsAre(3 + 2500 + 0.5f, 11 + 3300 + 0.5f)) << opset;
  }
}

// ShuffleNet's: channels of two groups by turns, then a depthwise convolution, pools and one of
// 1x1.
TEST(OnnxShuffle, GoesThroughDepthwiseConvolutionsAndPoolsIntoWeights) {
  const auto made = [](bool shuffles) {
    OnnxModel model(13, {1, 4, 4, 4});
    model.integers("split", {1, 2, 2, 4, 4});
    model.integers("join", {1, 4, 4, 4});
    model.add("Reshape", {"in", "split"}, {"groups"});
    const std::vector<int> order = {0, 2, 1, 3, 4}, same = {0, 1, 2, 3, 4};
    transpose(model, "groups", "turned", shuffles ? order : same);
    model.add("Reshape", {"turned", "join"}, {"shuffled"});
    model.floats("v", {8, 1, 2, 2});
    model.floats("b", {8});
    set_attribute(model.add("Conv", {"shuffled", "v", "b"}, {"deep"}), "group", 4);
    set_attribute(model.add("MaxPool", {"deep"}, {"large"}), "kernel_shape",
                  std::vector<int>{2, 2});
    model.add("GlobalAveragePool", {"large"}, {"mean"});
    model.add("Add", {"large", "mean"}, {"sum"});
    model.floats("w", {1, 8, 1, 1});
    model.add("Conv", {"sum", "w"}, {"out"});
    return model.output("out");
  };
  const Graph shuffled = made(true).read(), plain = made(false).read();
  EXPECT_EQ(shuffled.nodes.size(), plain.nodes.size());
  Tensor in{{4, 4, 4}, {}}, turned = in;
  for (int i = 0; i < 64; ++i) in.values.push_back(float(i * i % 23));
  for (const int c : {0, 2, 1, 3}) {
    turned.values.insert(turned.values.end(), in.values.begin() + c * 16,
                         in.values.begin() + (c + 1) * 16);
  }
  EXPECT_EQ(run_file(shuffled, in).front().tensor.floats,
            run_file(plain, turned).front().tensor.floats);
}

TEST(OnnxShuffle, IsAnOrderOfWeightsOrASelection) {
  for (const int groups : {1, 2}) {
    OnnxModel model(13, {1, 4, 2, 2});
    model.integers("split", {1, 2, 2, 2, 2});
    model.integers("join", {1, 4, 2, 2});
    model.add("Reshape", {"in", "split"}, {"groups"});
    transpose(model, "groups", "turned", {0, 2, 1, 3, 4});
    model.add("Reshape", {"turned", "join"}, {"shuffled"});
    model.floats("w", {2, 4 / groups, 1, 1});
    set_attribute(model.add("Conv", {"shuffled", "w"}, {"out"}), "group", groups);
    const Graph graph = model.output("out").read();
    if (groups == 1) {
      EXPECT_EQ(graph.nodes.size(), 2u);
      EXPECT_THAT(graph.nodes.back().weights, ElementsAre(0, 2, 1, 3, 4, 6, 5, 7));
    } else {
      EXPECT_THAT(graph.nodes.at(1).selection.channels, ElementsAre(0, 2, 1, 3));
    }
  }
}

TEST(OnnxFunctions, OfOneTensorAreOne) {
  OnnxModel model;
  model.floats("w", {3, 3, 1, 1});
  model.floats("three", {}, {3});
  model.floats("zero", {}, {0});
  model.floats("six", {}, {6});
  model.add("Conv", {"in", "w"}, {"conv"});
  model.add("Add", {"conv", "three"}, {"sum"});
  model.add("Clip", {"sum", "zero", "six"}, {"clip"});
  model.add("Mul", {"conv", "clip"}, {"product"});
  model.add("Div", {"product", "six"}, {"out"});
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes.back().op, OpKind::kPointwise);
  EXPECT_NEAR(graph.nodes.back().function(1, 0), 4.0f / 6, 1e-6);
}

TEST(OnnxTranspose, OfAConvolutionPutsZerosBetween) {
  OnnxModel model(13, {1, 1, 2, 2});
  model.floats("w", {1, 1, 2, 2}, {1, 2, 3, 4});
  auto& node = model.add("ConvTranspose", {"in", "w"}, {"out"});
  set_attribute(node, "strides", std::vector<int>{2, 2});
  const Graph graph = model.output("out").read();
  const auto made = run_file(graph, {{1, 2, 2}, {1, 10, 100, 0}}).front();
  EXPECT_THAT(made.tensor.floats,
              ElementsAre(1, 2, 10, 20, 3, 4, 30, 40, 100, 200, 0, 0, 300, 400, 0, 0));
}

TEST(OnnxResize, BlendsNeighboursBySumsOfSelections) {
  OnnxModel model(13, {1, 1, 1, 2});
  model.floats("scales", {4}, {1, 1, 1, 2});
  set_attribute(model.add("Resize", {"in", "", "scales"}, {"out"}), "mode", "linear");
  const auto made = run_file(model.output("out").read(), {{1, 1, 2}, {0, 4}}).front();
  EXPECT_THAT(made.tensor.floats, ElementsAre(0, 1, 3, 4));
}

TEST(OnnxExternalData, LieBesideTheModelAndNowhereElse) {
  const TemporaryFolder folder;
  OnnxModel model;
  model.floats("w", {1, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"out"});
  model.output("out");
  onnx::TensorProto& weights = *model.graph().mutable_initializer(0);
  const std::vector<float> values = {1, 2, 3};
  folder.write("weights.bin", std::string(reinterpret_cast<const char*>(values.data()), 12));
  weights.clear_float_data();
  weights.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& location = *weights.add_external_data();
  location.set_key("location");
  const auto read = [&](const std::string& where) {
    location.set_value(where);
    return read_onnx(folder.write("model.onnx", model.proto.SerializeAsString()));
  };
  EXPECT_THAT(read("weights.bin").nodes.back().weights, ElementsAre(1, 2, 3));
  for (const char* where : {"../weights.bin", "/etc/passwd", "", "missing.bin"}) {
    EXPECT_THROW(read(where), UserError) << where;
  }
  folder.write("weights.bin", "short");
  EXPECT_THROW(read("weights.bin"), UserError);
}

TEST(OnnxInputs, InOneDimensionAreMapsOfOneRow) {
  OnnxModel model(13, {1, 2, 9});
  model.floats("w", {3, 2, 3});
  auto& conv = model.add("Conv", {"in", "w"}, {"out"});
  set_attribute(conv, "strides", std::vector<int>{2});
  EXPECT_EQ(model.output("out").read().nodes.back().out, (Shape{3, 1, 4}));
}

}  // namespace
}  // namespace escalate
