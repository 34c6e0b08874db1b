// A strided convolution of the image as one without stride, of an image with more channels and
// fewer positions.
#pragma once

#include "workloads/graph.h"

namespace escalate {

/// The same network with the stride of its first layer folded into the channels: the host puts each
/// square of stride x stride pixels into the channels of one position (ONNX SpaceToDepth, after the
/// padding), and the convolution of C channels and R x S taps becomes one of C stride^2 channels
/// and ceil(R / stride) x ceil(S / stride) taps, with stride 1. It computes the same sums; taps
/// beyond the kernel are weights of 0, which dense_macs() counts.
///
/// An image has three channels, too few for the ternary coefficients of a decomposition to pay, so
/// that first layers are direct by default. Four times as many are enough: the layer becomes
/// one to decompose, whatever its file says.
///
/// Throws UserError naming the layer if the image is read by anything but one plain convolution
/// with its weights, of equal strides from 2 to 16.
Graph fold_input_strides(Graph graph);

}  // namespace escalate
