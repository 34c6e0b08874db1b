// Which points a sweep is to try, in what order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sweep/record.h"
#include "sweep/spec.h"

namespace escalate {

/// One combination on one workload.
struct PlannedPoint {
  std::string workload;  ///< its name
  SweepChoice choice;
};

/// Hands out points batch by batch. Its choice depends on the specification and on what it was
/// told, and on nothing else. A sweep that goes on after a kill tells it again what the store has,
/// and gets the same points.
class SweepPlan {
 public:
  virtual ~SweepPlan() = default;
  /// The next points, all different from those before; empty: there are no more. All points handed
  /// out before have been told of.
  virtual std::vector<PlannedPoint> next() = 0;
  virtual void learn(const PlannedPoint& point, const SweepRecord& record) = 0;
  /// Whether the next points depend on what it is told.
  virtual bool learns() const = 0;
  /// The plan hands out no more points than these.
  virtual std::int64_t most_points() const = 0;
};

std::unique_ptr<SweepPlan> plan_of(const SweepSpec& spec);

/// The choices of a strategy that knows them all from the start, in order and without repetition:
/// all of a grid, or `points` drawn with the seed (fewer if there are no more).
std::vector<SweepChoice> choices_of(const SweepSpec& spec);

}  // namespace escalate
