// What a baseline is given to run: one weighted layer with the actual places of its non-zeros.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "baselines/bit_tensor.h"
#include "workloads/integer_network.h"

namespace escalate {

/// A convolution, depthwise or grouped convolution, or fully connected layer (in.h = in.w = 1) with
/// the inputs of a batch of images.
struct LayerWorkload {
  std::string name;
  std::string kind;  ///< "conv", "depthwise" or "fc"
  Shape in, out;     ///< shapes of one image
  int groups = 1;
  Window window;
  std::int64_t transposed_positions = 0;  ///< IntegerNode
  BitTensor weights;                      ///< [K][C/groups][R][S]
  std::vector<BitTensor> inputs;          ///< one an image, [C][H][W]
  /// Non-zeros of what the layer's consumers read, all images together; in real networks counted
  /// after a fused ReLU.
  std::int64_t output_nonzeros = 0;
  /// Additions of another layer's outputs to this one's, all images together.
  std::int64_t residual_additions = 0;
  bool reads_network_input = false;    ///< what no accelerator has on chip
  bool writes_network_output = false;  ///< what no accelerator keeps there

  int images() const { return static_cast<int>(inputs.size()); }
  int channels_per_group() const { return in.c / groups; }
  int filters_per_group() const { return out.c / groups; }
  std::int64_t weights_per_filter() const {
    return std::int64_t{channels_per_group()} * window.r * window.s;
  }
  /// Multiply-accumulates of all images by the standard's definition (Graph::dense_macs()).
  std::int64_t dense_macs() const {
    if (transposed_positions == 0) return window_macs();
    return images() * transposed_positions * out.c * weights_per_filter();
  }
  /// Those of a machine that leaves out nothing: padding and the zeros that a transposed
  /// convolution puts between its inputs are multiplied too.
  std::int64_t window_macs() const { return images() * out.size() * weights_per_filter(); }
  std::int64_t input_nonzeros() const;

  /// Throws InternalError unless shapes, bit maps and window fit together.
  void validate() const;
};

/// Which multiplications a machine does without.
enum class Skips {
  kNothing,
  kZeroActivations,
  kZeroWeights,
  kAllZeros  ///< those of a zero weight too
};

constexpr bool skips_weights(Skips skips) {
  return skips == Skips::kZeroWeights || skips == Skips::kAllZeros;
}
constexpr bool skips_activations(Skips skips) {
  return skips == Skips::kZeroActivations || skips == Skips::kAllZeros;
}

/// Pairs of a weight and an activation of the layer that meet in an output inside the output map,
/// less those that are skipped; with kAllZeros the multiplications that no machine can leave out.
/// Padding is in no pair. Computed from counts by channel and tap.
std::int64_t matched_pairs(const LayerWorkload& layer, Skips skips = Skips::kAllZeros);

/// The weighted layers of `network` in their order. `outputs[i]` holds every node's output for
/// image i, as run_network() gives it; decomposed layers are given with their reconstructed
/// weights.
std::vector<LayerWorkload> make_layer_workloads(
    const IntegerNetwork& network, const std::vector<std::vector<Activations>>& outputs);

/// The same for a drawn network (draw_network() with plain weights), every image of `images` with
/// the drawn inputs; the network is not run. The non-zeros that a layer writes are counted at the
/// density at which its consumers were drawn; where no consumer is drawn (the network's output) it
/// counts as dense. Throws UserError naming a layer whose input was not drawn.
std::vector<LayerWorkload> make_drawn_workloads(const IntegerNetwork& network, int images);

/// Reads a YAML workload, draws plain weights and inputs at its densities (`seed`: in place of the
/// workload's, 0: the workload's) and gives its layers.
std::vector<LayerWorkload> make_yaml_workloads(const std::string& path, int images,
                                               std::uint64_t seed);

}  // namespace escalate
