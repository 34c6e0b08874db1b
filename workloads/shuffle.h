// What uniformly drawn non-zeros would say of a trained network: the same network with the values
// of every tensor in random places.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/integer_network.h"

namespace escalate {

/// A network with values in random places. The coefficients (or direct weights) of each layer, and
/// each tensor that a weighted layer reads, hold the values they had in `network` and in `tensors`
/// (outputs of all nodes for one image, as from run_network()), shuffled uniformly. Densities by
/// layer are the same; how non-zeros lie together is not. The shuffled tensors become substitutes
/// of the nodes that make them, so that the network stands for that one image. The outputs mean
/// nothing.
IntegerNetwork shuffled_network(const IntegerNetwork& network,
                                const std::vector<Activations>& tensors, std::uint64_t seed);

}  // namespace escalate
