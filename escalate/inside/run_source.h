// What a run was of, for its result (report/result.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "escalate/inside/loaded_network.h"
#include "report/result.h"

namespace escalate {

/// Source of a run of the network on these images, and what the host computes of it.
RunSource run_source(const LoadedNetwork& loaded, const std::vector<Activations>& images);

/// Digest of what a drawn network's values depend on, whatever form they take in a machine: shapes,
/// densities, given tensors and the seed.
std::string drawn_digest(const Graph& graph, std::uint64_t seed);

}  // namespace escalate
