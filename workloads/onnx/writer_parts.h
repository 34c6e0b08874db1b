// Layers that are several ONNX nodes, and what the host computes around a network.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/model_builder.h"

namespace escalate {

/// Names of nodes of a file that this program writes, so that it reads them back as what they were.
struct OwnNodes {
  std::set<std::string> steps;       ///< no layers of their own, but part of one behind them
  std::set<std::string> functions;   ///< the last ones of functions
  std::set<std::string> selections;  ///< the last ones of selections
  std::set<std::string> pads;        ///< layers that pad channels
  std::set<std::string> head, host;  ///< of the host, in front of the network and behind
};

/// A function of each value of `input`, which has `rank` dimensions.
void write_function(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                    const std::string& input, int rank);

/// Channels, rows and columns of maps that are joined.
void write_selection(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                     const std::vector<std::string>& inputs, const std::vector<Shape>& shapes);

/// a * add_factor[0] + b * add_factor[1].
void write_sum(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
               std::vector<std::string> inputs);

/// A clip to whole steps: QuantizeLinear and DequantizeLinear, behind a clip where the bounds are
/// narrower than the type's.
void write_quantizer(OnnxModelBuilder& builder, OwnNodes& own, const Node& node,
                     const std::string& input);

/// Nodes and constants of a part for the host. `inputs`: what in the file stands for its inputs.
void write_host(OnnxModelBuilder& builder, std::set<std::string>& names,
                const onnx::ModelProto& part, const std::vector<std::string>& inputs);

/// Zeros behind the places of one axis of a map, four dimensions.
void write_pad(OnnxModelBuilder& builder, const Node& node, const std::string& name,
               const std::string& input, const std::vector<std::int64_t>& pads,
               const std::string& output);

}  // namespace escalate
