#include "buffers/simulation.h"

#include <fmt/format.h>

#include "common/error.h"

namespace escalate {
namespace {

template <class Run>
void with_our_errors(Run&& run) {
  try {
    run();
  } catch (const sc_core::sc_report& report) {
    const char* process = report.get_process_name();
    throw InternalError(fmt::format("{} (in {} at {} ps)", report.get_msg(),
                                    process ? process : "the simulation",
                                    to_picoseconds(report.get_time())));
  }
}

}  // namespace

void check_time_resolution() {
  ensure(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS),
         "SystemC's time resolution is one picosecond");
}

void run_simulation() {
  with_our_errors([] { sc_core::sc_start(); });
}

void run_simulation_for(Picoseconds duration) {
  with_our_errors([&] { sc_core::sc_start(to_sc_time(duration)); });
}

}  // namespace escalate
