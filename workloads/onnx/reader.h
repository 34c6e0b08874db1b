// Trained networks from ONNX files (opset 7 to 21).
#pragma once

#include <optional>
#include <string>

#include "workloads/graph.h"

namespace escalate {

struct OnnxOptions {
  std::optional<Shape>
      input_shape;  ///< shape of an image, for dimensions that the file leaves open
};

/// Reads a network: convolutions (grouped, depthwise, any padding), Gemm/MatMul as fully connected
/// layers, pools, Add, Concat, Pad (of channels; of the map in front of a convolution or pool),
/// Relu, Clip, batch norm, Flatten/Reshape/Squeeze to a vector, mean over H and W, final Softmax.
/// Identity and Dropout are removed, and so is, with a warning in the graph, what does not lead to
/// the output. Node names are those of the file (the output's name where a node has none); shapes
/// are inferred. Metadata of a decomposed network (`escalate.layers`, `escalate.input`,
/// `escalate.quantization`) is taken over: each pair of combining and basis convolution becomes one
/// node with a Decomposition. Throws UserError naming the file, and the node, operator and
/// attribute that cannot be read: every attribute, input and output that a node has is honoured or
/// refused (docs/onnx-operators.md).
Graph read_onnx(const std::string& path, const OnnxOptions& options = {});

/// The same from the bytes of a file; `name` stands for it in errors.
Graph parse_onnx(const std::string& bytes, const std::string& name,
                 const OnnxOptions& options = {});

}  // namespace escalate
