// One accelerator of a comparison: its run of the network's layers, and what is said of it beside.
#pragma once

#include <string>
#include <vector>

#include "baselines/baselines_config.h"
#include "baselines/iso.h"
#include "machine/config.h"
#include "report/comparison.h"
#include "report/result.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Non-zero share of all weights.
double weight_density(const std::vector<LayerWorkload>& layers);
/// The same of all that the machine stores: coefficients of decomposed layers, weights of others.
double stored_density(const IntegerNetwork& network);

/// Clock, DRAM and on-chip memory of the machine for all.
CommonTerms common_terms(const MachineConfig& machine, int batch);

/// What the machine has in common with the others, or not.
Terms terms_of_machine(const MachineConfig& machine, int batch);

/// Multipliers, memory and area of the machine.
MachineSize size_of_machine(const MachineConfig& machine, const CostModel& costs);

struct BaselineEntry {
  Result result;
  Contestant contestant;  ///< without the network that was run
};

/// Runs the layers on the baseline `name` with the parameters of `config`, made as large as
/// `machine` in what `iso` says. Errors as of sized_like() and AcceleratorModel::run().
BaselineEntry run_baseline(const std::string& name, const BaselinesConfig& config, Iso iso,
                           const MachineSize& machine, const std::string& network,
                           const std::vector<LayerWorkload>& layers, const CostModel& costs);

}  // namespace escalate
