// Lists the parts of a machine in the terms of energy, each with the counters that are its actions.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/math.h"
#include "energy/cost_model.h"
#include "energy/gate_counts.h"
#include "energy/memory_banks.h"
#include "energy/shared_components.h"

namespace escalate {

/// Side of a square of that area.
inline double side_mm(double area_um2) { return std::sqrt(area_um2) * 1e-3; }

class ComponentList {
 public:
  ComponentList(const CostModel& costs, double clock_hz) : costs_(costs) {
    list_.clock_hz = clock_hz;
  }

  /// Each count of `counter` is `actions` of `action`.
  static ActionRule use(std::string action, std::string counter, double actions = 1) {
    return {"", std::move(action), std::move(counter), actions};
  }

  void add(Component component, std::vector<ActionRule> rules) {
    for (ActionRule& rule : rules) {
      rule.component = component.name;
      list_.rules.push_back(std::move(rule));
    }
    list_.components.push_back(std::move(component));
  }

  void add(std::vector<ListedComponent> listed) {
    for (ListedComponent& one : listed) add(std::move(one.component), std::move(one.rules));
  }

  /// An SRAM of `depth` words, or registers where those are smaller.
  void add_memory(std::string name, std::string group, std::int64_t width, std::int64_t depth,
                  std::int64_t count, std::vector<ActionRule> rules) {
    add({std::move(name),
         std::move(group),
         costs_.memory_kind(width, depth),
         {{"width", static_cast<double>(width)}, {"depth", static_cast<double>(depth)}},
         count},
        std::move(rules));
  }
  /// Registers, whatever their number, where a paper says that they are.
  void add_registers(std::string name, std::string group, std::int64_t width, std::int64_t depth,
                     std::int64_t count, std::vector<ActionRule> rules) {
    add({std::move(name),
         std::move(group),
         "register_file",
         {{"width", static_cast<double>(width)}, {"depth", static_cast<double>(depth)}},
         count},
        std::move(rules));
  }
  /// A buffer in `banks` banks of 64-bit words, and its wires; each of `rules` uses both.
  void add_buffer(const std::string& name, const std::string& group, std::int64_t words,
                  std::int64_t banks, std::vector<ActionRule> rules) {
    std::vector<ActionRule> transfers = rules;
    for (ActionRule& rule : transfers) rule.action = "transfer";
    add_memory(name, group, 64, ceil_div(words, banks), banks, std::move(rules));
    const Component& bank = list_.components.back();
    const double area_um2 = static_cast<double>(banks) * costs_.cost(bank).area_um2;
    add_wire(name + "_wires", group, 64, bank_wire_mm(area_um2), std::move(transfers));
  }
  /// The banks of a buffer whose paper does not say, by the rule of all machines.
  std::int64_t banks_of(std::int64_t words, std::int64_t least_banks) const {
    BankedMemory memory;
    memory.width = memory.narrowest = 64;
    memory.words = words;
    memory.least_banks = least_banks;
    return num_banks(memory, costs_, list_.clock_hz);
  }
  void add_adders(std::string name, std::string group, int width, std::int64_t count,
                  std::vector<ActionRule> rules) {
    add({std::move(name), std::move(group), "adder", {{"width", double(width)}}, count},
        std::move(rules));
  }
  /// Multipliers of `width_a` by `width_b` bits.
  void add_multipliers(int width_a, int width_b, std::int64_t count,
                       std::vector<ActionRule> rules) {
    add({"multipliers",
         "multipliers",
         "multiplier",
         {{"width_a", double(width_a)}, {"width_b", double(width_b)}},
         count},
        std::move(rules));
  }
  void add_logic(std::string name, std::string group, const GateCounts& gates, std::int64_t count,
                 std::vector<ActionRule> rules) {
    add({std::move(name), std::move(group), "logic", gates.attributes(), count}, std::move(rules));
  }
  /// `width` wires of that length.
  void add_wire(std::string name, std::string group, int width, double length_mm,
                std::vector<ActionRule> rules) {
    add({std::move(name),
         std::move(group),
         "wire",
         {{"width", double(width)}, {"length_mm", length_mm}},
         1},
        std::move(rules));
  }
  /// Wires of `width` bits that cross `sides` sides of a square as large as all parts listed so far
  /// together.
  void add_wires(std::string name, std::string group, int width, double sides,
                 std::vector<ActionRule> rules) {
    const double area = area_um2([](const Component&) { return true; });
    add_wire(std::move(name), std::move(group), width, sides * side_mm(area), std::move(rules));
  }
  double clock_hz() const { return list_.clock_hz; }
  /// Of the parts listed so far that `counts` takes, um2.
  template <class Counts>
  double area_um2(Counts&& counts) const {
    double area = 0;
    for (const Component& component : list_.components) {
      if (counts(component)) {
        area += static_cast<double>(component.count) * costs_.cost(component).area_um2;
      }
    }
    return area;
  }
  MachineComponents take() { return std::move(list_); }

 private:
  const CostModel& costs_;
  MachineComponents list_;
};

}  // namespace escalate
