#include "report/result_energy.h"

#include <fmt/format.h>

#include "common/error.h"
#include "energy/accelerator_energy.h"
#include "energy/memory_sizes.h"

namespace escalate {
namespace {

std::vector<EnergyLine> table_of(const EnergyModel& model) {
  std::vector<EnergyLine> lines;
  NamedCounts none;
  for (const ActionRule& rule : model.machine().rules) none[rule.counter] = 0;
  for (const EnergyEntry& entry : model.evaluate(none, 0).entries) {
    lines.push_back({entry.group, entry.component, entry.action, entry.counter, entry.pj_each,
                     model.basis_of(entry)});
  }
  return lines;
}

}  // namespace

void charge_energy(Result& result, const EnergyModel& model) {
  result.energy_table = table_of(model);
  result.energy_sources = model.sources();
  for (LayerResult& layer : result.layers) {
    layer.energy_pj = model.evaluate(layer.counters, layer.cycles).by_group();
  }
  result.area_mm2 = model.area_mm2_by_group();
  result.memory_bytes = memory_bytes(model.machine());
  sum_up(result, model.machine().clock_hz);
}

void charge_energy(Result& result, const MachineConfig& machine, const EnergyConfig& energy,
                   const std::optional<EnergyTable>& user_table) {
  charge_energy(result, accelerator_energy(machine, CostModel(energy, user_table)));
  result.config["energy"] = fields_to_json(energy);
}

EnergyReport layer_energy(const Result& result, const LayerResult& layer) {
  EnergyReport report;
  for (const EnergyLine& line : result.energy_table) {
    const std::int64_t count =
        line.counter == kCyclesCounter ? layer.cycles : layer.counters.value_of(line.counter);
    report.entries.push_back({line.group, line.component, line.action, line.counter, count,
                              line.pj_each, energy_of_line(count, line.pj_each)});
  }
  return report;
}

EnergyReport result_energy(const Result& result) {
  EnergyReport all;
  for (const LayerResult& layer : result.layers) all.add(layer_energy(result, layer));
  return all;
}

void check_energy(const Result& result, const std::string& file) {
  if (result.energy_table.empty()) {
    if (result.total.energy_pj == 0) return;
    throw UserError({file, 0, "energy_table"}, "is missing: its energies cannot be traced");
  }
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const LayerResult& layer = result.layers[i];
    const NamedValues<double> expected = layer_energy(result, layer).by_group();
    NamedValues<double> groups = expected;
    groups.add(layer.energy_pj);
    for (const auto& [group, sum] : groups) {
      if (expected.value_of(group) == layer.energy_pj.value_of(group)) continue;
      throw UserError({file, 0, fmt::format("layers[{}].energy_pj.{}", i, group)},
                      fmt::format("expected {} pJ, which counters times energy_table give, got {}",
                                  expected.value_of(group), layer.energy_pj.value_of(group)));
    }
  }
}

Table explain_energy(const Result& result) {
  Table table({{"group"},
               {"component"},
               {"action"},
               {"counter"},
               {"count", Align::kRight},
               {"each", Align::kRight, "pJ"},
               {"energy", Align::kRight, "pJ"},
               {"share", Align::kRight},
               {"basis", Align::kLeft, "", 1}});
  const EnergyReport report = result_energy(result);
  const double total = report.total_pj();
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    const EnergyEntry& entry = report.entries[i];
    if (entry.pj == 0) continue;
    table.add_row({entry.group, entry.component, entry.action, entry.counter,
                   format_count(entry.count), fmt::format("{:.6g}", entry.pj_each),
                   fmt::format("{:.3f}", entry.pj), format_percent(entry.pj / total),
                   result.energy_table[i].basis});
  }
  table.add_rule();
  table.add_row({"total", "", "", "", "", "", fmt::format("{:.3f}", total),
                 format_percent(total > 0 ? 1 : 0), ""});
  return table;
}

}  // namespace escalate
