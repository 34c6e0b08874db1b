#include "workloads/onnx/writer.h"

#include <onnx/onnx_pb.h>
#include <rapidcheck.h>

#include <cmath>
#include <filesystem>

#include "../../support/data_folder.h"
#include "../../support/expect_user_error.h"
#include "../../support/random_graph.h"
#include "../../support/temporary_folder.h"
#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/reader.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

onnx::ModelProto model_of(const std::string& path) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(read_file(path)));
  return model;
}

// What any runtime makes of a file: the graph read without its metadata.
Graph plain(const std::string& path, const TemporaryFolder& folder) {
  onnx::ModelProto model = model_of(path);
  model.clear_metadata_props();
  return read_onnx(folder.write("plain.onnx", model.SerializeAsString()));
}

// Within a property: what a file without metadata may not be is refused by name.
Graph plain_or_discard(const std::string& path, const TemporaryFolder& folder) {
  try {
    return plain(path, folder);
  } catch (const UserError& fault) {
    for (const char* refused : {"padding only", "no layers"}) {
      RC_PRE(fault.message().find(refused) == std::string::npos);
    }
    throw;
  }
}

Tensor ramp(const Shape& shape) {
  Tensor tensor{shape, {}};
  for (int i = 0; i < shape.size(); ++i) {
    tensor.values.push_back(std::sin(float(i) * 0.7f) * 1.5f);
  }
  return tensor;
}

void expect_near(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.values.size(), b.values.size());
  float largest = 1;
  for (const float value : a.values) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    ASSERT_NEAR(a.values[i], b.values[i], 1e-4f * largest);
  }
}

Graph one_layer(Node layer) {
  Graph graph;
  Node input;
  input.name = "input";
  input.out = {2, 4, 4};
  layer.name = "layer";
  layer.inputs = {0};
  graph.nodes = {input, std::move(layer)};
  graph.infer_shapes();
  return graph;
}

Graph decomposed_layer() {
  Node layer;
  layer.op = OpKind::kConv;
  layer.form = LayerForm::kDecomposed;
  layer.terms = 2;
  layer.out_channels = 3;
  layer.window = {2, 2, 1, 1, 0, 0, 1, 1, false};
  layer.bias = {0.5f, 0, -2};
  layer.decomposition = Decomposition{2,
                                      {1, 0, -1, 1, 0, 0, 1, 1, -1, -1, 0, 1},
                                      {1, 2, 3, 4, -127, 127, 0, 5},
                                      0.25f,
                                      {1, 0.5f, 3}};
  return one_layer(layer);
}

// Lists that choose all in order say as much as none.
Graph without_idle_lists(Graph graph) {
  for (Node& node : graph.nodes) {
    if (node.op != OpKind::kSelect) continue;
    std::vector<Shape> inputs;
    for (const int input : node.inputs) inputs.push_back(graph.nodes[std::size_t(input)].out);
    const Shape whole = node.selection.joined(inputs);
    Selection& selection = node.selection;
    const auto tidy = [](std::vector<int>& list, int extent) {
      if (list == Selection::all_of({}, extent)) list.clear();
    };
    tidy(selection.channels, whole.c);
    tidy(selection.rows, whole.h);
    tidy(selection.columns, whole.w);
    if (node.inputs.size() == 1) selection.axis = 0;
  }
  return graph;
}

TEST(OnnxWriter, WritesWhatTheReaderReadsBackAsTheSameGraph) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("a graph read back is the graph written", [&] {
    const Graph graph = RandomGraph::make(true, true);
    RC_LOG() << describe(graph);
    write_onnx(graph, folder.file("random.onnx"));
    const Graph read = read_onnx(folder.file("random.onnx"));
    // Without metadata of its nodes a file is read without those that lead nowhere.
    RC_PRE(read.warnings.empty());
    RC_ASSERT(without_idle_lists(read) == without_idle_lists(graph));
  }));
}

TEST(OnnxWriter, WritesOrdinaryLayersThatComputeTheSameWithoutTheMetadata) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("outputs are the same for a reader that ignores metadata", [&] {
    Graph graph = RandomGraph::make(true);
    for (Node& node : graph.nodes) node.is_output = false;
    RC_LOG() << describe(graph);
    write_onnx(graph, folder.file("random.onnx"));
    const Graph read = plain_or_discard(folder.file("random.onnx"), folder);
    RC_PRE(image_shape(read) == graph.nodes[0].out);  // not taken for one of channels behind
    const Tensor input = ramp(graph.nodes[0].out);
    const Tensor expected = run_float(graph, input).back();
    const std::vector<float> seen = run_file(read, input).back().tensor.floats;
    RC_ASSERT(expected.values.size() == seen.size());
    float largest = 1;
    for (const float value : expected.values) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < seen.size(); ++i) {
      RC_ASSERT(std::abs(expected.values[i] - seen[i]) <= 1e-4f * largest);
    }
  }));
}

TEST(OnnxWriter, WritesADecomposedLayerAsTwoConvolutionsAndABatchNorm) {
  const TemporaryFolder folder;
  write_onnx(decomposed_layer(), folder.file("d.onnx"));
  const Graph read = plain(folder.file("d.onnx"), folder);
  ASSERT_EQ(read.nodes.size(), 4u);
  const Node &combine = read.nodes[1], &basis = read.nodes[2], &scale = read.nodes[3];
  EXPECT_EQ(combine.out_channels, 6);
  EXPECT_EQ(combine.weights, (std::vector<float>{1, 0, -1, 1, 0, 0, 1, 1, -1, -1, 0, 1}));
  EXPECT_EQ(combine.window, Window{});
  EXPECT_EQ(basis.groups, 3);
  EXPECT_EQ(basis.weights.size(), 24u);
  EXPECT_EQ(basis.weights[20], -127 * 0.25f);
  EXPECT_EQ(basis.window.pad_bottom, 1);
  EXPECT_EQ(scale.op, OpKind::kBatchNorm);
  EXPECT_EQ(scale.bn_scale, (std::vector<float>{1, 0.5f, 3}));
  EXPECT_EQ(scale.bn_bias, (std::vector<float>{0.5f, 0, -2}));
  EXPECT_EQ(scale.bn_epsilon, 0);
}

TEST(OnnxWriter, NeedsNoBatchNormForALayerWithoutScalesAndBias) {
  const TemporaryFolder folder;
  Graph graph = decomposed_layer();
  graph.nodes[1].bias.clear();
  graph.nodes[1].decomposition->channel_scale.assign(3, 1);
  write_onnx(graph, folder.file("d.onnx"));
  EXPECT_EQ(plain(folder.file("d.onnx"), folder).nodes.size(), 3u);
  EXPECT_EQ(read_onnx(folder.file("d.onnx")), graph);
}

TEST(OnnxWriter, WritesTheSameBytesForTheSameGraph) {
  const TemporaryFolder folder;
  write_onnx(decomposed_layer(), folder.file("a.onnx"));
  write_onnx(decomposed_layer(), folder.file("b.onnx"));
  EXPECT_EQ(read_file(folder.file("a.onnx")), read_file(folder.file("b.onnx")));
}

TEST(OnnxWriter, NamesALayerWithoutWeights) {
  const TemporaryFolder folder;
  const Graph drawn = read_yaml_workload(source_folder() + "/workloads/zoo/resnet20-cifar10.yaml");
  EXPECT_USER_ERROR(write_onnx(drawn, folder.file("drawn.onnx")),
                    AllOf(HasSubstr("drawn.onnx"), HasSubstr("conv1"), HasSubstr("no weights")));
  EXPECT_EQ(folder.num_entries(), 0);
}

TEST(OnnxWriter, NamesALayerWithAValueThatIsNotFinite) {
  const TemporaryFolder folder;
  Graph graph = decomposed_layer();
  graph.nodes[1].bias[1] = NAN;
  EXPECT_USER_ERROR(write_onnx(graph, folder.file("nan.onnx")),
                    AllOf(HasSubstr("layer: its bias"), HasSubstr("not finite")));
}

TEST(OnnxWriter, NamesAFileThatCannotBeWritten) {
  EXPECT_USER_ERROR(write_onnx(decomposed_layer(), "/no/such/folder/d.onnx"),
                    HasSubstr("/no/such/folder/d.onnx"));
}

class RealNetwork : public testing::TestWithParam<std::string> {};

TEST_P(RealNetwork, IsReadBackAsItWasRead) {
  const auto file = data_folder() / "weights" / (GetParam() + ".onnx");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no real networks";
  const TemporaryFolder folder;
  const Graph graph = read_onnx(file.string());
  write_onnx(graph, folder.file("copy.onnx"));
  EXPECT_EQ(read_onnx(folder.file("copy.onnx")), graph);
  const Tensor input = ramp(graph.nodes[0].out);
  expect_near(run_float(graph, input).back(),
              run_float(plain(folder.file("copy.onnx"), folder), input).back());
}

INSTANTIATE_TEST_SUITE_P(Networks, RealNetwork,
                         testing::Values("cifar10_resnet20_bn", "cifar10_resnet20_folded",
                                         "cifar10_resnet20_ternary_m6",
                                         "cifar10_mlperftiny_resnet8_folded",
                                         "imagenet_mobilenetv2_folded"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace escalate
