// A baseline's run of a network as a result like any other.
#pragma once

#include <string>
#include <vector>

#include "baselines/accelerator_model.h"
#include "energy/cost_model.h"
#include "report/result.h"

namespace escalate {

/// Runs all layers and charges their energy at `costs`. View "analytic"; `row_states` are the
/// cycles of the multipliers while a layer computes, by what they went to (docs/baselines.md).
Result baseline_result(const AcceleratorModel& model, const std::string& network,
                       const std::vector<LayerWorkload>& layers, const CostModel& costs);

}  // namespace escalate
