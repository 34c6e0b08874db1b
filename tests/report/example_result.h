// A small result of two layers, with every field set.
#pragma once

#include "report/result.h"

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
  result.top1 = 0.5;
  sum_up(result, 800e6);
  return result;
}

}  // namespace escalate
