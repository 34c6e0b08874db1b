// Drawn workloads: an integer network with random values of given densities in place of trained
// ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

struct DrawOptions {
  std::optional<std::uint64_t> seed;  ///< in place of the graph's
  int terms = 6;  ///< M of decomposed layers with R,S > 1 whose graph asks for none (at most R*S)
  int pointwise_terms =
      1;  ///< the same for 1x1 and fully connected layers; 1: basis {1}, no MAC work
  bool plain_weights =
      false;     ///< every layer direct, at its weight density: what sparse baselines run
  int jobs = 1;  ///< threads that draw; the values are the same with any number
};

struct DrawnNetwork {
  IntegerNetwork network;
  std::vector<std::string> warnings;  ///< one line each
};

/// Draws the values of every weighted layer of `graph` and of the tensor that it reads.
///
/// Weights: ternary coefficients [K][M][C/groups] (+1 and -1 equally likely), a dense int8 basis
/// [M][R][S], or int8 weights [K][C/groups][R][S]; each element is non-zero with its layer's
/// density, independently of all others (Bernoulli); where plain weights keep to a pattern, among
/// the places that it leaves. Non-zero int8 values are uniform within +-127,
/// or within less where a layer is so large that its int32 accumulators could overflow. Inputs: the
/// tensor read by a weighted layer becomes the `substitute` of the node that makes it (of the node
/// before a flatten), drawn at that layer's activation density; positive unless
/// DrawnDensities::signed_input. If several layers read a tensor at different densities the first
/// one's holds, with a warning. The network's own input is such a tensor: see synthetic_input().
/// Tensors named in Node::npy_files are used in place of drawn ones: coefficients and basis as int8
/// (or float32 of whole numbers), weights and activations as int8 or as float32 scaled to a largest
/// magnitude of 127, a mask (bool or int8, [C][H][W]) says where the input is non-zero.
/// Each tensor has a random stream of its own, seeded by (seed, layer name, tensor); its i-th
/// number decides element i, so the non-zeros at a lower density are a subset of those at a higher.
///
/// Requantisation factors are computed from the layers' statistics so that outputs have a standard
/// deviation of about a third of the int8 range. Batch norms and a final softmax are dropped.
/// Throws UserError for a weighted layer without densities and for tensors that do not fit.
DrawnNetwork draw_network(const Graph& graph, const DrawOptions& options);

/// Input of image `image` for a network: the drawn input where it has one (the same for all
/// images), otherwise uniform int8 values, seeded by the network's seed and the image.
Activations synthetic_input(const IntegerNetwork& network, std::int64_t image);

}  // namespace escalate
