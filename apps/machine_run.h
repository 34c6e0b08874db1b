// One run of the machine among several of a command.
#pragma once

#include <string>
#include <vector>

#include "apps/network_source.h"
#include "report/result.h"

namespace escalate {

/// Compiles and simulates a network on `input`, the layers of these names (empty: all), with energy
/// charged. It runs in processes of its own, so that a command can do it again. InternalError if an
/// output is wrong.
Result run_machine(const IntegerNetwork& network, const InputBatch& input,
                   const std::vector<std::string>& layers, const RunConfig& config,
                   const CommonOptions& options);

}  // namespace escalate
