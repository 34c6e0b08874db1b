// Networks of a few layers, written down in a test.
#pragma once

#include <string>

#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {

/// A drawn network of these layers of a workload, on an input [C, H, W].
inline IntegerNetwork small_network(const std::string& input, const std::string& layers) {
  const std::string text = "name: n\ninput: " + input +
                           "\ndefaults: {coefficient_density: 0.5, weight_density: 0.5, "
                           "activation_density: 0.5, terms: 3}\nlayers:\n" +
                           layers;
  return draw_network(parse_yaml_workload(text, "n.yaml"), {}).network;
}

/// The node of this name; -1 without one.
inline int node_named(const IntegerNetwork& network, const std::string& name) {
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace escalate
