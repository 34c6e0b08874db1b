// Slices, shuffles and joins in a row become one selection that computes the same.
#include "compress/merged_selections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "../support/test_tensors.h"
#include "compress/graph_passes.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using testing::ElementsAre;

int add(Graph& graph, const std::string& name, OpKind op, std::vector<int> inputs) {
  Node node;
  node.name = name;
  node.op = op;
  node.inputs = std::move(inputs);
  graph.nodes.push_back(std::move(node));
  return int(graph.nodes.size()) - 1;
}

// Two maps of four channels, and what follows.
Graph two_maps() {
  Graph graph;
  const int input = add(graph, "input", OpKind::kInput, {});
  graph.nodes[0].out = {4, 5, 3};
  for (const char* name : {"left", "right"}) {
    const int pool = add(graph, name, OpKind::kMaxPool, {input});
    graph.nodes[std::size_t(pool)].window = {.r = 3, .s = 1, .pad_top = 1, .pad_bottom = 1};
  }
  return graph;
}

TEST(MergedSelections, ReadBothHalvesOfAShuffleFromWhatWasJoined) {
  Graph graph = two_maps();
  const int joined = add(graph, "joined", OpKind::kConcat, {1, 2});
  const int shuffle = add(graph, "shuffle", OpKind::kSelect, {joined});
  graph.nodes[std::size_t(shuffle)].selection.channels = {0, 4, 1, 5, 2, 6, 3, 7};
  const int first = add(graph, "first", OpKind::kSelect, {shuffle});
  graph.nodes[std::size_t(first)].selection.channels = {0, 1, 2, 3};
  const int second = add(graph, "second", OpKind::kSelect, {shuffle});
  graph.nodes[std::size_t(second)].selection.channels = {4, 5, 6, 7};
  add(graph, "sum", OpKind::kAdd, {first, second});
  graph.infer_shapes();
  const Tensor image = wavy_tensor(graph.nodes[0].out);
  const Tensor expected = run_float(graph, image).back();
  const Graph merged = prepared(graph);
  ASSERT_EQ(merged.nodes.size(), 6u);  // the join and the shuffle are gone
  EXPECT_THAT(merged.nodes[3].inputs, ElementsAre(1, 2));
  EXPECT_THAT(merged.nodes[3].selection.channels, ElementsAre(0, 4, 1, 5));
  EXPECT_THAT(merged.nodes[4].selection.channels, ElementsAre(2, 6, 3, 7));
  EXPECT_EQ(run_float(merged, image).back().values, expected.values);
}

TEST(MergedSelections, LeaveOutWhatNothingIsTakenFrom) {
  Graph graph = two_maps();
  const int joined = add(graph, "joined", OpKind::kConcat, {1, 2});
  const int slice = add(graph, "slice", OpKind::kSelect, {joined});
  graph.nodes[std::size_t(slice)].selection.channels = {4, 5, 6, 7};
  add(graph, "last", OpKind::kMaxPool, {slice});
  graph.nodes.back().window = {.r = 2, .s = 2};
  graph.infer_shapes();
  const Tensor image = wavy_tensor(graph.nodes[0].out);
  const Graph merged = prepared(graph);
  ASSERT_EQ(merged.nodes.size(), 3u);  // the slice is all of one map
  EXPECT_EQ(merged.nodes[1].name, "right");
  EXPECT_EQ(run_float(merged, image).back().values, run_float(graph, image).back().values);
}

TEST(MergedSelections, KeepZerosOfEither) {
  Graph graph = two_maps();
  const int padded = add(graph, "padded", OpKind::kSelect, {2});
  graph.nodes[std::size_t(padded)].selection.rows = {Selection::kZero, 0, 1, 2, 3, 4};
  const int turned = add(graph, "turned", OpKind::kSelect, {padded});
  graph.nodes[std::size_t(turned)].selection.rows = {5, 0, Selection::kZero};
  graph.nodes[std::size_t(turned)].selection.columns = {2, 2};
  graph.infer_shapes();
  const Graph merged = prepared(graph);
  EXPECT_THAT(merged.nodes.back().selection.rows,
              ElementsAre(4, Selection::kZero, Selection::kZero));
  EXPECT_THAT(merged.nodes.back().selection.columns, ElementsAre(2, 2));
  const Tensor image = wavy_tensor(graph.nodes[0].out);
  EXPECT_EQ(run_float(merged, image).back().values, run_float(graph, image).back().values);
}

}  // namespace
}  // namespace escalate
