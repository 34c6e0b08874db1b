#include "apps/compare_config.h"

#include "apps/energy_option.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "energy/accelerator_energy.h"
#include "escalate/inside/contest.h"

namespace escalate {
namespace {

constexpr const char* kOption = "--accelerator-config";
constexpr const char* kMachine = "escalate";

/// Takes over one "NAME=FILE".
void read_accelerator_file(const std::string& assignment, BaselinesConfig& baselines) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == assignment.size()) {
    throw UserError({"", 0, kOption}, "expected NAME=FILE, got '" + assignment + "'");
  }
  const std::string name = assignment.substr(0, equals);
  BaselineParameters* parameters = nullptr;
  try {
    parameters = &baselines.of_machine(name);
  } catch (const UserError& error) {
    throw UserError({"", 0, kOption}, error.message());
  }
  ConfigView view;
  parameters->add_to(view, "");
  view.read_yaml(assignment.substr(equals + 1));
  validate_config(*parameters, view);
}

}  // namespace

CostModel CompareConfig::costs_of(const std::string& accelerator) const {
  const std::string machine =
      accelerator == kMachine ? accelerator : baselines.registry().machine_of(accelerator).name;
  return CostModel(run.energy, tables.of(accelerator, machine));
}

CompareConfig load_compare_config(const CommonOptions& options,
                                  const std::vector<std::string>& accelerator_files,
                                  const BaselineRegistry& registry,
                                  const std::vector<std::string>& tables) {
  // The file is read once, since it may come from a pipe, and taken over twice: the others'
  // parameters follow the machine's, and may be given in the same file.
  const std::string arch = options.arch.empty() ? "" : read_text_file(options.arch);
  CompareConfig machine(registry);
  ConfigView machine_view;
  machine.add_to(machine_view);
  machine_view.read_yaml_text(arch, options.arch);
  for (const std::string& setting : options.settings) machine_view.set(setting);
  validate_config(machine, machine_view);
  CompareConfig config(registry);
  config.baselines =
      comparable_baselines(common_terms(machine.run.machine, options.batch), registry);
  ConfigView view;
  config.add_to(view);
  view.read_yaml_text(arch, options.arch);
  for (const std::string& assignment : accelerator_files) {
    read_accelerator_file(assignment, config.baselines);
  }
  for (const std::string& setting : options.settings) view.set(setting);
  validate_config(config, view);
  // A machine that the tables have no energy for is refused before the runs, not after them.
  std::vector<std::string> names = registry.names();
  names.insert(names.begin(), kMachine);
  config.tables = read_tables_option(tables, names);
  accelerator_energy(config.run.machine, config.costs_of(kMachine));
  return config;
}

}  // namespace escalate
