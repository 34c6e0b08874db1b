#include "report/simulation_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/math.h"
#include "model/bounds.h"
#include "workloads/layer_shape.h"

namespace escalate {
namespace {

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

/// Its multipliers by blocks, slices and rows.
std::string arrangement_of(const MachineConfig& machine) {
  return fmt::format("{} x {} x {} rows of {}", machine.blocks, machine.slices, machine.rows,
                     machine.mac.multipliers);
}

}  // namespace

Result simulation_result(const Program& program, const SimulationOutcome& outcome,
                         std::int64_t images) {
  Result result;
  result.view = enum_name(outcome.view);
  result.network = program.name;
  result.arrangement = arrangement_of(program.machine);
  result.config = fields_to_json(program.machine);
  result.images = images;
  result.batch = program.batch;
  for (const LayerRun& run : outcome.layers) {
    result.layers.push_back(layer_result(program, run, images));
  }
  result.layers_left_out = static_cast<std::int64_t>(program.layers.size() - result.layers.size());
  result.total.cycles_by_image = outcome.cycles_by_image;
  result.verification = {outcome.verification.checked_outputs, outcome.verification.mismatches};
  result.values_left_out = outcome.values_left_out;
  result.peak_per_cycle = peaks(program.machine);
  sum_up(result, 1e12 / double(Clock(program.machine).period()));
  return result;
}

}  // namespace escalate
