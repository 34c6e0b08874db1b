// What the host computes of an ONNX file in front of a network and behind it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/tensor.h"
#include "workloads/tensor.h"

namespace escalate {

/// A tensor of the host that has a name in the file.
struct NamedTensor {
  std::string name;
  OnnxTensor tensor;
};

/// Outputs of a part, in order, from its inputs, in order. Throws UserError naming the node that
/// cannot be computed.
std::vector<NamedTensor> run_host(const HostPart& part, const std::vector<OnnxTensor>& inputs);

/// Shape of the image that a network's file reads: that of the head, or of the network itself.
Shape image_shape(const HostPart& head, const Shape& network_input);
Shape image_shape(const Graph& graph);

/// The input of the network, of that shape, from an image [C, H, W]: what the head makes of it.
Tensor run_head(const HostPart& head, const Shape& network_input, const Tensor& image);

/// Outputs of the file from those of the network's output_nodes(): what the tail makes of them.
std::vector<NamedTensor> run_tail(const Graph& graph, const std::vector<const Tensor*>& outputs);

/// From an image to the outputs of the file, all in floats.
std::vector<NamedTensor> run_file(const Graph& graph, const Tensor& image);

}  // namespace escalate
