// Energy = counters x table, and nothing else: every picojoule is a line that names its counter.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/named_values.h"
#include "common/table.h"
#include "energy/component.h"
#include "energy/cost_model.h"
#include "energy/table_use.h"

namespace escalate {

/// The group that all leakage is summed under.
inline constexpr std::string_view kLeakage = "leakage";

/// The group that the clock network is summed under: a share of each on-chip action.
inline constexpr std::string_view kClockTree = "clock_tree";

/// What leakage, and what else goes by time, is charged by in place of a counter.
inline constexpr std::string_view kCyclesCounter = "cycles";

/// Picojoules of one line: the nearest multiple of 2^-10 pJ. Such numbers add up without rounding.
double energy_of_line(std::int64_t count, double pj_each);

/// One line: `count` of `counter` times `pj_each`.
struct EnergyEntry {
  std::string group;
  std::string component;
  std::string action;
  std::string counter;  ///< "cycles" for leakage
  std::int64_t count = 0;
  double pj_each = 0;  ///< for one of the counter
  double pj = 0;       ///< a multiple of 2^-10 pJ: sums of them are exact in any order (below 8 J)

  bool operator==(const EnergyEntry&) const = default;
};

struct EnergyReport {
  std::vector<EnergyEntry> entries;

  NamedValues<double> by_group() const;
  NamedValues<double> by_component() const;
  double total_pj() const;

  /// Adds the counts and energies of another report of the same machine, line by line;
  /// InternalError if the lines are not the same.
  void add(const EnergyReport& other);
};

class EnergyModel {
 public:
  /// InternalError for rules without their component; a UserError for what is wrong with the
  /// user's table, if there is one (TableUse).
  EnergyModel(const CostModel& costs, MachineComponents machine);

  /// `counters` has every counter of the rules but kCyclesCounter (InternalError otherwise).
  /// `cycles` leak.
  EnergyReport evaluate(const NamedCounts& counters, std::int64_t cycles) const;

  NamedValues<double> area_mm2_by_group() const;
  NamedValues<double> area_mm2_by_component() const;
  /// All that leaks, in milliwatts.
  double leakage_mw() const;

  /// What the energy of a line is made from, with its sources.
  std::string basis_of(const EnergyEntry& entry) const;

  /// What was taken of the user's table of components, if there is one.
  const std::optional<TableUse>& table_use() const { return table_use_; }

  const MachineComponents& machine() const { return machine_; }
  const ComponentCost& cost(const std::string& component) const;

  /// What the energies of all components come from, each source once.
  std::vector<NumberSource> sources() const;

  /// The components: group, name, count, pJ by action, area, leakage, and what the energies are
  /// made from; the last line is the total of area and leakage.
  Table components() const;

  /// The machine as a table of its own in Accelergy's form, one entry a component, which the
  /// program takes back by `--energy`.
  EnergyTable to_table(const std::string& name) const;

 private:
  double leakage_pj_per_cycle(const Component& component) const;
  void check_rules() const;

  MachineComponents machine_;
  double clock_ratio_;
  std::map<std::string, ComponentCost> costs_;
  std::optional<TableUse> table_use_;
};

}  // namespace escalate
