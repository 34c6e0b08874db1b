// A small network with weights, as a file.
#pragma once

#include <cmath>
#include <string>

#include "workloads/graph.h"
#include "workloads/onnx/writer.h"

namespace escalate {

/// input 3x8x8 -> first (8, 3x3) -> relu -> second (8, 3x3) -> pool -> classifier (10); weights
/// without a pattern, the same each time.
inline Graph small_network() {
  Graph graph;
  graph.name = "small";
  graph.nodes.resize(1);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {3, 8, 8};
  const auto add = [&](const std::string& name, OpKind op, int outputs, int extent, int weights) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = {int(graph.nodes.size()) - 1};
    node.out_channels = outputs;
    node.window.r = node.window.s = extent;
    for (int i = 0; i < weights; ++i) node.weights.push_back(std::sin(0.37f * float(i * i)));
    graph.nodes.push_back(std::move(node));
  };
  add("first", OpKind::kConv, 8, 3, 8 * 3 * 9);
  add("relu", OpKind::kRelu, 0, 1, 0);
  add("second", OpKind::kConv, 8, 3, 8 * 8 * 9);
  add("pool", OpKind::kGlobalAvgPool, 0, 1, 0);
  add("classifier", OpKind::kFullyConnected, 10, 1, 10 * 8);
  graph.infer_shapes();
  return graph;
}

}  // namespace escalate
