#include "report/simulation_result.h"

#include <algorithm>

#include "machine/clock.h"
#include "workloads/layer_shape.h"

namespace escalate {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// Peaks of what limits the machine. A resource that `ideal.*` has freed has none.
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

double coefficient_density(const IntegerNode& node) {
  const auto& values = node.form == WeightForm::kDecomposed ? node.coefficients : node.weights;
  const auto zeros = std::count(values.begin(), values.end(), std::int8_t{0});
  return ratio(double(std::int64_t(values.size()) - zeros), double(values.size()));
}

LayerResult layer_result(const Program& program, const LayerRun& run, std::int64_t images) {
  const LayerCode& code = program.layers[std::size_t(run.layer)];
  const IntegerNode& node = program.network.nodes[std::size_t(code.node)];
  const MachineConfig& machine = program.machine;
  LayerResult layer;
  layer.name = code.name;
  layer.kind = code.kind;
  layer.shape = shape_text(program.network, code.node);
  layer.limits = limits(run, machine, rows_of_passes(program, run.layer));
  layer.bound_by = bound_by(layer.limits);
  layer.cycles = run.cycles;
  layer.macs_dense = program.network.dense_macs(code.node) * images;
  layer.counters = named_counts(run.counters);
  layer.row_states = named_counts(run.row_states);
  layer.dram = named_counts(run.dram);

  const NamedValues<double> peak = peaks(machine);
  const auto cycles = double(run.cycles);
  const double dram_bytes =
      double(run.counters.dram_read_bytes) + double(run.counters.dram_written_bytes);
  layer.utilization["rows"] = ratio(double(run.row_states.work), double(run.row_states.total()));
  const auto add = [&](const char* resource, double done) {
    const double* of_cycle = peak.find(resource);
    if (of_cycle != nullptr) layer.utilization[resource] = ratio(done, *of_cycle * cycles);
  };
  add("ca", double(run.counters.ca_additions));
  add("mac", double(run.counters.macs));
  add("dram", dram_bytes);
  layer.density["input"] = ratio(double(run.input_nonzeros), double(run.input_values));
  if (node.op == IntegerOp::kConv) layer.density["coefficient"] = coefficient_density(node);
  if (run.counters.elements > 0 && node.form == WeightForm::kDecomposed) {
    layer.density["intermediate"] =
        ratio(double(run.counters.nonzero_elements), double(run.counters.elements));
  }
  return layer;
}

}  // namespace

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

Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images) {
  Result result;
  result.view = enum_name(outcome.view);
  result.network = program.name;
  result.config = fields_to_json(program.machine);
  result.images = images;
  result.batch = program.batch;
  for (const LayerRun& run : outcome.layers) {
    result.layers.push_back(layer_result(program, run, images));
  }
  result.layers_left_out = static_cast<std::int64_t>(program.layers.size() - result.layers.size());
  result.total.cycles_by_image = outcome.cycles_by_image;
  result.verification = {outcome.verification.checked_outputs, outcome.verification.mismatches};
  result.peak_per_cycle = peaks(program.machine);
  sum_up(result, 1e12 / double(Clock(program.machine).period()));
  return result;
}

}  // namespace escalate
