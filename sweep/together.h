// Machines of a sweep by what they do on all of its networks together.
#pragma once

#include <cstdint>
#include <vector>

#include "common/table.h"
#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

/// A machine that is feasible on every network. Values are by objective.
struct TogetherPoint {
  SweepChoice choice;
  std::vector<std::int64_t> points;  ///< numbers of its points, network by network
  /// Cycles, times and energies summed over the networks; of quantities that do not add up, such as
  /// area and ratios, the mean.
  std::vector<double> sums;
  std::vector<double> means;  ///< geometric means over the networks, each counted once
  bool on_front_of_sums = false, on_front_of_means = false;
};

/// All of them, in order of the first objective's geometric mean. Empty for a sweep of one network,
/// and where networks are alternatives of one task.
std::vector<TogetherPoint> together(const SweepSpec& spec, const std::vector<SweepMember>& members);

/// Those on the front of the sums or of the geometric means, with both.
Table together_table(const SweepSpec& spec, const std::vector<SweepMember>& members);

}  // namespace escalate
