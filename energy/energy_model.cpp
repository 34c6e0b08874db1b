#include "energy/energy_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/error.h"

namespace escalate {
namespace {

std::string actions_text(const ComponentCost& cost) {
  std::string text;
  for (const auto& [action, pj] : cost.action_pj) {
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", action, pj);
  }
  return text;
}

bool is_on_chip(const Component& component) { return !component.kind.starts_with("dram"); }

const NumberSource& clock_source() {
  static const NumberSource kSource = {
      "clock_ratio", NumberKind::kAssumption,
      "energy.clock_ratio times the energy of the action: by default as in EIE, ISCA 2016, Table "
      "II "
      "(45 nm, 800 MHz), where the clock network takes 1.874 mW beside 7.283 mW of all else"};
  return kSource;
}

}  // namespace

double energy_of_line(std::int64_t count, double pj_each) {
  const double pj = static_cast<double>(count) * pj_each;
  return std::ldexp(std::nearbyint(std::ldexp(pj, 10)), -10);
}

NamedValues<double> EnergyReport::by_group() const {
  NamedValues<double> sums;
  for (const EnergyEntry& entry : entries) sums[entry.group] += entry.pj;
  return sums;
}

NamedValues<double> EnergyReport::by_component() const {
  NamedValues<double> sums;
  for (const EnergyEntry& entry : entries) sums[entry.component] += entry.pj;
  return sums;
}

double EnergyReport::total_pj() const {
  double sum = 0;
  for (const EnergyEntry& entry : entries) sum += entry.pj;
  return sum;
}

void EnergyReport::add(const EnergyReport& other) {
  if (entries.empty()) {
    entries = other.entries;
    return;
  }
  ensure(entries.size() == other.entries.size(), "energies of different machines are added");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const EnergyEntry& line = other.entries[i];
    ensure(entries[i].component == line.component && entries[i].action == line.action &&
               entries[i].counter == line.counter && entries[i].pj_each == line.pj_each,
           "energies of different machines are added");
    entries[i].count += line.count;
    entries[i].pj += line.pj;
  }
}

EnergyModel::EnergyModel(const CostModel& costs, MachineComponents machine)
    : machine_(std::move(machine)), clock_ratio_(costs.config().clock_ratio) {
  ensure(machine_.clock_hz > 0, "a machine without a clock");
  for (const Component& component : machine_.components) {
    const bool is_new = costs_.emplace(component.name, costs.cost(component)).second;
    ensure(is_new, [&] { return "two components are named " + component.name; });
  }
  if (costs.component_table()) table_use_ = use_of_table(*costs.component_table(), machine_, costs);
  check_rules();
}

void EnergyModel::check_rules() const {
  for (const ActionRule& rule : machine_.rules) {
    ensure(cost(rule.component).action_pj.contains(rule.action),
           [&] { return rule.component + " has no action " + rule.action; });
  }
}

const ComponentCost& EnergyModel::cost(const std::string& component) const {
  const auto found = costs_.find(component);
  ensure(found != costs_.end(), [&] { return "there is no component " + component; });
  return found->second;
}

double EnergyModel::leakage_pj_per_cycle(const Component& component) const {
  const ComponentCost& of_one = cost(component.name);
  const double pj_per_second = of_one.leakage_mw * 1e9;
  return static_cast<double>(component.count) *
         (pj_per_second / machine_.clock_hz + of_one.leakage_pj_per_cycle);
}

std::vector<NumberSource> EnergyModel::sources() const {
  std::vector<NumberSource> all;
  for (const Component& component : machine_.components) {
    add_sources(all, cost(component.name).action_sources);
    add_sources(all, cost(component.name).leakage_sources);
  }
  if (clock_ratio_ > 0) add_sources(all, {clock_source()});
  return all;
}

EnergyReport EnergyModel::evaluate(const NamedCounts& counters, std::int64_t cycles) const {
  std::map<std::string, const Component*> components;
  for (const Component& component : machine_.components) components[component.name] = &component;
  EnergyReport report;
  const auto add_rules = [&](const auto& group_of, double factor) {
    for (const ActionRule& rule : machine_.rules) {
      const std::string group(group_of(*components.at(rule.component)));
      if (group.empty()) continue;
      const std::int64_t* count =
          rule.counter == kCyclesCounter ? &cycles : counters.find(rule.counter);
      ensure(count != nullptr, [&] { return "there is no counter " + rule.counter; });
      const double pj_each =
          factor * rule.actions * cost(rule.component).action_pj.value_of(rule.action);
      report.entries.push_back({group, rule.component, rule.action, rule.counter, *count, pj_each,
                                energy_of_line(*count, pj_each)});
    }
  };
  add_rules([](const Component& component) { return component.group; }, 1);
  if (clock_ratio_ > 0) {
    add_rules([](const Component& component) { return is_on_chip(component) ? kClockTree : ""; },
              clock_ratio_);
  }
  for (const Component& component : machine_.components) {
    const double pj_each = leakage_pj_per_cycle(component);
    if (pj_each == 0) continue;
    report.entries.push_back({std::string(kLeakage), component.name, "leak",
                              std::string(kCyclesCounter), cycles, pj_each,
                              energy_of_line(cycles, pj_each)});
  }
  return report;
}

std::string EnergyModel::basis_of(const EnergyEntry& entry) const {
  const ComponentCost& of_one = cost(entry.component);
  if (entry.group == kLeakage) return of_one.leakage_basis();
  if (entry.group != kClockTree) return of_one.action_basis();
  return fmt::format("{} x {}, {} ({})", clock_ratio_, of_one.made_of, clock_source().id,
                     enum_name(clock_source().kind));
}

NamedValues<double> EnergyModel::area_mm2_by_component() const {
  NamedValues<double> areas;
  for (const Component& component : machine_.components) {
    const double area = static_cast<double>(component.count) * cost(component.name).area_um2 * 1e-6;
    if (area > 0) areas[component.name] += area;
  }
  return areas;
}

NamedValues<double> EnergyModel::area_mm2_by_group() const {
  NamedValues<double> areas;
  const NamedValues<double> by_component = area_mm2_by_component();
  for (const Component& component : machine_.components) {
    const double area = by_component.value_of(component.name);
    if (area > 0) areas[component.group] += area;
  }
  return areas;
}

double EnergyModel::leakage_mw() const {
  double pj_per_cycle = 0;
  for (const Component& component : machine_.components) {
    pj_per_cycle += leakage_pj_per_cycle(component);
  }
  return pj_per_cycle * machine_.clock_hz * 1e-9;
}

Table EnergyModel::components() const {
  Table table({{"group"},
               {"component"},
               {"count", Align::kRight},
               {"actions", Align::kLeft, "pJ"},
               {"area", Align::kRight, "mm2"},
               {"leakage", Align::kRight, "mW"},
               {"basis"}});
  const NamedValues<double> areas = area_mm2_by_component();
  for (const Component& component : machine_.components) {
    const ComponentCost& of_one = cost(component.name);
    table.add_row(
        {component.group, component.name, format_count(component.count), actions_text(of_one),
         fmt::format("{:.4f}", areas.value_of(component.name)),
         fmt::format("{:.4g}", leakage_pj_per_cycle(component) * machine_.clock_hz * 1e-9),
         of_one.action_basis()});
  }
  table.add_rule();
  table.add_row({"total", "", "", "", fmt::format("{:.4f}", areas.sum()),
                 fmt::format("{:.4g}", leakage_mw()), ""});
  return table;
}

EnergyTable EnergyModel::to_table(const std::string& name) const {
  EnergyTable table;
  table.name = name;
  for (const Component& component : machine_.components) {
    const ComponentCost& of_one = cost(component.name);
    TableEntry entry;
    entry.name = component.name;
    for (const auto& [action, pj] : of_one.action_pj) entry.actions[action].value = pj;
    entry.area_um2 = TableNumber{of_one.area_um2, ""};
    entry.leakage_mw = TableNumber{of_one.leakage_mw, ""};
    if (of_one.leakage_pj_per_cycle > 0) entry.actions["leak"].value = of_one.leakage_pj_per_cycle;
    table.entries.push_back(std::move(entry));
  }
  return table;
}

}  // namespace escalate
