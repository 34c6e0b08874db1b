#include "baselines/accelerator_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/interruption.h"
#include "common/math.h"

namespace escalate {

BaselineRun AcceleratorModel::run(const LayerWorkload& layer, const ProductSink& sink) const {
  interruption_point();
  layer.validate();
  BaselineRun run = compute(layer, sink);
  run.name = layer.name;
  run.kind = layer.kind;
  run.macs_dense = layer.dense_macs();
  run.multiplier_cycles["macs"] = run.macs;
  run_shared_parts(layer, run);
  check(layer, run);
  run.utilization = run.compute_cycles == 0
                        ? 0
                        : static_cast<double>(run.macs) / (static_cast<double>(multipliers()) *
                                                           static_cast<double>(run.compute_cycles));
  return run;
}

void AcceleratorModel::run_shared_parts(const LayerWorkload& layer, BaselineRun& run) const {
  const DramRun dram = run_dram(parts_, clock_mhz_, run.counters.value_of("dram_read_bytes"),
                                run.counters.value_of("dram_written_bytes"));
  run.dram = dram.counters;
  run.dram_cycles = dram.cycles;
  // Energy is for whole bursts.
  run.counters["dram_read_bytes"] = dram.counters.read_bursts * parts_.dram.burst_bytes;
  run.counters["dram_written_bytes"] = dram.counters.write_bursts * parts_.dram.burst_bytes;
  run.counters["dram_activations"] = dram.counters.activations;
  run.counters["dram_open_ps"] = dram.counters.open_ps;
  if (parts_.post_lanes > 0) {
    const std::int64_t outputs = layer.out.size() * layer.images();
    run.counters["outputs_requantized"] = outputs;
    run.counters["residual_additions"] = layer.residual_additions;
    run.counters["products_requantized"] = 0;
    run.counters["pool_operands"] = 0;
    run.post_cycles = ceil_div(outputs, parts_.post_lanes);
  }
  run.cycles =
      std::max(run.dram_cycles, dram.first_cycles + std::max(run.compute_cycles, run.post_cycles));
}

void AcceleratorModel::check(const LayerWorkload& layer, const BaselineRun& run) const {
  const std::int64_t pairs = matched_pairs(layer, skips_of(layer));
  if (run.macs != pairs) {
    broken(fmt::format("layer '{}' has {} products, expected {}", layer.name, run.macs, pairs));
  }
  if (run.macs > multipliers() * run.compute_cycles) {
    broken(fmt::format("layer '{}' has a utilization above 1", layer.name));
  }
  if (run.multiplier_cycles.sum() != multipliers() * run.compute_cycles) {
    broken(fmt::format(
        "layer '{}' accounts for {} multiplier cycles of {}, work and reasons for none together",
        layer.name, run.multiplier_cycles.sum(), multipliers() * run.compute_cycles));
  }
}

void AcceleratorModel::broken(const std::string& message) const {
  throw InternalError(fmt::format("{}: {}", name(), message));
}

}  // namespace escalate
