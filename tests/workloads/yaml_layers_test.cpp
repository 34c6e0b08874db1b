#include "workloads/yaml_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/expect_user_error.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Graph read(const std::string& layers) {
  return parse_yaml_workload(
      "name: t\ninput: [4, 3, 3]\n"
      "defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}\n"
      "layers:\n" +
          layers,
      "w.yaml");
}

std::string error(const std::string& layers) {
  return user_error([&] { read(layers); });
}

TEST(YamlLayers, AreFunctionsOfEachValue) {
  const Graph graph = read(
      "  - {conv: a, K: 4, kernel: 1, then: silu}\n"
      "  - {function: b, is: 'x 0.5 mul'}\n");
  EXPECT_EQ(graph.nodes[2].name, "a.silu");
  EXPECT_EQ(graph.nodes[2].function, parse_function("silu"));
  EXPECT_EQ(graph.nodes[3].function.text(), "x 0.5 mul");
  EXPECT_THAT(error("  - {function: b, is: sillu}\n"), HasSubstr("w.yaml:5: is: 'sillu'"));
}

TEST(YamlLayers, SumMaps) {
  const Graph graph = read("  - {global_sum: a}\n");
  EXPECT_EQ(graph.nodes[1].op, OpKind::kGlobalSum);
  EXPECT_EQ(graph.nodes[1].out, (Shape{4, 1, 1}));
  EXPECT_THAT(error("  - {global_sum: a, kernel: 2}\n"), HasSubstr("w.yaml:5: kernel"));
}

TEST(YamlLayers, CombineTwo) {
  const Graph graph = read(
      "  - {global_avgpool: a}\n"
      "  - {multiply: b, from: [input, a]}\n"
      "  - {minimum: c, from: [a, b]}\n"
      "  - {maximum: d, from: [c, b], then: relu}\n"
      "  - {add: e, from: [d, b], factors: [1, -0.5]}\n");
  EXPECT_EQ(graph.nodes[2].op, OpKind::kMultiply);
  EXPECT_EQ(graph.nodes[2].out, (Shape{4, 3, 3}));
  EXPECT_EQ(graph.nodes[3].op, OpKind::kMinimum);
  EXPECT_EQ(graph.nodes[4].op, OpKind::kMaximum);
  EXPECT_EQ(graph.nodes.back().add_factor[1], -0.5f);
  EXPECT_THAT(error("  - {multiply: a, from: [input]}\n"), HasSubstr("at least two layers"));
  EXPECT_THAT(error("  - {add: a, from: [input, input], factors: [1]}\n"),
              HasSubstr("factors: expected two numbers"));
}

TEST(YamlLayers, SelectPlacesAlongAxes) {
  const Graph graph = read(
      "  - {select: a, from: [input, input], axis: rows, channels: ['0:4:2', '1:4:2'],\n"
      "     rows: [5, zero, 0], columns: ['1:3', 'zero*2']}\n");
  const Selection& selection = graph.nodes.back().selection;
  EXPECT_EQ(selection.axis, 1);
  EXPECT_THAT(selection.channels, ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(selection.rows, ElementsAre(5, Selection::kZero, 0));
  EXPECT_THAT(selection.columns, ElementsAre(1, 2, Selection::kZero, Selection::kZero));
  for (const char* places : {"'2:1'", "'-1'", "one", "'0:4:0'", "[]", "'zero*9999999'"}) {
    EXPECT_THAT(error(std::string("  - {select: a, rows: ") + places + "}\n"),
                HasSubstr("w.yaml:5: rows: "));
  }
  EXPECT_THAT(error("  - {select: a, rows: 3}\n"), HasSubstr("w.yaml:5: "));
}

TEST(YamlLayers, ResizeToASize) {
  const Graph graph = read("  - {resize: a, size: [6, 2]}\n  - {resize: b, size: 3}\n");
  EXPECT_EQ(graph.nodes[1].out, (Shape{4, 6, 2}));
  EXPECT_THAT(graph.nodes[1].selection.rows, ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(graph.nodes[1].selection.columns, ElementsAre(0, 1));
  EXPECT_THAT(graph.nodes[2].selection.columns, ElementsAre(0, 0, 1));
}

TEST(YamlLayers, OfConvolutionsAreDilatedOrTransposed) {
  const Graph graph = read(
      "  - {conv: a, K: 2, kernel: 3, dilation: 2}\n"
      "  - {select: zeros, rows: [0, zero, 1, zero, 2], columns: [0, zero, 1, zero, 2]}\n"
      "  - {conv: up, K: 2, kernel: 2, pad: 1, transposed_positions: 9}\n");
  EXPECT_EQ(graph.nodes[1].out, (Shape{2, 3, 3}));
  EXPECT_EQ(graph.nodes[3].out, (Shape{2, 6, 6}));
  EXPECT_EQ(graph.dense_macs(3), 9 * 2 * 2 * 4);
}

TEST(YamlLayers, MayBeOutputs) {
  const Graph graph = read(
      "  - {conv: a, K: 2, kernel: 3, then: relu, output: true}\n"
      "  - {maxpool: b, kernel: 3, output: true}\n");
  EXPECT_THAT(graph.output_nodes(), ElementsAre(2, 3));
  EXPECT_FALSE(graph.nodes.back().is_output);
}

TEST(YamlLayers, OfAnUnknownKindNameTheNearest) {
  EXPECT_THAT(error("  - {multply: a}\n"), HasSubstr("did you mean 'multiply'?"));
}

}  // namespace
}  // namespace escalate
