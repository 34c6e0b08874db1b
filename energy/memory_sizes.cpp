#include "energy/memory_sizes.h"

#include <fmt/format.h>

#include <optional>

#include "common/config.h"
#include "common/error.h"
#include "energy/accelerator_energy.h"

namespace escalate {
namespace {

bool is_memory(const Component& component) {
  return component.kind == "sram" || component.kind == "register_file";
}

MemorySize size_of(const Component& component) {
  MemorySize size;
  size.name = component.name;
  size.is_sram = component.kind == "sram";
  size.width_bits = static_cast<std::int64_t>(component.attributes.value_of("width"));
  size.words = static_cast<std::int64_t>(component.attributes.value_of("depth"));
  size.count = component.count;
  return size;
}

NamedValues<double> bytes_of(const MachineConfig& machine, const CostModel& costs) {
  return memory_bytes(accelerator_components(machine, costs));
}

/// The bytes with one parameter changed in the default machine; none if that makes no machine.
std::optional<NamedValues<double>> bytes_with(const std::string& setting, const CostModel& costs) {
  try {
    MachineConfig changed;
    ConfigView(changed).set(setting);
    changed.validate();
    return bytes_of(changed, costs);
  } catch (const UserError&) {
    return std::nullopt;
  }
}

/// "key=value" of each parameter of the machine that is not the default's.
std::vector<std::string> settings_of(MachineConfig machine) {
  MachineConfig defaults;
  const ConfigView given(machine), standard(defaults);
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < given.fields().size(); ++i) {
    const auto& field = given.fields()[i];
    const Json value = field.value();
    if (value == standard.fields()[i].value()) continue;
    settings.push_back(field.name + "=" +
                       (value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return settings;
}

}  // namespace

double MemorySize::bytes() const {
  return static_cast<double>(count) * static_cast<double>(width_bits) * static_cast<double>(words) /
         8;
}

std::vector<MemorySize> memory_sizes(const MachineComponents& machine) {
  std::vector<MemorySize> sizes;
  for (const Component& component : machine.components) {
    if (is_memory(component)) sizes.push_back(size_of(component));
  }
  return sizes;
}

NamedValues<double> memory_bytes(const MachineComponents& machine) {
  NamedValues<double> bytes;
  for (const MemorySize& size : memory_sizes(machine)) bytes[size.name] = size.bytes();
  return bytes;
}

Table memory_table(const MachineComponents& machine, const CostModel& costs) {
  Table table({{"memory"},
               {"bytes", Align::kRight},
               {"number", Align::kRight},
               {"words of each", Align::kRight},
               {"bits of a word", Align::kRight},
               {"made of"},
               {"area", Align::kRight, "mm2"}});
  double bytes = 0;
  double area_mm2 = 0;
  for (const Component& component : machine.components) {
    if (!is_memory(component)) continue;
    const MemorySize size = size_of(component);
    const double area = static_cast<double>(size.count) * costs.cost(component).area_um2 * 1e-6;
    table.add_row({size.name, format_count(static_cast<std::int64_t>(size.bytes())),
                   format_count(size.count), format_count(size.words),
                   format_count(size.width_bits), size.is_sram ? "SRAM" : "registers",
                   fmt::format("{:.3f}", area)});
    bytes += size.bytes();
    area_mm2 += area;
  }
  table.add_rule();
  table.add_row({"total", format_count(static_cast<std::int64_t>(bytes)), "", "", "", "",
                 fmt::format("{:.3f}", area_mm2)});
  return table;
}

std::vector<ChangedMemory> changed_memories(const MachineConfig& machine, const CostModel& costs) {
  const NamedValues<double> standard = bytes_of(MachineConfig{}, costs);
  std::vector<ChangedMemory> changed;
  for (const auto& [name, bytes] : bytes_of(machine, costs)) {
    if (bytes != standard.value_of(name)) {
      changed.push_back({name, bytes, standard.value_of(name), {}});
    }
  }
  if (changed.empty()) return changed;
  for (const std::string& setting : settings_of(machine)) {
    const auto alone = bytes_with(setting, costs);
    if (!alone) continue;
    for (ChangedMemory& memory : changed) {
      if (alone->value_of(memory.name) != memory.default_bytes) memory.settings.push_back(setting);
    }
  }
  return changed;
}

std::string changed_memories_text(const std::vector<ChangedMemory>& changed) {
  std::string text;
  for (const ChangedMemory& memory : changed) {
    text += fmt::format("{}: {} instead of {}", memory.name, format_si(memory.bytes, "B"),
                        format_si(memory.default_bytes, "B"));
    if (!memory.settings.empty()) text += fmt::format(", by {}", fmt::join(memory.settings, ", "));
    text += "\n";
  }
  return text;
}

}  // namespace escalate
