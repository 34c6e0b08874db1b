// What happens to a network between the phases of training: PENNI's decomposition, pruning and
// shrinking (ICML 2020, section 3), and ESCALATE's ternary coefficients (MICRO 2021).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retrain/trained_network.h"

namespace escalate {

/// `graph` with a batch norm behind every convolution that has none: an identity, as far as
/// rounding goes. Training needs them; they are folded away again when the network is compressed.
Graph with_batch_norms(const Graph& graph);

/// Gives the batch norms that with_batch_norms() added to `original` the statistics of `images`
/// (network inputs [N][C][H][W]), with scale and offset such that the function stays.
void settle_batch_norms(TrainedNetwork& network, const Graph& original, const at::Tensor& images);

/// Draws all weights anew: normal, with a variance of 2 / (inputs of an output) (K. He et al., ICCV
/// 2015); biases and batch norms as at a start. Layers that are only a shape get weights.
Graph with_random_weights(const Graph& graph, std::uint64_t seed);

/// Weighted layers that are decomposed: of a form kDecomposed, or by default_form(), with R, S > 1;
/// 1x1 and fully connected ones only if `pointwise`. `direct` are patterns of names that are not.
std::vector<int> layers_to_decompose(const Graph& graph, const std::vector<std::string>& direct,
                                     bool pointwise);

/// Phase A: the layers become real basis kernels with real coefficients, by the singular value
/// decomposition of their kernels. M is `terms`, at most R*S.
void decompose(TrainedNetwork& network, const std::vector<int>& layers, int terms);

struct TernaryStart {
  int terms = 6;            ///< M of layers with R*S > 1
  int pointwise_terms = 1;  ///< terms of the others
  double density = 1;       ///< largest non-zero share of a layer's coefficients to start from
  int jobs = 1;             ///< layers that are fitted at a time
  /// Of coefficients along the input channels, in layers of as many as a group has.
  std::optional<NmPattern> pattern = {};
};

/// The network with ternary coefficients fitted to the weights of `layers` by least squares
/// (fit_ternary()).
Graph with_ternary_layers(const Graph& graph, const std::vector<int>& layers,
                          const TernaryStart& start);

/// Ternary coefficients of `layers` stay within the N:M pattern from here on (masks). Where they
/// may differ from 0 is where fit_ternary() let them: CoefficientPlaces of the weights that the
/// layer has in `before`. UserError for a layer that came decomposed and has more in a group.
void hold_to_pattern(TrainedNetwork& network, const Graph& before, const std::vector<int>& layers,
                     const NmPattern& pattern);

/// Phase C: coefficients of a layer below `factor` times their standard deviation become 0 and stay
/// so (masks). Then end_dead_channels().
void prune_coefficients(TrainedNetwork& network, double factor);

/// Unstructured pruning: of all plain weights of layers the smallest become 0 and stay so, until
/// `density` of them are left; one threshold for all layers.
void prune_weights(TrainedNetwork& network, double density);

/// N:M pruning: of each M consecutive input channels of a filter's tap all plain weights but the N
/// largest become 0 and stay so (largest_of_groups()). Layers of fewer than M channels, and those
/// that the patterns of names `whole` match, keep all.
void prune_to_pattern(TrainedNetwork& network, const NmPattern& pattern,
                      const std::vector<std::string>& whole);

/// Phase D: shrink(), with the real coefficients of the layers, and basis kernels without
/// coefficients taken out. The function stays but for rounding.
TrainedNetwork shrunk(const TrainedNetwork& network);

/// The network as a graph in which each layer of real basis kernels is a pair of convolutions: one
/// of 1x1 with the coefficients [K*M][C/groups], one with the basis, a group an output channel.
Graph graph_of_pairs(const TrainedNetwork& network);

}  // namespace escalate
