// Layers without weights on libtorch's tensors [N][C][H][W], differentiable.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// The output of a layer that has nothing to be trained. UserError naming one that cannot stand in
/// a network that is trained.
at::Tensor trained_plain_layer(const Node& node, const std::vector<at::Tensor>& inputs);

/// A map as a vector, [N][C*H*W][1][1].
at::Tensor vectors(const at::Tensor& in);

/// The positions that a window of one position meets.
at::Tensor every(const at::Tensor& in, const Window& window);

}  // namespace escalate
