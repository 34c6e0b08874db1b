// Runs the points of a sweep, each in a process of its own.
#pragma once

#include <functional>
#include <string>

#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

/// A point to run.
struct SweepPoint {
  std::string workload;
  SweepChoice choice;
  SweepSettings settings;
};

/// What a point is, behind an interface: the sweep knows nothing of networks.
class SweepEvaluator {
 public:
  virtual ~SweepEvaluator() = default;
  /// Everything that the point's result depends on; points of equal content run once.
  virtual std::string content(const SweepPoint& point) = 0;
  /// Quantities known before it runs: quantities_before().
  virtual NamedValues<double> before(const SweepPoint& point) = 0;
  /// Called in the parent before the point's process starts: what points have in common is made
  /// once and shared.
  virtual void prepare(const SweepPoint& point) = 0;
  /// Called in a process of its own. Gives quantities_of_result() and the whole result.
  virtual SweepRecord evaluate(const SweepPoint& point) = 0;
};

struct SweepOptions {
  int jobs = 1;
  bool quiet = false;
  /// Asked between points; true: stop, keeping what is finished.
  std::function<bool()> stop = [] { return false; };
};

struct SweepCounts {
  std::int64_t sweep = 0;  ///< its id in the store
  std::int64_t points = 0, done = 0, failed = 0, excluded = 0;
  std::int64_t ran = 0;  ///< in this call
  bool stopped = false;
};

/// Enters the sweep and runs every point that the store does not have. A point that fails, takes
/// too long or too much memory is recorded with the reason, and the sweep goes on.
SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      const SweepOptions& options);

}  // namespace escalate
