// From what a simulation counted to a result that can be written, charged with energy and shown.
#pragma once

#include <string>

#include "compiler/program.h"
#include "model/simulation.h"
#include "report/result.h"

namespace escalate {

/// Cycles that each resource alone would need for a layer, or held it up
/// (docs/microarchitecture.md, section 11): "input", "ca", "mac" or "weights", "merge", "dram",
/// "post". Without those that `ideal.*` has freed.
/// `rows` is rows_of_passes().
NamedValues<double> limits(const LayerRun& run, const MachineConfig& machine, double rows);

/// PE rows that a pass of the layer uses, on average over its passes; 0 without passes.
double rows_of_passes(const Program& program, int layer);

/// The resource with the most cycles; of equal ones the first.
std::string bound_by(const NamedValues<double>& limits);

/// Everything but energy, area and source, for `images` images.
Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images);

}  // namespace escalate
