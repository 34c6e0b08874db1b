// From what a simulation counted to a result that can be written, charged with energy and shown.
#pragma once

#include <string>

#include "compiler/program.h"
#include "model/simulation.h"
#include "report/result.h"

namespace escalate {

/// What took most of the row-cycles of a layer (docs/microarchitecture.md, section 11): "ca",
/// "mac", "input", "weights", "merge", "dram" or "post".
std::string bound_by(const LayerRun& run);

/// Everything but energy and area, for `images` images.
Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images);

}  // namespace escalate
