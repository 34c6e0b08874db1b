// Results for tests: a small one of two layers with every field set, and one with real energies.
#pragma once

#include "machine/config.h"
#include "machine/counters.h"
#include "report/result_energy.h"

namespace escalate {

inline Result example_result() {
  LayerResult conv;
  conv.name = "conv1";
  conv.kind = "conv";
  conv.bound_by = "mac";
  conv.cycles = 1000;
  conv.macs_dense = 64000;
  conv.counters = {{"macs", 12000}, {"ca_additions", 3400}};
  conv.row_states = {{"work", 900}, {"wait_input", 100}};
  conv.dram = {{"read_bursts", 12}, {"row_hits", 10}};
  conv.energy_pj = {{"dram", 5120.5}, {"multipliers", 2400.25}, {"leakage", 10.0}};
  conv.utilization = {{"ca", 0.25}, {"mac", 0.75}, {"dram", 0.1}};
  conv.density = {{"input", 0.5}, {"coefficient", 0.125}};
  LayerResult fc = conv;
  fc.name = "fc, \"the last\"";
  fc.kind = "fc";
  fc.bound_by = "dram";
  fc.cycles = 500;
  fc.macs_dense = 6400;
  fc.counters = {{"macs", 0}, {"weight_bytes_read", 77}};
  fc.energy_pj = {{"dram", 10240.0}, {"leakage", 5.0}};

  Result result;
  result.view = "transaction";
  result.network = "example";
  result.config = {{"blocks", 8}, {"ca", {{"lanes", 16}}}};
  result.images = 2;
  result.layers = {conv, fc};
  result.total.cycles_by_image = {700, 800};
  result.verification = {4096, 0};
  result.area_mm2 = {{"global_buffer", 3.25}, {"pe_blocks", 4.5}};
  result.peak_per_cycle = {{"ca", 3072}, {"mac", 960}, {"dram", 32}};
  result.classes = {3, 8};
  result.top1 = 0.5;
  sum_up(result, 800e6);
  return result;
}

/// A result of several layers whose counters are made up but agree with each other, charged with
/// the energy of the default machine.
inline Result charged_example(int num_layers = 6) {
  Result result;
  result.view = "transaction";
  result.network = "made-up";
  const MachineConfig machine;
  result.config = fields_to_json(machine);
  for (int i = 0; i < num_layers; ++i) {
    MachineCounters counters;
    const std::int64_t work = 10000 * (1 + (i * 7) % 5);
    counters.coefficient_bytes_loaded = work / 8;
    counters.activation_bytes_loaded = work / (1 + i);
    counters.activation_bytes_stored = work / 16;
    counters.dram_read_bytes =
        counters.coefficient_bytes_loaded + counters.activation_bytes_loaded + 64 * 3;
    counters.dram_written_bytes = counters.activation_bytes_stored + 48;
    counters.ca_additions = 40 * work;
    counters.macs = 9 * work;
    counters.line_buffer_updates = 9 * work;
    LayerResult layer;
    layer.name = "conv" + std::to_string(i + 1);
    layer.kind = "conv";
    layer.bound_by = i % 3 == 0 ? "mac" : i % 3 == 1 ? "ca" : "dram";
    layer.cycles = work / 3;
    layer.macs_dense = 300 * work;
    layer.counters = named_counts(counters);
    const std::int64_t rows = 192 * layer.cycles;
    layer.row_states = {
        {"work", rows / 2}, {"wait_input", rows / 4}, {"idle", rows - rows / 2 - rows / 4}};
    layer.utilization = {{"ca", 0.4}, {"mac", 0.3 + 0.1 * (i % 4)}, {"dram", 0.2}};
    layer.density = {{"input", 0.5}, {"coefficient", 0.1}, {"intermediate", 0.8}};
    result.layers.push_back(layer);
  }
  result.peak_per_cycle = {{"ca", 3072}, {"mac", 1152}, {"dram", 64}};
  charge_energy(result, machine, EnergyConfig{});
  return result;
}

}  // namespace escalate
