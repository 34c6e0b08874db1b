// Trained networks from ONNX files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

struct OnnxOptions {
  std::optional<Shape>
      input_shape;  ///< shape of an image, for dimensions that the file leaves open
  std::vector<std::string> outputs = {};  ///< which of the file's; empty: all
  /// Whether the caller runs what the host computes in front of the network (run_head()); such
  /// files are refused otherwise.
  bool takes_head = false;
};

/// Reads a network of the operators in docs/onnx-operators.md. What is computed from constants and
/// shapes becomes constants, and what moves values only becomes no layer wherever the layers around
/// it can do without. What stands in front of the first or behind the last weighted layer and is no
/// layer becomes the graph's head or tail. Node names are those of the file (the output's name
/// where a node has none); shapes are inferred for one image. Metadata of a decomposed network
/// (`escalate.layers`, `escalate.input`, `escalate.quantization`) is taken over: each pair of
/// combining and basis convolution becomes one node with a Decomposition. Throws UserError naming
/// the file and everything in it that cannot be read: every attribute, input and output that a node
/// has is honoured or refused.
Graph read_onnx(const std::string& path, const OnnxOptions& options = {});

/// The same from the bytes of a file; `name` stands for it in errors. Data in other files are
/// refused.
Graph parse_onnx(const std::string& bytes, const std::string& name,
                 const OnnxOptions& options = {});

}  // namespace escalate
