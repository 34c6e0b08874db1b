#include "model/bounds.h"

#include <algorithm>
#include <variant>

#include "common/math.h"
#include "machine/clock.h"

namespace escalate {
namespace {}  // namespace

NamedValues<double> peaks(const MachineConfig& machine) {
  const double period_ns = double(Clock(machine).period()) * 1e-3;
  NamedValues<double> peak;
  if (!machine.ideal.ca) peak["ca"] = double(machine.adder_inputs());
  if (!machine.ideal.mac) peak["mac"] = double(machine.multipliers());
  if (!machine.ideal.dram) {
    peak["dram"] = double(machine.dram.channels) * machine.dram.burst_bytes * period_ns /
                   machine.dram.burst_ns;
  }
  return peak;
}

double rows_of_passes(const Program& program, int layer) {
  const LayerCode& code = program.layers[std::size_t(layer)];
  const auto compute = std::size_t(Stream::kCompute);
  double rows = 0, passes = 0;
  for (int i = code.begin[compute]; i < code.end[compute]; ++i) {
    const Instruction& instruction = program.streams[compute][std::size_t(i)];
    const auto* run = std::get_if<Run>(&instruction.operation);
    if (run == nullptr) continue;
    const auto groups =
        std::count_if(run->output.groups.begin(), run->output.groups.end(),
                      [](const PassGroup& group) { return group.in_begin < group.in_end; });
    rows += double(groups) * run->output.channels * run->output.terms;
    passes += 1;
  }
  return ratio(rows, passes);
}

NamedValues<double> limits(const LayerRun& run, const MachineConfig& machine, double rows) {
  const RowStates& states = run.row_states;
  const MachineCounters& counts = run.counters;
  const auto of_rows = [&](std::int64_t row_cycles) { return ratio(double(row_cycles), rows); };
  // While the compute stream waits, the rows may still be at work on what it has sent.
  const double idle = std::max(0.0, double(run.cycles) - of_rows(states.total() - states.idle));
  const auto waited = double(run.waited_for_dram) + double(run.waited_for_post);
  const double exposed = std::min(1.0, ratio(idle, waited));
  const bool direct = counts.concentrator_steps == 0;
  const double dram_bytes = double(counts.dram_read_bytes) + double(counts.dram_written_bytes);
  NamedValues<double> cycles;
  if (!machine.ideal.input) cycles["input"] = double(counts.network_busy_cycles);
  if (!machine.ideal.ca) {
    // Dilution and concentration work at the same time, each on an element of its own.
    cycles["ca"] = of_rows(
        direct ? counts.ca_busy_cycles
               : std::max({counts.elements, counts.ring_chunks_read, counts.concentrator_steps}));
  }
  if (!machine.ideal.mac) {
    const char* unit = states.wait_weights > counts.mac_busy_cycles ? "weights" : "mac";
    cycles[unit] = of_rows(counts.mac_busy_cycles + states.wait_weights);
  }
  cycles["merge"] = of_rows(states.queue_full + states.wait_merge);
  if (!machine.ideal.dram) {
    cycles["dram"] = std::max(exposed * double(run.waited_for_dram),
                              dram_bytes / peaks(machine).value_of("dram"));
  }
  cycles["post"] = std::max(exposed * double(run.waited_for_post), double(counts.post_busy_cycles));
  return cycles;
}

std::string bound_by(const NamedValues<double>& limits) {
  std::string most;
  double cycles = -1;
  for (const auto& [name, value] : limits) {
    if (value > cycles) {
      most = name;
      cycles = value;
    }
  }
  return most;
}

}  // namespace escalate
