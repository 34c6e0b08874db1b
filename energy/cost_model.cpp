#include "energy/cost_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "common/error.h"
#include "energy/gate_counts.h"
#include "energy/node_table.h"

namespace escalate {

std::string_view embedded_energy_table(std::string_view name);  // made by cmake/EmbedFiles.cmake

namespace {

/// What an error says to whom our tables do not have.
constexpr const char* kOwnTechnology =
    "; for numbers of your own, escalate energy --classes -o FILE.yaml writes a table, and "
    "--energy FILE.yaml takes it";

double attribute(const Component& component, std::string_view name) {
  const double* value = component.attributes.find(name);
  ensure(value != nullptr && std::isfinite(*value) && *value >= 0, [&] {
    return "component " + component.name + " lacks the attribute " + std::string(name);
  });
  return *value;
}

std::int64_t whole_attribute(const Component& component, std::string_view name) {
  return static_cast<std::int64_t>(std::llround(attribute(component, name)));
}

double number_or_0(const std::optional<TableNumber>& number) { return number ? number->value : 0; }

EnergyTable node_table(const EnergyConfig& config, const std::optional<EnergyTable>& user_table) {
  if (!user_table || !is_node_table(*user_table)) return builtin_energy_table(config.node_nm);
  check_node_table(*user_table);
  return *user_table;
}

std::optional<EnergyTable> table_of_components(const std::optional<EnergyTable>& user_table) {
  return user_table && is_node_table(*user_table) ? std::nullopt : user_table;
}

/// The source of a number of that table; a number without one has the id "user".
NumberSource source_in(const EnergyTable& table, const TableNumber& number) {
  NumberSource source = table.source(number.source);
  if (source.id.empty()) source.id = "user";
  return source;
}

/// Takes what the user's table says of a component in place of what its class would give.
void take_over(const EnergyTable& table, const TableEntry& entry, ComponentCost& cost) {
  cost.from_user = true;
  cost.made_of = entry.name;
  if (!entry.actions.empty()) {
    cost.action_pj = {};
    cost.action_sources = {};
    for (const auto& [name, energy] : entry.actions) {
      cost.action_pj[name] = energy.value;
      add_sources(cost.action_sources, {source_in(table, energy)});
    }
  }
  if (entry.area_um2) cost.area_um2 = entry.area_um2->value;
  if (entry.leakage_mw) {
    cost.leakage_mw = entry.leakage_mw->value;
    cost.leakage_sources = {source_in(table, *entry.leakage_mw)};
  }
  if (const TableNumber* leak = entry.actions.find("leak")) {
    cost.leakage_pj_per_cycle = leak->value;
    cost.leakage_mw = number_or_0(entry.leakage_mw);
    cost.leakage_sources = {source_in(table, *leak)};
  }
}

std::string with_sources(const std::string& made_of, const std::vector<NumberSource>& sources) {
  std::string text = made_of;
  for (const NumberSource& source : sources) {
    text += fmt::format(", {} ({})", source.id, enum_name(source.kind));
  }
  return text;
}

}  // namespace

void add_sources(std::vector<NumberSource>& sources, const std::vector<NumberSource>& more) {
  for (const NumberSource& source : more) {
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const NumberSource& other) {
      return other.id == source.id;
    });
    if (!known) sources.push_back(source);
  }
}

std::string ComponentCost::action_basis() const { return with_sources(made_of, action_sources); }

std::string ComponentCost::leakage_basis() const { return with_sources(made_of, leakage_sources); }

template <>
DramType enum_from_name<DramType>(std::string_view text) {
  for (const auto& [type, name] : EnumNames<DramType>::kNames) {
    if (name == text) return type;
  }
  const std::vector<std::string> names = enum_names<DramType>();
  throw UserError(fmt::format("expected {}, got '{}'{}{}", one_of(names), text,
                              did_you_mean(text, names), kOwnTechnology));
}

void EnergyConfig::validate() const {
  if (embedded_energy_table(fmt::format("{}nm.yaml", node_nm)).empty()) {
    throw UserError(
        {"", 0, "node_nm"},
        fmt::format("expected 65, 45, 32, 28, 22, 16 or 7, got {}{}", node_nm, kOwnTechnology));
  }
}

const EnergyTable& builtin_energy_table(int node_nm) {
  EnergyConfig config;
  config.node_nm = node_nm;
  config.validate();
  // Reading one takes longer than all else that a cost model does.
  static std::mutex mutex;
  static std::map<int, EnergyTable> tables;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = tables.find(node_nm);
  if (found != tables.end()) return found->second;
  const std::string name = fmt::format("{}nm.yaml", node_nm);
  return tables
      .emplace(node_nm, EnergyTable::parse(std::string(embedded_energy_table(name)),
                                           "energy/tables/" + name))
      .first->second;
}

CostModel::CostModel(const EnergyConfig& config, const std::optional<EnergyTable>& user_table)
    : config_(config),
      table_(node_table(config, user_table)),
      component_table_(table_of_components(user_table)),
      sram_(table_, std::string(enum_name(config.sram_devices))) {}

bool CostModel::covers_sram(std::int64_t width, std::int64_t depth) const {
  return sram_.covers(width, depth);
}

std::string CostModel::memory_kind(std::int64_t width, std::int64_t depth) const {
  // More register bits than this are no small memory: where no SRAM is computed for them either,
  // the size is an error.
  constexpr std::int64_t kMostRegisterBits = 8192;
  const std::optional<std::int64_t> covering = sram_.covering_depth(width, depth);
  if (covering == depth || width * depth > kMostRegisterBits) return "sram";
  if (!covering) return "register_file";
  const Component registers = {
      "", "", "register_file", {{"width", double(width)}, {"depth", double(depth)}}, 1};
  return sram_.at(width, *covering).area_um2 < register_file_cost(registers).area_um2
             ? "sram"
             : "register_file";
}

double CostModel::sram_cycle_ns(std::int64_t width, std::int64_t depth) const {
  return sram_.at(width, depth).cycle_ns;
}

ComponentCost CostModel::cost(const Component& component) const {
  ComponentCost cost = class_cost(component);
  if (component_table_) {
    if (const TableEntry* entry = component_table_->find_component(component.name)) {
      take_over(*component_table_, *entry, cost);
    }
  }
  return cost;
}

std::vector<std::string> CostModel::actions_of(const Component& component) const {
  return class_cost(component).action_pj.names();
}

ComponentCost CostModel::class_cost(const Component& component) const {
  const std::string& kind = component.kind;
  if (kind == "sram") return sram_cost(component);
  if (kind == "register_file") return register_file_cost(component);
  if (kind == "adder" || kind == "multiplier") return arithmetic_cost(component);
  if (kind == "logic") return logic_cost(component);
  if (kind == "wire") return wire_cost(component);
  if (kind == "dram") return dram_cost(component);
  if (kind == "dram_device") return dram_device_cost(component);
  if (kind == "dram_interface") return dram_interface_cost(component);
  throw InternalError("component " + component.name + " is of an unknown class, " + kind);
}

const TableEntry& CostModel::entry(std::string_view name, std::string_view variant) const {
  const auto found = table_.points(name, variant);
  if (found.empty()) {
    const std::string which =
        variant.empty() ? std::string() : " of variant '" + std::string(variant) + "'";
    throw UserError({table_.name, 0, std::string(name)}, "the table has no such part" + which);
  }
  return *found.front();
}

void CostModel::add_sources_of(const TableEntry& entry, ComponentCost& cost) const {
  for (const auto& action : entry.actions) {
    add_sources(cost.action_sources, {source_in(table_, action.second)});
  }
  if (entry.leakage_mw) add_sources(cost.leakage_sources, {source_in(table_, *entry.leakage_mw)});
}

ComponentCost CostModel::sram_cost(const Component& component) const {
  const std::int64_t width = whole_attribute(component, "width");
  const std::int64_t depth = whole_attribute(component, "depth");
  const std::int64_t words = sram_.covering_depth(width, depth).value_or(depth);
  const SramNumbers numbers = sram_.at(width, words);
  ComponentCost cost;
  cost.action_pj = {{"read", numbers.read_pj}, {"write", numbers.write_pj}};
  cost.area_um2 = numbers.area_um2;
  cost.leakage_mw = numbers.leakage_mw;
  cost.made_of = fmt::format("sram of {} x {} bits", words, width);
  if (words > depth) cost.made_of += fmt::format(", {} words used", depth);
  if (numbers.banks > 1) cost.made_of += fmt::format(", {} banks", numbers.banks);
  if (numbers.parts > 1) cost.made_of += fmt::format(", {} side by side", numbers.parts);
  for (const TableEntry* point : table_.points("sram", enum_name(config_.sram_devices))) {
    add_sources_of(*point, cost);
  }
  return cost;
}

ComponentCost CostModel::register_file_cost(const Component& component) const {
  const std::int64_t width = whole_attribute(component, "width");
  const std::int64_t depth = std::max<std::int64_t>(1, whole_attribute(component, "depth"));
  const TableEntry& bit = entry("register_bit");
  const TableEntry& mux = entry("mux2");
  const double access = bit.actions.value_of("access").value;
  const double select = mux.actions.value_of("operate").value;
  const auto bits = static_cast<double>(width);
  const auto words = static_cast<double>(depth);
  ComponentCost cost;
  // A read passes one multiplexer of each stage of the tree; the others see no change.
  cost.action_pj = {{"read", bits * (access + ceil_log2(depth) * select)},
                    {"write", bits * access}};
  cost.area_um2 =
      bits * (words * number_or_0(bit.area_um2) + (words - 1) * number_or_0(mux.area_um2));
  cost.leakage_mw =
      bits * (words * number_or_0(bit.leakage_mw) + (words - 1) * number_or_0(mux.leakage_mw));
  cost.made_of = fmt::format("registers, {} x {} bits", depth, width);
  add_sources_of(bit, cost);
  if (depth > 1) add_sources_of(mux, cost);
  return cost;
}

ComponentCost CostModel::arithmetic_cost(const Component& component) const {
  const bool is_adder = component.kind == "adder";
  const std::string action = is_adder ? "add" : "multiply";
  const auto size_of = [&](const auto& values) {
    return is_adder ? values.value_of("width")
                    : values.value_of("width_a") * values.value_of("width_b");
  };
  const double size = is_adder ? attribute(component, "width")
                               : attribute(component, "width_a") * attribute(component, "width_b");
  const std::string_view variant = enum_name(config_.arithmetic);
  std::vector<const TableEntry*> points = table_.points(component.kind, variant);
  if (points.empty()) entry(component.kind, variant);
  std::sort(points.begin(), points.end(), [&](const TableEntry* a, const TableEntry* b) {
    return size_of(a->attributes) < size_of(b->attributes);
  });
  const auto above = std::find_if(points.begin(), points.end(), [&](const TableEntry* point) {
    return size_of(point->attributes) >= size;
  });
  if (above == points.end()) {
    throw UserError({table_.name, 0, component.kind},
                    fmt::format("{} is larger than the largest one of the table", component.name));
  }
  // A unit of no bits takes nothing, so below the first point the line goes to 0.
  const TableEntry none;
  const TableEntry& low = above == points.begin() ? none : **std::prev(above);
  const TableEntry& high = **above;
  const double low_size = size_of(low.attributes);
  const double weight = (size - low_size) / (size_of(high.attributes) - low_size);
  ComponentCost cost;
  cost.action_pj = {{action, std::lerp(low.actions.value_of(action).value,
                                       high.actions.value_of(action).value, weight)}};
  cost.area_um2 = std::lerp(number_or_0(low.area_um2), number_or_0(high.area_um2), weight);
  cost.leakage_mw = std::lerp(number_or_0(low.leakage_mw), number_or_0(high.leakage_mw), weight);
  cost.made_of =
      is_adder ? fmt::format("adder of {} bits", size)
               : fmt::format("multiplier of {} x {} bits", component.attributes.value_of("width_a"),
                             component.attributes.value_of("width_b"));
  if (size > low_size && size < size_of(high.attributes)) add_sources_of(low, cost);
  add_sources_of(high, cost);
  return cost;
}

ComponentCost CostModel::logic_cost(const Component& component) const {
  ComponentCost cost;
  cost.action_pj["operate"] = 0;
  // `part` is what one of the attribute's number costs, its energy that of its only action.
  const auto add = [&](const std::string& attribute_name, const ComponentCost& part) {
    const double number = attribute(component, attribute_name);
    if (number == 0) return;
    cost.action_pj["operate"] += number * part.action_pj.sum();
    cost.area_um2 += number * part.area_um2;
    cost.leakage_mw += number * part.leakage_mw;
    add_sources(cost.action_sources, part.action_sources);
    add_sources(cost.leakage_sources, part.leakage_sources);
    cost.made_of +=
        fmt::format("{}{} {}", cost.made_of.empty() ? "logic: " : ", ", number, attribute_name);
  };
  const auto part_of = [&](const TableEntry& entry, const std::string& action) {
    ComponentCost part;
    part.action_pj[action] = entry.actions.value_of(action).value;
    part.area_um2 = number_or_0(entry.area_um2);
    part.leakage_mw = number_or_0(entry.leakage_mw);
    add_sources_of(entry, part);
    return part;
  };
  add("mux2", part_of(entry("mux2"), "operate"));
  add("gates", part_of(entry("gate"), "operate"));
  add("adder_bits", part_of(entry("full_adder", enum_name(config_.arithmetic)), "add"));
  add("registers", part_of(entry("register_bit"), "access"));
  return cost;
}

ComponentCost CostModel::wire_cost(const Component& component) const {
  const TableEntry& wire = entry("wire_bit_mm");
  const double bits = attribute(component, "width");
  const double length_mm = attribute(component, "length_mm");
  ComponentCost cost;
  cost.action_pj = {{"transfer", bits * length_mm * wire.actions.value_of("transfer").value}};
  cost.made_of = fmt::format("wires, {} bits, {:.3f} mm", bits, length_mm);
  add_sources_of(wire, cost);
  return cost;
}

ComponentCost CostModel::dram_cost(const Component& component) const {
  const TableEntry& bit = entry("dram_bit", enum_name(config_.dram_type));
  const double word_pj = attribute(component, "width") * bit.actions.value_of("transfer").value;
  ComponentCost cost;
  cost.action_pj = {{"read", word_pj}, {"write", word_pj}};
  cost.made_of =
      fmt::format("{}, {} bits", enum_name(config_.dram_type), attribute(component, "width"));
  add_sources_of(bit, cost);
  return cost;
}

const TableEntry& CostModel::dram_entry(std::string_view name) const {
  const std::string_view type = enum_name(config_.dram_type);
  const auto found = table_.points(name, type);
  if (!found.empty()) return *found.front();
  throw UserError({table_.name, 0, std::string(name)},
                  fmt::format("the table has none of {}, whose commands energy.dram_model=commands "
                              "charges; bits needs none",
                              type));
}

// A channel is as many devices side by side as reach its bandwidth. They refresh, and draw standby
// currents, together; what an activation takes goes by the bytes of the row.
ComponentCost CostModel::dram_device_cost(const Component& component) const {
  const TableEntry& device = dram_entry("dram_device");
  const double page_bytes = device.attributes.value_of("page_bytes");
  const double rate = device.attributes.value_of("bytes_per_ns");
  if (page_bytes <= 0 || rate <= 0) {
    throw UserError({table_.name, device.line.number, device.name},
                    "expected page_bytes and bytes_per_ns of more than 0");
  }
  constexpr double kRounding = 1e-9;
  const double devices =
      std::max(1.0, std::ceil(attribute(component, "bytes_per_ns") / rate - kRounding));
  const double rows = attribute(component, "row_bytes") / page_bytes;
  const double bits = attribute(component, "width");
  ComponentCost cost;
  for (const auto& [action, factor] :
       {std::pair{"activate", rows}, std::pair{"read", bits}, std::pair{"write", bits},
        std::pair{"refresh", devices}, std::pair{"standby", devices}, std::pair{"open", devices}}) {
    cost.action_pj[action] = factor * device.actions.value_of(action).value;
  }
  cost.made_of = fmt::format("{}, {} devices a channel, rows of {} bytes", device.variant, devices,
                             attribute(component, "row_bytes"));
  add_sources_of(device, cost);
  return cost;
}

ComponentCost CostModel::dram_interface_cost(const Component& component) const {
  const TableEntry& interface = dram_entry("dram_interface");
  const double bits = attribute(component, "width");
  ComponentCost cost;
  cost.action_pj = {{"read", bits * interface.actions.value_of("read").value},
                    {"write", bits * interface.actions.value_of("write").value}};
  cost.made_of = fmt::format("{}, {} bits", interface.variant, bits);
  add_sources_of(interface, cost);
  return cost;
}

}  // namespace escalate
