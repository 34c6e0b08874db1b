// Samples the units of the cycle view into a value change dump, cycle by cycle: `--trace`.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <systemc>
#include <vector>

#include "common/vcd_writer.h"
#include "interconnect/cycle/delta_delay.h"
#include "interconnect/cycle/signal_list.h"

namespace escalate::cycle {

struct TraceOptions {
  AtomicFile* file = nullptr;  ///< written to, but not committed; outlives the machine
  /// Patterns of names of signals and units (with * and ?), whole paths or their ends; none: every
  /// signal.
  std::vector<std::string> units;
  /// Simulated time of the run to show, in picoseconds: [begin, end).
  std::int64_t begin = 0, end = std::numeric_limits<std::int64_t>::max();
};

class Tracer : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;

  /// UserError if a pattern names nothing.
  Tracer(const sc_core::sc_module_name& name, const SignalList& list, const TraceOptions& options);

  /// Writes the end of the dump.
  void end();

 private:
  void sample();

  TraceOptions options_;
  std::vector<Signal> signals_;
  std::vector<std::uint64_t> values_;
  VcdWriter vcd_;
  // Units work in the first delta cycle, and what they did is booked in the second.
  DeltaDelay all_booked_{2};
  std::int64_t last_ = 0;
};

}  // namespace escalate::cycle
