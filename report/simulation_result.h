// From what a simulation counted to a result that can be written, charged with energy and shown.
#pragma once

#include <string>

#include "compiler/program.h"
#include "model/simulation.h"
#include "report/result.h"

namespace escalate {

/// Everything but energy, area and source, for `images` images.
Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images);

}  // namespace escalate
