// Workloads from graphs: the shapes of a network as YAML.
#pragma once

#include <string>

#include "workloads/graph.h"

namespace escalate {

/// What a workload calls the kind of a layer ("conv", "function"); also "input", "softmax" and
/// "batch_norm", which it does not have.
const char* layer_kind(const Node& node);

/// A workload (docs/file-formats.md) that read_yaml_workload() reads as the same layers, by the
/// same names but for the input's, each with the densities of its own weights or coefficients and
/// an input without zeros. A softmax, which no machine runs, is left out. Throws UserError naming a
/// batch norm: prepared() has none.
std::string yaml_workload(const Graph& graph);

}  // namespace escalate
