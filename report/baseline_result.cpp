#include "report/baseline_result.h"

#include "common/math.h"
#include "report/result_energy.h"
#include "workloads/layer_shape.h"

namespace escalate {
namespace {

LayerResult layer_result(const AcceleratorModel& model, const LayerWorkload& workload) {
  const BaselineRun run = model.run(workload);
  LayerResult layer;
  layer.name = run.name;
  layer.kind = run.kind;
  layer.shape = shape_text(workload.in, workload.out, workload.window, workload.groups);
  layer.bound_by = run.bound_by();
  layer.cycles = run.cycles;
  layer.macs_dense = run.macs_dense;
  layer.counters = run.counters;
  layer.counters["macs"] = run.macs;
  layer.counters["compute_cycles"] = run.compute_cycles;
  layer.row_states = run.multiplier_cycles;
  layer.dram = named_counts(run.dram);
  layer.utilization["mac"] =
      ratio(double(run.macs), double(model.multipliers()) * double(run.cycles));
  const double dram_bytes = double(run.counters.value_of("dram_read_bytes")) +
                            double(run.counters.value_of("dram_written_bytes"));
  layer.utilization["dram"] = ratio(dram_bytes, model.dram_bytes_per_cycle() * double(run.cycles));
  layer.density["input"] =
      ratio(double(workload.input_nonzeros()), double(workload.in.size()) * workload.images());
  layer.density["weight"] =
      ratio(double(workload.weights.count()), double(workload.weights.size()));
  return layer;
}

}  // namespace

Result baseline_result(const AcceleratorModel& model, const std::string& network,
                       const std::vector<LayerWorkload>& layers, const CostModel& costs) {
  Result result;
  result.accelerator = model.name();
  result.view = "analytic";
  result.network = network;
  result.arrangement = model.arrangement();
  result.config = model.config();
  result.config["energy"] = fields_to_json(costs.config());
  result.batch = model.batch();
  result.images = layers.empty() ? 0 : layers.front().images();
  for (const LayerWorkload& layer : layers) result.layers.push_back(layer_result(model, layer));
  result.peak_per_cycle["mac"] = double(model.multipliers());
  result.peak_per_cycle["dram"] = model.dram_bytes_per_cycle();
  charge_energy(result, EnergyModel(costs, model.components(costs)));
  return result;
}

}  // namespace escalate
