// Trained networks from ONNX files (opset 9 to 17).
#pragma once

#include <string>

#include "workloads/graph.h"

namespace escalate {

/// Reads a network: convolutions (grouped, depthwise, any padding), Gemm/MatMul as fully connected
/// layers, pools, Add, Concat, Pad (of channels; of the map in front of a convolution), Relu, Clip,
/// batch norm, Flatten/Reshape to a vector, mean over H and W, final Softmax. Identity and Dropout
/// are removed. Node names are those of the file (the output's name where a node has none); shapes
/// are inferred. Metadata of a decomposed network (`escalate.layers`, `escalate.input`,
/// `escalate.quantization`) is taken over: each pair of combining and basis convolution becomes one
/// node with a Decomposition. Throws UserError naming the file, and the node and operator that
/// cannot be read.
Graph read_onnx(const std::string& path);

/// The same from the bytes of a file; `name` stands for it in errors.
Graph parse_onnx(const std::string& bytes, const std::string& name);

}  // namespace escalate
