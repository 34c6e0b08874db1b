// Channel scales and biases of a compressed network, fitted again to what its layers compute.
#pragma once

#include <cstdint>

#include "workloads/graph.h"
#include "workloads/inputs.h"

namespace escalate {

struct RefitOptions {
  std::int64_t images = 128;  ///< the first so many of the input; all if it has fewer
  int jobs = 1;               ///< images that run at a time; the result does not depend on it
};

/// What a ternary fit of the weights loses adds up from layer to layer and moves the mean and the
/// spread of every channel. Layer by layer, with what the layers before it have become, each output
/// channel of a decomposed layer gets the factor (above 0) and the offset that bring its outputs to
/// the mean and the standard deviation that they have in `original`: into channel scale and bias.
/// (As a batch norm whose statistics are taken again.) No weight, coefficient or basis kernel
/// changes.
///
/// `compressed` is compress_graph(original). Of the images only so many are taken as have their
/// tensors in 1 GiB together; returns how many. Throws UserError for inputs that are int8 steps and
/// for activations that are not finite, naming the layer.
std::int64_t refit_channels(Graph& compressed, const Graph& original, const InputSource& images,
                            const RefitOptions& options = {});

}  // namespace escalate
