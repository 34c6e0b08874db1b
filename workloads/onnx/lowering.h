// How ONNX nodes become layers, a family of operators a file.
#pragma once

#include <map>
#include <string>

#include "workloads/onnx/network.h"
#include "workloads/onnx/node.h"

namespace escalate {

/// Adds the layers of a node and defines its outputs. Throws UserError naming the node.
using OnnxLowering = void (*)(OnnxNetwork&, const OnnxNode&);
using OnnxLowerings = std::map<std::string, OnnxLowering>;

/// By the name of an operator.
const OnnxLowerings& onnx_lowerings();

// Families of them.
OnnxLowerings convolution_lowerings();
OnnxLowerings fully_connected_lowerings();
OnnxLowerings pooling_lowerings();
OnnxLowerings movement_lowerings();
OnnxLowerings resize_lowerings();
OnnxLowerings activation_lowerings();
OnnxLowerings elementwise_lowerings();
OnnxLowerings quantization_lowerings();
OnnxLowerings normalization_lowerings();

/// Whether a layer with weights of its own is made of nodes of that operator.
bool is_weighted(const std::string& op);

/// What such layers, and functions of each value, share.

/// A constant that is broadcast along one dimension of a value: by channel of the layer that the
/// view is of, or one for all. Where the dimension has no channels, the view becomes that of a
/// layer which makes them so. UserError if it is broadcast along several.
std::vector<float> along_channels(OnnxNetwork& network, const OnnxNode& node, OnnxView& view,
                                  const OnnxTensor& constant);

/// A view without fill whose vectors are those of a layer, each channel once: what was a map
/// becomes one vector, and channels that a view repeats become a layer's.
OnnxView with_channels(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view);

/// Defines the output of a node as a function of each element of `view`, which has no fill, by a
/// layer of kind `made`.
void finish_function(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view, Node made,
                     PointwiseFunction function);
void finish_function(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view,
                     PointwiseFunction function);

/// A Clip of whole numbers that stand for real ones.
void clip_steps(OnnxNetwork& network, const OnnxNode& node);

/// x * scale + shift by channel, or one for all.
void finish_affine(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view,
                   const std::vector<float>& scale, const std::vector<float>& shift,
                   PointwiseFunction function);

}  // namespace escalate
