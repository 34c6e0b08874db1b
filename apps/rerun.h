// A result's run again: the network, images and machine that it was of.
#pragma once

#include <optional>
#include <string>

#include "apps/common_options.h"
#include "apps/network_source.h"
#include "energy/energy_table.h"
#include "energy/run_config.h"
#include "report/result.h"
#include "workloads/inputs.h"

namespace escalate {

/// What simulates again what a result is of.
struct Rerun {
  LoadedNetwork loaded;
  InputBatch input;
  RunConfig config;
  std::optional<EnergyTable> energy_table;  ///< of the user's
  CommonOptions options;                    ///< with the result's batch
};

/// Loads the network and images that `result`, read from `file`, says it ran. `network` is where
/// the network's file lies now; empty: where it lay, or beside `file`. UserError if the result is
/// not of the machine or does not say what it ran, if the network is not there, or if network or
/// images have changed since.
Rerun load_rerun(const Result& result, const std::string& file, const std::string& network);

}  // namespace escalate
