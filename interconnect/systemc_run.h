// SystemC time in whole picoseconds, and a run of the simulation whose failures are ours.
#pragma once

#include <systemc>

#include "machine/clock.h"

namespace escalate {

/// InternalError unless SystemC's resolution is one picosecond, as all that follows takes for
/// granted; modules ask in their constructors.
void check_time_resolution();

/// `time`, which is not negative, as SystemC's time.
inline sc_core::sc_time to_sc_time(Picoseconds time) {
  return sc_core::sc_time::from_value(std::uint64_t(time));
}
inline Picoseconds to_picoseconds(const sc_core::sc_time& time) {
  return std::int64_t(time.value());
}
inline Picoseconds simulated_time() { return to_picoseconds(sc_core::sc_time_stamp()); }

/// Runs the simulation until nothing is left to do. What a process throws comes out as an
/// InternalError that names the process and the time.
void run_simulation();

/// The same, for `duration` at most.
void run_simulation_for(Picoseconds duration);

}  // namespace escalate
