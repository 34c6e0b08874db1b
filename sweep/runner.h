// Runs the points of a sweep that its store does not have.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sweep/engine.h"
#include "sweep/spec.h"
#include "sweep/store.h"

namespace escalate {

struct SweepOptions {
  bool quiet = false;
  bool retry_failed = false;  ///< run the sweep's points again that failed
  /// Asked between points; true: stop, keeping what is finished.
  std::function<bool()> stop = [] { return false; };
  /// Told how many points are finished, and how many there are at most.
  std::function<void(std::int64_t done, std::int64_t most)> progress = {};
};

struct SweepCounts {
  std::int64_t sweep = 0;  ///< its id in the store
  std::int64_t points = 0, done = 0, failed = 0, excluded = 0;
  std::int64_t faults = 0;  ///< failed ones by a fault of the program
  std::int64_t ran = 0;     ///< in this call, excluded ones not counted
  bool stopped = false;
};

/// Enters the sweep and runs on `engine` every point that the store does not have. A point that
/// fails, takes too long or too much memory is recorded with the reason, and the sweep goes on.
/// Points that another sweep of the store is at are left to it and waited for. Between points there
/// are interruption points: what is finished then is kept, as after a stop.
SweepCounts run_sweep(const SweepSpec& spec, SweepStore& store, SweepEvaluator& evaluator,
                      SweepEngine& engine, const SweepOptions& options);

/// The points of a specification as a store has them.
struct StoredPoints {
  std::vector<SweepMember> members;
  std::string
      version;  ///< version of the program that ran them; the evaluator's if none has been run
  std::vector<std::string> unreadable;  ///< what is wrong with networks or images
};

/// What run_sweep() would leave if it ran nothing. Where the evaluator's version has no record of
/// the specification's points, those of another one that has most.
StoredPoints stored_points(const SweepSpec& spec, const SweepStore& store,
                           SweepEvaluator& evaluator);

}  // namespace escalate
