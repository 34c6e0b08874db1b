// Where the points of a sweep run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/record.h"
#include "sweep/spec.h"

namespace escalate {

/// A point to run.
struct SweepPoint {
  SweepWorkload workload;
  SweepChoice choice;
  SweepSettings settings;
};

/// What a point is, behind an interface: the sweep knows nothing of networks.
class SweepEvaluator {
 public:
  virtual ~SweepEvaluator() = default;
  /// The program that evaluates: points of another program's are others.
  virtual std::string version() const = 0;
  /// Everything besides the version that the point's result depends on; points of equal content run
  /// once.
  virtual std::string content(const SweepPoint& point) = 0;
  /// Address space of this process that is one with that of the points' processes.
  virtual int shared_megabytes() const { return 0; }
  /// Called before the point's process starts: what points have in common is made once and shared.
  virtual void prepare(const SweepPoint& point) = 0;
  /// Called in a process of its own. Gives the quantities of the result and the whole result.
  virtual SweepRecord evaluate(const SweepPoint& point) = 0;
};

/// A point on its way through an engine.
struct SweepTask {
  std::string key;  ///< digest of its content
  SweepPoint point;
};

/// What an engine works on, and whom it tells.
struct SweepWork {
  /// The next point to run; none: there are no more for now.
  std::function<std::optional<SweepTask>()> next;
  /// A point is done or has failed.
  std::function<void(const SweepTask&, SweepRecord)> finished;
  /// Asked now and then; true: stop soon, what is not finished is not told.
  std::function<bool()> stop;
};

class SweepEngine {
 public:
  virtual ~SweepEngine() = default;
  /// Runs all points of `work`.
  virtual void run(const SweepWork& work) = 0;
  /// How many points it asks for before it begins: more than it needs would keep them from other
  /// sweeps of the store.
  virtual std::size_t points_at_once() const = 0;
};

/// Each point in a process of its own on this machine, `jobs` (>= 1) at a time. One that takes
/// longer than `timeout_s` or more address space than `memory_mb`, besides what all share, has
/// failed.
class LocalEngine : public SweepEngine {
 public:
  struct Limits {
    int timeout_s;
    int memory_mb;
  };
  LocalEngine(SweepEvaluator& evaluator, int jobs, Limits limits)
      : evaluator_(evaluator), jobs_(jobs), limits_(limits) {}
  void run(const SweepWork& work) override;
  std::size_t points_at_once() const override { return 1; }

 private:
  SweepEvaluator& evaluator_;
  int jobs_;
  Limits limits_;
};

}  // namespace escalate
