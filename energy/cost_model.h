// What one component costs: pJ for each of its actions, area and leakage, from its class and size
// and a table of the technology node, or from a table of the user's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "energy/component.h"
#include "energy/energy_config.h"
#include "energy/energy_table.h"
#include "energy/sram_model.h"

namespace escalate {

/// What one instance of a component costs.
struct ComponentCost {
  NamedValues<double> action_pj;
  double area_um2 = 0;
  double leakage_mw = 0;
  double leakage_pj_per_cycle = 0;            ///< besides `leakage_mw`: Accelergy's action "leak"
  std::string made_of;                        ///< class and size: "sram of 512 x 64 bits"
  std::vector<NumberSource> action_sources;   ///< sources of the energies of actions, each once
  std::vector<NumberSource> leakage_sources;  ///< sources of the leakage
  bool from_user = false;

  /// `made_of` with those sources: "sram of 512 x 64 bits, cacti (computed)".
  std::string action_basis() const;
  std::string leakage_basis() const;
};

/// Adds those of `more` that are not among `sources` yet.
void add_sources(std::vector<NumberSource>& sources, const std::vector<NumberSource>& more);

/// The table of a node that is built into the program, read once; a UserError if there is none.
const EnergyTable& builtin_energy_table(int node_nm);

class CostModel {
 public:
  /// The built-in table of `config.node_nm`. A `user_table` may name components of the machine, as
  /// Accelergy writes it, and then holds for those; what it leaves out, such as area, is taken from
  /// the node's table. Or it has the classes of a node's table ("register_bit", ...) and takes its
  /// place.
  explicit CostModel(const EnergyConfig& config,
                     const std::optional<EnergyTable>& user_table = std::nullopt);

  /// A UserError if its size is out of range or the table lacks a class; InternalError for a class
  /// or attribute that does not exist.
  ComponentCost cost(const Component& component) const;

  /// Names of the actions that a component of its class has.
  std::vector<std::string> actions_of(const Component& component) const;

  /// Whether an SRAM of that size is within the computed ones.
  bool covers_sram(std::int64_t width, std::int64_t depth) const;

  /// The class of a memory of that size: "sram" or "register_file". A memory smaller than all
  /// computed SRAMs is whichever takes less area: registers, or the smallest such SRAM of its width
  /// with words left unused. So area never falls when words are added.
  std::string memory_kind(std::int64_t width, std::int64_t depth) const;

  /// Shortest time between accesses of an SRAM of that size.
  double sram_cycle_ns(std::int64_t width, std::int64_t depth) const;

  const EnergyConfig& config() const { return config_; }
  const EnergyTable& table() const { return table_; }
  /// The user's table of components, if there is one.
  const std::optional<EnergyTable>& component_table() const { return component_table_; }

 private:
  ComponentCost class_cost(const Component& component) const;
  ComponentCost sram_cost(const Component& component) const;
  ComponentCost register_file_cost(const Component& component) const;
  ComponentCost arithmetic_cost(const Component& component) const;
  ComponentCost logic_cost(const Component& component) const;
  ComponentCost wire_cost(const Component& component) const;
  ComponentCost dram_cost(const Component& component) const;
  ComponentCost dram_device_cost(const Component& component) const;
  ComponentCost dram_interface_cost(const Component& component) const;
  const TableEntry& dram_entry(std::string_view name) const;
  const TableEntry& entry(std::string_view name, std::string_view variant = "") const;
  void add_sources_of(const TableEntry& entry, ComponentCost& cost) const;

  EnergyConfig config_;
  EnergyTable table_;
  std::optional<EnergyTable> component_table_;
  SramModel sram_;
};

}  // namespace escalate
