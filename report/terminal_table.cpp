#include "report/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace escalate {
namespace {

constexpr std::size_t kMostGroups = 5;

struct EnergyUnit {
  const char* name;
  double pj;
};

/// The largest unit in which the total is at least 10.
EnergyUnit unit_for(double total_pj) {
  constexpr std::array<EnergyUnit, 4> kUnits = {{{"mJ", 1e9}, {"uJ", 1e6}, {"nJ", 1e3}, {"pJ", 1}}};
  for (const EnergyUnit& unit : kUnits) {
    if (total_pj >= 10 * unit.pj) return unit;
  }
  return kUnits.back();
}

/// The groups that take most of the total, in the order of the result; the rest is "other".
std::vector<std::string> main_groups(const Result& result) {
  std::vector<std::pair<double, std::string>> by_energy;
  for (const auto& [group, pj] : result.total.energy_by_component_pj)
    by_energy.push_back({-pj, group});
  std::stable_sort(by_energy.begin(), by_energy.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (by_energy.size() > kMostGroups) by_energy.resize(kMostGroups);
  std::set<std::string> kept;
  for (const auto& entry : by_energy) kept.insert(entry.second);
  std::vector<std::string> groups;
  for (const std::string& group : result.total.energy_by_component_pj.names()) {
    if (kept.count(group) > 0) groups.push_back(group);
  }
  return groups;
}

std::vector<std::string> resources(const Result& result) {
  NamedValues<double> all;
  for (const LayerResult& layer : result.layers) all.add(layer.utilization);
  return all.names();
}

Emphasis emphasis_of(const std::string& bound_by) {
  return bound_by == "ca" || bound_by == "mac" ? Emphasis::kGreen : Emphasis::kYellow;
}

std::string in_unit(double pj, const EnergyUnit& unit) {
  return fmt::format("{:.2f}", pj / unit.pj);
}

void add_energies(std::vector<Table::Cell>& row, const NamedValues<double>& energy_pj,
                  const std::vector<std::string>& groups, bool has_other, const EnergyUnit& unit) {
  row.push_back(in_unit(energy_pj.sum(), unit));
  double shown = 0;
  for (const std::string& group : groups) {
    row.push_back(in_unit(energy_pj.value_of(group), unit));
    shown += energy_pj.value_of(group);
  }
  if (has_other) row.push_back(in_unit(energy_pj.sum() - shown, unit));
}

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

Table layer_table(const Result& result) {
  const EnergyUnit unit = unit_for(result.total.energy_pj);
  const std::vector<std::string> groups = main_groups(result);
  const std::vector<std::string> used = resources(result);
  const bool has_other = result.total.energy_by_component_pj.size() > groups.size();
  std::vector<Table::Column> columns = {
      {"layer"}, {"kind"}, {"cycles", Align::kRight}, {"share", Align::kRight}, {"bound by"}};
  for (const std::string& resource : used) columns.push_back({resource, Align::kRight});
  columns.push_back({"energy", Align::kRight, unit.name});
  for (const std::string& group : groups) columns.push_back({group, Align::kRight});
  if (has_other) columns.push_back({"other", Align::kRight});

  Table table(columns);
  for (const LayerResult& layer : result.layers) {
    std::vector<Table::Cell> row = {layer.name,
                                    layer.kind,
                                    format_count(layer.cycles),
                                    format_percent(share(layer.cycles, result.total.cycles)),
                                    {layer.bound_by, emphasis_of(layer.bound_by)}};
    for (const std::string& resource : used) {
      const double* utilization = layer.utilization.find(resource);
      row.push_back(utilization == nullptr ? "-" : format_percent(*utilization));
    }
    add_energies(row, layer.energy_pj, groups, has_other, unit);
    table.add_row(std::move(row));
  }
  table.add_rule();
  std::vector<Table::Cell> row = {"total", "", format_count(result.total.cycles),
                                  format_percent(result.total.cycles > 0 ? 1 : 0), ""};
  row.resize(row.size() + used.size(), Table::Cell(""));
  add_energies(row, result.total.energy_by_component_pj, groups, has_other, unit);
  for (Table::Cell& cell : row) cell.emphasis = Emphasis::kBold;
  table.add_row(std::move(row));
  return table;
}

std::string summary_text(const Result& result) {
  const TotalResult& total = result.total;
  std::string text = fmt::format("{} on {}", result.network, result.accelerator);
  if (!result.view.empty()) text += fmt::format(", {} view", result.view);
  text += fmt::format(", {} image{}\n", result.images, result.images == 1 ? "" : "s");
  text += fmt::format("time    {} cycles, {}", format_count(total.cycles),
                      format_si(total.seconds, "s"));
  if (total.seconds > 0) {
    text += fmt::format(", {:.1f} images/s", static_cast<double>(result.images) / total.seconds);
  }
  const double joules = total.energy_pj * 1e-12;
  text += fmt::format("\nenergy  {}, {}, EDP {}", format_si(joules, "J"),
                      format_si(result.power_w(), "W"), format_si(joules * total.seconds, "Js"));
  if (result.images > 1) {
    text +=
        fmt::format(", {} an image", format_si(joules / static_cast<double>(result.images), "J"));
  }
  text += "\n";
  if (!result.area_mm2.empty()) text += fmt::format("area    {:.2f} mm2\n", result.area_mm2.sum());
  if (result.top1) text += fmt::format("top-1   {}\n", format_percent(*result.top1));
  const VerificationResult& verification = result.verification;
  text += verification.checked_outputs == 0
              ? std::string("values  not verified\n")
              : fmt::format("values  {} outputs verified, {} differ\n",
                            format_count(verification.checked_outputs),
                            format_count(verification.mismatches));
  return text;
}

std::string terminal_text(const Result& result, bool colour) {
  return layer_table(result).text(colour) + "\n" + summary_text(result);
}

}  // namespace escalate
