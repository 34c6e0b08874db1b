#include "report/simulation_result.h"

#include <algorithm>

#include "common/clock.h"

namespace escalate {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

NamedValues<double> peaks(const MachineConfig& machine) {
  const double period_ns = double(Clock(machine).period()) * 1e-3;
  NamedValues<double> peak;
  peak["ca"] = double(machine.adder_inputs());
  peak["mac"] = double(machine.multipliers());
  peak["dram"] =
      double(machine.dram.channels) * machine.dram.burst_bytes * period_ns / machine.dram.burst_ns;
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
  layer.bound_by = bound_by(run);
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
  layer.utilization["ca"] = ratio(double(run.counters.ca_additions), peak.value_of("ca") * cycles);
  layer.utilization["mac"] = ratio(double(run.counters.macs), peak.value_of("mac") * cycles);
  if (!machine.ideal.dram) {
    layer.utilization["dram"] = ratio(dram_bytes, peak.value_of("dram") * cycles);
  }
  layer.density["input"] = ratio(double(run.input_nonzeros), double(run.input_values));
  if (node.op == IntegerOp::kConv) layer.density["coefficient"] = coefficient_density(node);
  if (run.counters.elements > 0 && node.form == WeightForm::kDecomposed) {
    layer.density["intermediate"] =
        ratio(double(run.counters.nonzero_elements), double(run.counters.elements));
  }
  return layer;
}

}  // namespace

std::string bound_by(const LayerRun& run) {
  const RowStates& states = run.row_states;
  const bool is_mac = run.counters.mac_busy_cycles > run.counters.ca_busy_cycles;
  const bool is_post = run.waited_for_post > run.waited_for_dram;
  const std::pair<std::int64_t, const char*> causes[] = {
      {states.work, is_mac ? "mac" : "ca"},
      {states.wait_input, "input"},
      {states.wait_weights, "weights"},
      {states.queue_full + states.wait_merge, "merge"},
      {states.idle, is_post ? "post" : "dram"}};
  return std::max_element(std::begin(causes), std::end(causes),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images) {
  Result result;
  result.view = enum_name(outcome.view);
  result.network = program.name;
  result.config = fields_to_json(program.machine);
  result.images = images;
  for (const LayerRun& run : outcome.layers) {
    result.layers.push_back(layer_result(program, run, images));
  }
  result.total.cycles_by_image = outcome.cycles_by_image;
  result.verification = {outcome.verification.checked_outputs, outcome.verification.mismatches};
  result.peak_per_cycle = peaks(program.machine);
  sum_up(result, 1e12 / double(Clock(program.machine).period()));
  return result;
}

}  // namespace escalate
