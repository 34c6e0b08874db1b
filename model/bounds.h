// What bounds a layer: the cycles that each resource of the machine alone would need for it
// (docs/microarchitecture.md, section 11).
#pragma once

#include <string>

#include "common/named_values.h"
#include "compiler/program.h"
#include "model/layer_run.h"

namespace escalate {

/// What each resource can do in a cycle: "ca" additions, "mac" MACs, "dram" bytes. Without those
/// that `ideal.*` has freed.
NamedValues<double> peaks(const MachineConfig& machine);

/// PE rows that a pass of the layer uses, on average over its passes; 0 without passes.
double rows_of_passes(const Program& program, int layer);

/// Cycles that each resource alone would need for a layer, or held it up: "input", "ca", "mac" or
/// "weights", "merge", "dram", "post". Without those that `ideal.*` has freed.
/// `rows` is rows_of_passes().
NamedValues<double> limits(const LayerRun& run, const MachineConfig& machine, double rows);

/// The resource with the most cycles; of equal ones the first.
std::string bound_by(const NamedValues<double>& limits);

}  // namespace escalate
