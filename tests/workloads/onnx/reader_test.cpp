#include "workloads/onnx/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "../../support/data_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

// The folder of real networks beside a development checkout; empty where there is none.
std::string weights_folder() {
  const std::filesystem::path weights = data_folder() / "weights/";
  return std::filesystem::exists(weights) ? weights.string() : "";
}

std::string temporary(const std::string& name) { return testing::TempDir() + name; }

onnx::ModelProto small_model(const std::string& op) {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(12);
  onnx::GraphProto& graph = *model.mutable_graph();
  auto& input = *graph.add_input();
  input.set_name("in");
  auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const int extent : {1, 3, 5, 5}) shape.add_dim()->set_dim_value(extent);
  auto& node = *graph.add_node();
  node.set_name("the_node");
  node.set_op_type(op);
  node.add_input("in");
  node.add_output("out");
  graph.add_output()->set_name("out");
  return model;
}

std::string save(const onnx::ModelProto& model, const std::string& name) {
  const std::string path = temporary(name);
  std::ofstream(path, std::ios::binary) << model.SerializeAsString();
  return path;
}

std::string error_of(const std::string& path) {
  try {
    read_onnx(path);
  } catch (const UserError& fault) {
    return fault.what();
  }
  return "no error";
}

TEST(OnnxReader, NamesAnOperatorThatItCannotReadAndItsNode) {
  const std::string message = error_of(save(small_model("LSTM"), "lstm.onnx"));
  EXPECT_THAT(message, HasSubstr("lstm.onnx: node 'the_node' (LSTM)"));
}

void set_axis(onnx::NodeProto& node, int axis) {
  auto& attribute = *node.add_attribute();
  attribute.set_name("axis");
  attribute.set_i(axis);
}

TEST(OnnxReader, NamesAnInputThatNothingMakes) {
  for (const char* op : {"Relu", "Identity", "Add", "Concat"}) {
    onnx::ModelProto model = small_model(op);
    if (op == std::string("Add")) model.mutable_graph()->mutable_node(0)->add_input("in");
    if (op == std::string("Concat")) set_axis(*model.mutable_graph()->mutable_node(0), 1);
    model.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
    EXPECT_THAT(error_of(save(model, "nowhere.onnx")),
                HasSubstr("(" + std::string(op) + "): input nowhere is made by no earlier node"));
  }
}

TEST(OnnxReader, NamesAMissingAndATruncatedFile) {
  EXPECT_THAT(error_of("no/such.onnx"), HasSubstr("no/such.onnx"));
  const std::string path = save(small_model("Relu"), "truncated.onnx");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  EXPECT_THAT(error_of(path), HasSubstr("truncated.onnx"));
}

TEST(OnnxReader, PutsPaddingOfTheMapIntoTheConvolutionThatReadsIt) {
  onnx::ModelProto model = small_model("Pad");
  model.mutable_opset_import(0)->set_version(10);
  onnx::GraphProto& graph = *model.mutable_graph();
  auto& pads = *graph.mutable_node(0)->add_attribute();
  pads.set_name("pads");
  for (const int pad : {0, 0, 1, 2, 0, 0, 3, 4}) pads.add_ints(pad);
  graph.mutable_node(0)->set_output(0, "padded");
  auto& conv = *graph.add_node();
  conv.set_op_type("Conv");
  conv.add_input("padded");
  conv.add_input("w");
  conv.add_output("out");
  auto& weights = *graph.add_initializer();
  weights.set_name("w");
  weights.set_data_type(onnx::TensorProto::FLOAT);
  for (const int extent : {2, 3, 5, 5}) weights.add_dims(extent);
  for (int i = 0; i < 150; ++i) weights.add_float_data(float(i));
  const Graph read = read_onnx(save(model, "padded.onnx"));
  EXPECT_EQ(read.nodes.back().out, (Shape{2, 5 + 4 - 4, 5 + 6 - 4}));
  EXPECT_EQ(read.nodes.back().name, "out");
}

TEST(OnnxReader, PadsAMapInFrontOfAnythingElseByALayer) {
  onnx::ModelProto model = small_model("Pad");
  model.mutable_opset_import(0)->set_version(10);
  onnx::GraphProto& graph = *model.mutable_graph();
  auto& pads = *graph.mutable_node(0)->add_attribute();
  pads.set_name("pads");
  for (const int pad : {0, 0, 1, 1, 0, 0, 1, 1}) pads.add_ints(pad);
  graph.mutable_node(0)->set_output(0, "padded");
  auto& relu = *graph.add_node();
  relu.set_op_type("Relu");
  relu.add_input("padded");
  relu.add_output("out");
  const Graph read = read_onnx(save(model, "padded_relu.onnx"));
  EXPECT_EQ(read.nodes.at(1).op, OpKind::kSelect);
  EXPECT_EQ(read.nodes.back().out, (Shape{3, 7, 7}));
}

// The model with an initializer `b` of that shape added to what the node makes.
onnx::ModelProto with_constant_added(onnx::ModelProto model, const std::vector<int>& dims) {
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.mutable_node(0)->set_output(0, "sums");
  auto& constant = *graph.add_initializer();
  constant.set_name("b");
  constant.set_data_type(onnx::TensorProto::FLOAT);
  int size = 1;
  for (const int extent : dims) {
    constant.add_dims(extent);
    size *= extent;
  }
  for (int i = 0; i < size; ++i) constant.add_float_data(float(i));
  auto& add = *graph.add_node();
  add.set_name("addition");
  add.set_op_type("Add");
  add.add_input("sums");
  add.add_input("b");
  add.add_output("out");
  return model;
}

// A convolution of 3x5x5 to 5x5x5: as many channels as columns.
onnx::ModelProto pointwise_model() {
  onnx::ModelProto model = small_model("Conv");
  auto& weights = *model.mutable_graph()->add_initializer();
  weights.set_name("w");
  weights.set_data_type(onnx::TensorProto::FLOAT);
  for (const int extent : {5, 3, 1, 1}) weights.add_dims(extent);
  for (int i = 0; i < 15; ++i) weights.add_float_data(float(i));
  model.mutable_graph()->mutable_node(0)->add_input("w");
  return model;
}

TEST(OnnxReader, TakesAnAddedConstantAsBiasOnlyIfItLiesAlongTheChannels) {
  const std::vector<float> bias = {0, 1, 2, 3, 4};
  for (const std::vector<int>& dims : {std::vector<int>{5, 1, 1}, std::vector<int>{1, 5, 1, 1}}) {
    const auto model = with_constant_added(pointwise_model(), dims);
    EXPECT_EQ(read_onnx(save(model, "bias.onnx")).nodes.back().bias, bias);
  }
  for (const std::vector<int>& dims : {std::vector<int>{5}, std::vector<int>{1, 5, 1}}) {
    const auto model = with_constant_added(pointwise_model(), dims);  // one a row or column
    EXPECT_EQ(read_onnx(save(model, "rows.onnx")).tail.operators, std::vector<std::string>{"Add"});
  }
}

onnx::NodeProto& add_node(onnx::ModelProto& model, const std::string& op,
                          const std::vector<std::string>& inputs, const std::string& output) {
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

TEST(OnnxReader, KeepsWhatABiasIsAddedToWhereItIsRead) {
  onnx::ModelProto model = with_constant_added(pointwise_model(), {5, 1, 1});
  auto& relu = *model.mutable_graph()->add_node();
  relu.set_op_type("Relu");
  relu.add_input("sums");
  relu.add_output("other");
  add_node(model, "Add", {"out", "other"}, "both");
  model.mutable_graph()->mutable_output(0)->set_name("both");
  const Graph read = read_onnx(save(model, "twice.onnx"));
  EXPECT_TRUE(read.nodes.at(1).bias.empty());
  EXPECT_EQ(read.nodes.at(2).op, OpKind::kPointwise);  // relu(x) + (x + b)
}

TEST(OnnxReader, RefusesStridesAndSizesThatNoLayerHas) {
  onnx::ModelProto model = pointwise_model();
  auto& strides = *model.mutable_graph()->mutable_node(0)->add_attribute();
  strides.set_name("strides");
  strides.add_ints(1);
  strides.add_ints(0);
  EXPECT_THAT(
      error_of(save(model, "stride.onnx")),
      HasSubstr("node 'the_node' (Conv): has a kernel size, stride or dilation of 0; expected"));
  strides.set_ints(1, (std::int64_t{1} << 32) + 1);
  EXPECT_THAT(error_of(save(model, "stride.onnx")), HasSubstr("strides is 4294967297; expected"));
  model = small_model("Relu");
  auto& shape = *model.mutable_graph()
                     ->mutable_input(0)
                     ->mutable_type()
                     ->mutable_tensor_type()
                     ->mutable_shape();
  shape.mutable_dim(2)->set_dim_value((std::int64_t{1} << 32) + 5);
  EXPECT_THAT(
      error_of(save(model, "input.onnx")),
      HasSubstr("input.onnx: its input has a dimension of 4294967301; expected [N, C, H, W]"));
}

// As PyTorch exports x.view(x.size(0), -1): the number of images is read from the map's shape.
onnx::ModelProto reshape_by_own_size(std::int64_t index) {
  onnx::ModelProto model = small_model("Relu");
  model.mutable_graph()->mutable_node(0)->set_output(0, "map");
  for (const auto& [name, value] : {std::pair{"index", index}, {"rest", std::int64_t{-1}}}) {
    auto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    if (std::string(name) == "rest") tensor.add_dims(1);
    tensor.add_int64_data(value);
  }
  add_node(model, "Shape", {"map"}, "shape");
  add_node(model, "Gather", {"shape", "index"}, "images");
  auto& axes = *add_node(model, "Unsqueeze", {"images"}, "first").add_attribute();
  axes.set_name("axes");
  axes.add_ints(0);
  set_axis(add_node(model, "Concat", {"first", "rest"}, "sizes"), 0);
  add_node(model, "Reshape", {"map", "sizes"}, "out");
  return model;
}

TEST(OnnxReader, ReadsAReshapeBySizesComputedInTheFile) {
  const Graph graph = read_onnx(save(reshape_by_own_size(0), "view.onnx"));
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes.back().op, OpKind::kFlatten);
  EXPECT_EQ(graph.nodes.back().out, (Shape{75, 1, 1}));
  EXPECT_THAT(error_of(save(reshape_by_own_size(7), "view.onnx")),
              HasSubstr("view.onnx: node 'images' (Gather): an index is out of range"));
}

TEST(OnnxReader, ReadsTheRealNetworks) {
  const std::string folder = weights_folder();
  if (folder.empty()) GTEST_SKIP() << "no folder of real networks";
  const Graph folded = read_onnx(folder + "cifar10_resnet20_folded.onnx");
  EXPECT_NEAR(double(folded.dense_macs()), 40.55e6, 5e3);
  EXPECT_EQ(read_onnx(folder + "cifar10_resnet20_bn.onnx").dense_macs(), folded.dense_macs());
  EXPECT_NEAR(double(read_onnx(folder + "imagenet_mobilenetv2_folded.onnx").dense_macs()), 300.8e6,
              2e5);
  EXPECT_EQ(read_onnx(folder + "cifar10_mlperftiny_resnet8_folded.onnx").nodes.back().out.c, 10);
}

TEST(OnnxReader, JoinsThePairsOfADecomposedNetwork) {
  const std::string folder = weights_folder();
  if (folder.empty()) GTEST_SKIP() << "no folder of real networks";
  const Graph graph = read_onnx(folder + "cifar10_resnet20_ternary_m6.onnx");
  EXPECT_NEAR(double(graph.dense_macs()), 40.55e6, 5e3);
  std::size_t zeros = 0, all = 0;
  for (const Node& node : graph.nodes) {
    if (!node.decomposition) continue;
    EXPECT_EQ(node.decomposition->terms, 6);
    const auto& codes = node.decomposition->coefficients;
    zeros += std::size_t(std::count(codes.begin(), codes.end(), 0));
    all += codes.size();
  }
  EXPECT_NEAR(double(zeros) / double(all), 0.774, 0.001);
  EXPECT_FLOAT_EQ(graph.transform.mean.at(0), 0.485f);
}

}  // namespace
}  // namespace escalate
