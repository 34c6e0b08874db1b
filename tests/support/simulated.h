// Runs a network on a machine in a child process, for tests that need many runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/compile.h"
#include "model/simulation.h"
#include "tests/support/places.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {

inline IntegerNetwork zoo_network(const std::string& name) {
  const std::string path = source_folder() + "/workloads/zoo/" + name + ".yaml";
  return draw_network(read_yaml_workload(path), {}).network;
}

/// Images drawn for the network.
inline std::vector<Activations> drawn_images(const IntegerNetwork& network, int count) {
  std::vector<Activations> images;
  for (int i = 0; i < count; ++i) images.push_back(synthetic_input(network, i));
  return images;
}

/// simulate() with processes of its own, so that it can be called as often as one likes.
inline SimulationOutcome simulated(const Program& program, const std::vector<Activations>& images,
                                   SimulationOptions options = {}) {
  options.jobs = std::max(options.jobs, 2);
  return simulate(program, images, options);
}

}  // namespace escalate
