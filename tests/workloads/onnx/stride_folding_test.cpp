#include "workloads/onnx/stride_folding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../support/expect_user_error.h"
#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Case {
  int channels = 1, height = 1, width = 1, outputs = 1;
  Window window;

  bool has_output() const {
    return height + window.pad_top + window.pad_bottom >= window.r &&
           width + window.pad_left + window.pad_right >= window.s;
  }
};

// Whole numbers, whose sums are the same in any order.
float whole(int i) { return float(i * 7 % 11 - 5); }

Graph network(const Case& drawn) {
  Graph graph;
  graph.name = "net";
  Node input;
  input.name = "pixels";
  input.out = {drawn.channels, drawn.height, drawn.width};
  Node conv;
  conv.name = "conv";
  conv.op = OpKind::kConv;
  conv.inputs = {0};
  conv.out_channels = drawn.outputs;
  conv.window = drawn.window;
  const int weights = drawn.outputs * drawn.channels * drawn.window.r * drawn.window.s;
  for (int i = 0; i < weights; ++i) conv.weights.push_back(whole(i + 3));
  conv.bias.assign(std::size_t(drawn.outputs), 2);
  Node relu;
  relu.name = "relu";
  relu.op = OpKind::kRelu;
  relu.inputs = {1};
  graph.nodes = {input, conv, relu};
  graph.infer_shapes();
  return graph;
}

Tensor image(const Case& drawn) {
  Tensor made{{drawn.channels, drawn.height, drawn.width}, {}};
  for (int i = 0; i < int(made.shape.size()); ++i) made.values.push_back(whole(i));
  return made;
}

std::vector<float> outputs(const Graph& graph, const Tensor& image) {
  return run_file(graph, image).front().tensor.floats;
}

Case any_case() {
  Case drawn;
  drawn.channels = *rc::gen::inRange(1, 4);
  drawn.outputs = *rc::gen::inRange(1, 4);
  drawn.height = *rc::gen::inRange(1, 14);
  drawn.width = *rc::gen::inRange(1, 14);
  const int stride = *rc::gen::inRange(2, 5);
  const auto pad = [] { return *rc::gen::inRange(0, 3); };
  drawn.window = {.r = *rc::gen::inRange(1, 8),
                  .s = *rc::gen::inRange(1, 8),
                  .stride_h = stride,
                  .stride_w = stride,
                  .pad_top = pad(),
                  .pad_left = pad(),
                  .pad_bottom = pad(),
                  .pad_right = pad()};
  return drawn;
}

RC_GTEST_PROP(StrideFolding, ComputesTheSameAndIsReadBackFromAFile, ()) {
  const Case drawn = any_case();
  RC_PRE(drawn.has_output());
  const Graph graph = network(drawn);
  const Graph folded = fold_input_strides(graph);
  const std::vector<float> expected = outputs(graph, image(drawn));
  RC_ASSERT(outputs(folded, image(drawn)) == expected);
  RC_ASSERT(folded.nodes[1].window.stride_h == 1);
  RC_ASSERT(image_shape(folded) == image_shape(graph));

  OnnxOptions options;
  options.takes_head = true;
  const Graph read = parse_onnx(onnx_bytes(folded), "folded.onnx", options);
  RC_ASSERT(read.nodes.size() == folded.nodes.size());
  RC_ASSERT(read.nodes[1].window == folded.nodes[1].window);
  RC_ASSERT(read.nodes[1].weights == folded.nodes[1].weights);
  RC_ASSERT(outputs(read, image(drawn)) == expected);
}

TEST(StrideFolding, TurnsTheFirstLayerOfAResNetIntoOneOfTwelveChannelsAndSixteenTaps) {
  const Window window{.r = 7,
                      .s = 7,
                      .stride_h = 2,
                      .stride_w = 2,
                      .pad_top = 3,
                      .pad_left = 3,
                      .pad_bottom = 3,
                      .pad_right = 3};
  const Graph folded = fold_input_strides(network({3, 224, 224, 64, window}));
  EXPECT_EQ(folded.nodes[0].out, (Shape{12, 115, 115}));
  EXPECT_EQ(folded.nodes[1].window, (Window{.r = 4, .s = 4}));
  EXPECT_EQ(folded.nodes[1].out, (Shape{64, 112, 112}));
  EXPECT_EQ(folded.nodes[1].form, LayerForm::kDecomposed);
  EXPECT_THAT(folded.head.operators, ElementsAre("Pad", "SpaceToDepth"));
}

TEST(StrideFolding, GoesBehindWhatTheHostDoesAlready) {
  OnnxModel model(9, {1, 2, 3, 6});  // of an opset whose Pad has attributes
  set_attribute(model.add("Softmax", {"in"}, {"soft"}), "axis", 3);
  model.floats("w", {1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  set_attribute(model.add("Conv", {"soft", "w"}, {"out"}), "strides", std::vector<int>{2, 2});
  OnnxOptions options;
  options.takes_head = true;
  const Graph graph = model.output("out").read(options);
  const Graph folded = fold_input_strides(graph);
  EXPECT_THAT(folded.head.operators, ElementsAre("Softmax", "Reshape", "Pad", "SpaceToDepth"));
  const Tensor pixels = image({2, 3, 6, 1, {}});
  const std::vector<float> expected = outputs(graph, pixels);
  const std::vector<float> made = outputs(folded, pixels);
  ASSERT_EQ(made.size(), expected.size());
  for (std::size_t i = 0; i < made.size(); ++i) EXPECT_NEAR(made[i], expected[i], 1e-5);
}

TEST(StrideFolding, KeepsTheScaleOfTheImageAndIsToBeDecomposed) {
  Graph graph = network({3, 8, 8, 2, {.r = 3, .s = 3, .stride_h = 2, .stride_w = 2}});
  graph.nodes[1].form = LayerForm::kDirect;
  graph.quantization.tensor_scale = {{"pixels", 0.5f}, {"relu", 2.0f}};
  const Graph folded = fold_input_strides(graph);
  EXPECT_EQ(folded.quantization.tensor_scale,
            (std::map<std::string, float>{{folded.nodes[0].name, 0.5f}, {"relu", 2.0f}}));
  EXPECT_EQ(folded.nodes[1].form, LayerForm::kDecomposed);
}

TEST(StrideFolding, IsRefusedByTheNameOfALayerThatItDoesNotFit) {
  const auto refused = [](const Graph& graph, const std::string& why) {
    EXPECT_USER_ERROR(fold_input_strides(graph), HasSubstr(why));
  };
  const Case plain{3, 8, 8, 4, {.r = 3, .s = 3, .stride_h = 2, .stride_w = 2}};
  Case changed = plain;
  changed.window.stride_w = 1;
  refused(network(changed),
          "conv: its stride cannot be folded: expected equal strides above 1, "
          "got 2 and 1");
  changed.window.stride_h = 1;
  refused(network(changed), "got 1 and 1");
  changed.window.stride_h = changed.window.stride_w = 17;
  refused(network(changed), "expected a stride of at most 16, got 17");
  changed = plain;
  changed.channels = 20000;
  refused(network(changed), "its 20000 channels would become 4 times as many");
  changed = plain;
  changed.window.dilation_h = 2;
  refused(network(changed), "it is dilated");
  Graph graph = network(plain);
  graph.nodes[1].decomposition =
      Decomposition{1, std::vector<std::int8_t>(12, 1), std::vector<std::int8_t>(9, 1), 1,
                    std::vector<float>(4, 1)};
  refused(graph, "it is decomposed already");
  graph = network(plain);
  graph.nodes[1].weights.clear();
  refused(graph, "it has no weights");
  graph = network(plain);
  graph.nodes[2].inputs = {0};
  refused(graph, "pixels: no stride can be folded: 2 layers read the image");
  graph = network(plain);
  graph.nodes.erase(graph.nodes.begin() + 1);
  graph.nodes[1].inputs = {0};
  refused(graph, "relu: its stride cannot be folded: it reads the image and is no convolution");
}

}  // namespace
}  // namespace escalate
