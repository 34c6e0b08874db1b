// Runs the points of a sweep that its store does not have.
#pragma once

#include <functional>
#include <string>

#include "sweep/engine.h"
#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

struct SweepOptions {
  bool quiet = false;
  /// Asked between points; true: stop, keeping what is finished.
  std::function<bool()> stop = [] { return false; };
};

struct SweepCounts {
  std::int64_t sweep = 0;  ///< its id in the store
  std::int64_t points = 0, done = 0, failed = 0, excluded = 0;
  std::int64_t ran = 0;  ///< in this call, excluded ones not counted
  bool stopped = false;
};

/// Enters the sweep and runs on `engine` every point that the store does not have. A point that
/// fails, takes too long or too much memory is recorded with the reason, and the sweep goes on.
SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      SweepEngine& engine, const SweepOptions& options);

}  // namespace escalate
