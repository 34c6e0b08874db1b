// What a sweep says: best points, Pareto front, and what each axis is worth.
#pragma once

#include <string>
#include <vector>

#include "common/table.h"
#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

/// Points that are done and keep all constraints.
std::vector<SweepMember> feasible(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// Those of one workload that no other one beats: better in one objective and not worse in any.
std::vector<SweepMember> pareto_front(const SweepSpec& spec,
                                      const std::vector<SweepMember>& members);

/// For each workload and objective the best points, with their choices.
Table best_points(const SweepSpec& spec, const std::vector<SweepMember>& members, int most);

/// The Pareto front of each workload, in order of the first objective.
Table front_table(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// For each workload, axis and value the geometric mean of each objective, relative to the best
/// value of the axis (1). "matched": over the points whose other settings were tried with every
/// value of the axis; "all": over all points, where there are no such ones.
Table sensitivity(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// Every point: number, workload, a column an axis, status, reason, quantities.
Table all_points(const SweepSpec& spec, const std::vector<SweepMember>& members);

}  // namespace escalate
