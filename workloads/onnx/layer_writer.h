// What the kinds of layers write themselves with into an ONNX file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/model_builder.h"
#include "workloads/onnx/writer_parts.h"

namespace escalate {

class OnnxLayerWriter {
 public:
  using Strings = OnnxModelBuilder::Strings;

  explicit OnnxLayerWriter(const Graph& graph) : graph_(graph), ranks_(graph.nodes.size(), 4) {}

  const Graph& graph() const { return graph_; }
  const Node& node(int i) const { return graph_.nodes[std::size_t(i)]; }
  OnnxModelBuilder& builder() { return builder_; }
  OwnNodes& own() { return own_; }
  std::int64_t opset() { return builder_.model().opset_import(0).version(); }

  /// Dimensions of a node's output: 4 for maps, 2 for vectors.
  int rank(int node) const { return ranks_[std::size_t(node)]; }
  void set_rank(int node, int rank) { ranks_[std::size_t(node)] = rank; }

  MadeNode add(const std::string& op, const std::string& name, const Strings& inputs,
               const std::string& output) {
    return builder_.add(op, name, inputs, output);
  }
  /// A node that makes the output of `node` and carries its name.
  MadeNode add(const std::string& op, const Node& node, const Strings& inputs) {
    return add(op, node.name, inputs, node.name);
  }

  /// Input `i` of a node as [N, C, H, W]; a vector is reshaped to a map of one position.
  std::string map_input(const Node& node, int i = 0);
  /// Input 0 of a node as [N, C*H*W].
  std::string vector_input(const Node& node);
  /// All inputs of a node, of one rank; sets the node's rank to it.
  Strings equal_inputs(int index);
  /// `input` as [N, channels, 1, 1].
  std::string reshaped(const Node& node, const char* what, const std::string& input,
                       std::int64_t channels);

  // For the file's metadata: nodes that are no layers, and what a layer with weights is.
  std::vector<std::string> reshapes;
  nlohmann::json layers = nlohmann::json::array();

 private:
  const Graph& graph_;
  OnnxModelBuilder builder_;
  OwnNodes own_;
  std::vector<int> ranks_;
};

}  // namespace escalate
