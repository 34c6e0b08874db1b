// What commands that run sweeps have in common: they stop between points when asked to, and say how
// it went.
#pragma once

#include <optional>
#include <string>

#include "common/error.h"
#include "escalate/inside/sweep_evaluator.h"
#include "sweep/runner.h"

namespace escalate {

/// From now on Ctrl-C and SIGTERM end sweeps between points.
void stop_sweeps_on_signals();
bool are_sweeps_stopped();

/// Runs the sweep by processes of this machine; `options.stop` is are_sweeps_stopped().
SweepCounts run_sweep_here(const SweepSpec& spec, SweepStore& store, NetworkEvaluator& evaluator,
                           int jobs, SweepOptions options);

/// 1 where there is nothing to go on with, or something is wrong with the program itself; it is
/// told on standard error. Points that failed otherwise belong to a search: machines that cannot
/// be, or that take too long.
ExitStatus status_of(const SweepCounts& counts);

/// Warns of points that are shown, but are not those that this program would run now.
void warn_of_others(const StoredPoints& points, const std::string& store,
                    const NetworkEvaluator& evaluator, const std::string& option);

}  // namespace escalate
