// Machines, energy tables and sweep specifications.
#include "common/config.h"
#include "common/error.h"
#include "energy/accelerator_energy.h"
#include "energy/energy_table.h"
#include "energy/run_config.h"
#include "fuzz/memory_file.h"
#include "fuzz/mutations.h"
#include "fuzz/targets.h"
#include "sweep/spec.h"

namespace escalate {
namespace {

// The file of --arch; lines behind one that is "--set" are settings.
void read_machine(const std::string& bytes) {
  RunConfig config;
  ConfigView view(config);
  constexpr std::string_view kSettings = "\n--set\n";
  const std::size_t end = bytes.find(kSettings);
  view.read_yaml_text(bytes.substr(0, end), "fuzz.yaml");
  for (std::size_t at = end; at != std::string::npos;) {
    at = at == end ? at + kSettings.size() : at + 1;
    const std::size_t line_end = bytes.find('\n', at);
    view.set(bytes.substr(at, line_end - at));
    at = line_end;
  }
  validate_config(config, view);
  const std::string again = view.yaml();
  RunConfig same;
  ConfigView same_view(same);
  same_view.read_yaml_text(again, "again.yaml");
  ensure(equal_fields(same, config), "a machine is what its own YAML says");
  accelerator_components(config.machine, CostModel(config.energy));
}

void read_energy_table(const std::string& bytes) {
  const EnergyTable table = EnergyTable::parse(bytes, "fuzz.yaml");
  const RunConfig config;
  accelerator_energy(config.machine, CostModel(config.energy, table));
}

void read_spec(const std::string& bytes) {
  const SweepSpec spec = stored_sweep_spec("fuzz.yaml", bytes, {"net.yaml"});
  const auto base = base_choice(spec);
  if (base) values_before(settings_of(spec, *base).config);
}

}  // namespace

FuzzTarget machine_target() {
  return {"machine", "a machine's YAML and settings", run<read_machine>, mutated_text};
}

FuzzTarget energy_table_target() {
  return {"energy_table", "a table of energies", run<read_energy_table>, mutated_text};
}

FuzzTarget sweep_spec_target() {
  return {"sweep_spec", "a sweep's specification", run<read_spec>, mutated_text};
}

}  // namespace escalate
