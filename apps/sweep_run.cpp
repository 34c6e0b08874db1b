#include "apps/sweep_run.h"

#include <fmt/format.h>

#include <csignal>

#include "common/console.h"

namespace escalate {
namespace {

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

void stop_sweeps_on_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool are_sweeps_stopped() { return interrupted != 0; }

SweepCounts run_sweep_here(const SweepSpec& spec, SweepStore& store, NetworkEvaluator& evaluator,
                           int jobs, SweepOptions options) {
  options.stop = are_sweeps_stopped;
  LocalEngine engine(evaluator, jobs, {spec.timeout_s, spec.memory_mb});
  return run_sweep(spec, store, evaluator, engine, options);
}

ExitStatus status_of(const SweepCounts& counts) {
  if (counts.stopped) {
    tell("escalate: stopped; the same command goes on where it was\n");
    return ExitStatus::kCheckFailed;
  }
  if (counts.faults > 0) {
    tell("escalate: {} of {} points failed by a fault of the program\n", counts.faults,
         counts.points);
    return ExitStatus::kCheckFailed;
  }
  if (counts.failed > 0 && counts.done == 0) {
    tell("escalate: no point is done, {} of {} failed\n", counts.failed, counts.points);
    return ExitStatus::kCheckFailed;
  }
  return ExitStatus::kDone;
}

void warn_of_others(const StoredPoints& points, const std::string& store,
                    const NetworkEvaluator& evaluator, const std::string& option) {
  for (const std::string& what : points.unreadable) {
    warn(what + ": its points cannot be told", false);
  }
  if (points.version == evaluator.version()) return;
  warn(fmt::format("{}: these points are of another program ({}; this is {}): without {} they run "
                   "again",
                   store, points.version, evaluator.version(), option),
       false);
}

}  // namespace escalate
