// The runs of `ablate`: a network on one image with each mechanism of the machine taken away, or
// each resource made free.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "energy/run_config.h"
#include "escalate/inside/loaded_network.h"
#include "report/ablation.h"

namespace escalate {

struct AblationWork {
  std::vector<std::string> layers;  ///< weighted ones that run, by name or pattern; empty: all
  std::string layers_option;        ///< what errors about them name
  /// Runs layers (names; empty: all) of a network on the images.
  std::function<Result(const IntegerNetwork& network, const std::vector<std::string>& layers,
                       const RunConfig& config)>
      run;
  std::function<void(std::int64_t done, std::int64_t all)> progress;
};

/// How many runs there are, the machine as it is among them.
std::int64_t num_ablation_runs();

/// `input` has one image. UserError for a pattern that names no layer, and what `run` throws.
Ablation run_ablation(const LoadedNetwork& loaded, const InputBatch& input, const RunConfig& config,
                      const AblationWork& work);

}  // namespace escalate
