#include <map>
#include <string>

#include "common/json.h"
#include "energy/accelerator_energy.h"
#include "energy/cost_model.h"
#include "sweep/spec.h"

namespace escalate {
namespace {

std::int64_t sram_bytes(const MachineConfig& machine) {
  const auto with_maps = [](std::int64_t bytes) { return bytes * 9 / 8; };
  const std::int64_t row = 4 * std::int64_t{machine.mac.line_buffer_words};
  const std::int64_t block = 2 * std::int64_t{machine.coefficient_bank_bytes} +
                             with_maps(std::int64_t{machine.ring.chunks} * machine.ca.chunk) +
                             2 * 4 * std::int64_t{machine.output_bank_words} +
                             row * machine.slices * machine.rows;
  return with_maps(machine.global_buffer_bytes) + block * machine.blocks;
}

// Kept: reading a node's table takes far longer than an area.
const CostModel& cost_model(const EnergyConfig& config, const SweepTable& table) {
  static std::map<std::string, CostModel> models;
  const std::string key = fields_to_json(config).dump() + table.digest;
  const auto known = models.find(key);
  if (known != models.end()) return known->second;
  const auto own = table.table ? std::optional(*table.table) : std::nullopt;
  return models.emplace(key, CostModel(config, own)).first->second;
}

}  // namespace

const std::vector<SweepQuantity>& sweep_quantities() {
  static const std::vector<SweepQuantity> kQuantities = {
      {"area_mm2", "mm2", "on-chip area", true},
      {"multipliers", "multipliers", "multipliers of the machine", true},
      {"adder_inputs", "inputs", "lanes of all CA units", true},
      {"sram_bytes", "bytes", "bytes of all buffers, maps included", true},
      {"cycles", "cycles", "clock cycles for an image", false, true},
      {"seconds", "s", "simulated time for an image", false, true},
      {"energy_pj", "pJ", "energy for an image, DRAM and leakage included", false, true},
      {"edp_js", "J s", "energy times time, of an image", false, true},
      {"power_w", "W", "energy over time", false},
      {"area_delay_mm2s", "mm2 s", "area times the time of an image", false, true},
      {"ca_utilization", "ratio", "additions of the CA units over the most there can be", false},
      {"mac_utilization", "ratio", "multiplications over the most there can be", false},
      {"ca_bound", "ratio", "share of the cycles in layers that are bound by the CA units", false},
      {"mac_bound", "ratio", "share of the cycles in layers that are bound by the MAC units",
       false},
      {"input_bound", "ratio", "share of the cycles in layers that are bound by their input",
       false},
      {"weights_bound", "ratio", "share of the cycles in layers that are bound by weights", false},
      {"merge_bound", "ratio", "share of the cycles in layers that are bound by merges", false},
      {"dram_bound", "ratio", "share of the cycles in layers that are bound by DRAM", false},
      {"post_bound", "ratio", "share of the cycles in layers that are bound by post-processing",
       false},
      {kTop1Error, "ratio", "share of the labelled images that the int8 network gets wrong",
       false}};
  return kQuantities;
}

std::string unit_of_quantity(const std::string& name) {
  for (const SweepQuantity& quantity : sweep_quantities()) {
    if (quantity.name == name) return quantity.unit;
  }
  return "";
}

NamedValues<double> values_before(const RunConfig& config, const SweepTable& table) {
  const MachineConfig& machine = config.machine;
  NamedValues<double> values;
  values["area_mm2"] =
      accelerator_energy(machine, cost_model(config.energy, table)).area_mm2_by_group().sum();
  values["multipliers"] = double(machine.multipliers());
  values["adder_inputs"] = double(machine.adder_inputs());
  values["sram_bytes"] = double(sram_bytes(machine));
  return values;
}

}  // namespace escalate
