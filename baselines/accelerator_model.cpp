#include "baselines/accelerator_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace escalate {

std::int64_t DramRoofline::transfer_cycles(std::int64_t bytes, double clock_mhz) const {
  // 10^9 bytes a second are 1000 bytes a microsecond; a MHz is one cycle a microsecond.
  const double bytes_per_cycle = bandwidth_gb_s * 1000 / clock_mhz;
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes) / bytes_per_cycle));
}

std::int64_t DramRoofline::latency_cycles(double clock_mhz) const {
  return static_cast<std::int64_t>(std::ceil(latency_ns * clock_mhz / 1000));
}

BaselineRun AcceleratorModel::run(const LayerWorkload& layer, const ProductSink& sink) const {
  layer.validate();
  BaselineRun run = compute(layer, sink);
  run.name = layer.name;
  run.kind = layer.kind;
  run.macs_dense = layer.dense_macs();
  run.multiplier_cycles["macs"] = run.macs;
  run.dram_cycles = dram().transfer_cycles(
      run.counters.value_of("dram_read_bytes") + run.counters.value_of("dram_written_bytes"),
      clock_mhz());
  run.cycles = dram().latency_cycles(clock_mhz()) + std::max(run.compute_cycles, run.dram_cycles);
  check(layer, run);
  run.utilization = run.compute_cycles == 0
                        ? 0
                        : static_cast<double>(run.macs) / (static_cast<double>(multipliers()) *
                                                           static_cast<double>(run.compute_cycles));
  return run;
}

void AcceleratorModel::check(const LayerWorkload& layer, const BaselineRun& run) const {
  const std::int64_t pairs = matched_pairs(layer, skips());
  ensure(run.macs == pairs, [&] {
    return fmt::format("{}: layer '{}' has {} products, expected {}", name(), layer.name, run.macs,
                       pairs);
  });
  ensure(run.macs <= multipliers() * run.compute_cycles, [&] {
    return fmt::format("{}: layer '{}' has a utilization above 1", name(), layer.name);
  });
  ensure(run.multiplier_cycles.sum() == multipliers() * run.compute_cycles, [&] {
    return fmt::format("{}: layer '{}' accounts for {} multiplier cycles of {}", name(), layer.name,
                       run.multiplier_cycles.sum(), multipliers() * run.compute_cycles);
  });
}

}  // namespace escalate
