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

/// Those of `members` that no other one beats: better in one objective and not worse in any.
std::vector<SweepMember> pareto_front(const SweepSpec& spec,
                                      const std::vector<SweepMember>& members);

/// The fronts of all workloads, workload by workload, or of all together where they compete.
std::vector<SweepMember> all_fronts(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// For each workload (or all that compete) and objective the best points, with objectives, area,
/// what is constrained, and their choices; the base is marked.
Table best_points(const SweepSpec& spec, const std::vector<SweepMember>& members, int most);

/// The Pareto front of each workload, in order of the first objective.
Table front_table(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// What one value of an axis is worth.
struct Sensitivity {
  std::string workload;
  std::size_t axis = 0;  ///< its index
  std::string value;
  std::int64_t points = 0;      ///< that are compared
  std::int64_t failed = 0;      ///< points with this value that failed
  std::int64_t infeasible = 0;  ///< and that break a constraint, excluded ones among them
  /// Over the points whose other settings were tried with every value of the axis; false: over all
  /// points, there are no such ones.
  bool matched = false;
  /// For each objective its geometric mean, relative to the best value of the axis (1); empty if no
  /// points are compared.
  std::vector<double> relative;
};

/// For each workload, axis and value that a point was tried with.
std::vector<Sensitivity> sensitivity_lines(const SweepSpec& spec,
                                           const std::vector<SweepMember>& members);
/// The same as a table.
Table sensitivity(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// Why points failed: how many by reason, the most first, with the numbers of the first few and
/// what the first of them chose.
Table failures(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// Every point: number, workload, a column an axis, status, quantities, whether it is feasible, on
/// its front and the base, reason.
Table all_points(const SweepSpec& spec, const std::vector<SweepMember>& members);

}  // namespace escalate
