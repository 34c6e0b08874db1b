// A sweep as data for charts and for other programs (docs/file-formats.md, "Sweeps").
#pragma once

#include <vector>

#include "common/json.h"
#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

/// The document `escalate.sweep/1`: axes, objectives, constraints, every point with its status,
/// values and whether it is on its workload's Pareto front, and the sensitivities.
Json sweep_to_json(const SweepSpec& spec, const std::vector<SweepMember>& members);

}  // namespace escalate
