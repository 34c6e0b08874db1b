#include "apps/energy_command.h"

#include <fmt/format.h>

#include <optional>

#include "apps/common_options.h"
#include "apps/compare_config.h"
#include "apps/energy_option.h"
#include "apps/output.h"
#include "baselines/baselines_config.h"
#include "common/console.h"
#include "common/error.h"
#include "energy/accelerator_energy.h"
#include "energy/run_config.h"

namespace escalate {
namespace {

Documents documents_of_components(const EnergyModel& model, const std::string& output) {
  return {{FileForm::kYaml, [&, output] { return model.to_table(output).yaml(); }},
          {FileForm::kCsv, [&] { return model.components().csv(); }},
          {FileForm::kMarkdown, [&] {
             return model.components().markdown() + "\n" +
                    sources_table(model.sources()).markdown();
           }}};
}

Documents documents_of_classes(const EnergyTable& table) {
  return {{FileForm::kYaml, [&] { return table.yaml(); }}};
}

/// What the parts of another accelerator cost, as `compare` runs it.
EnergyModel energy_of_baseline(const std::string& name, const CommonOptions& options,
                               const std::optional<EnergyTable>& table) {
  const CompareConfig config = load_compare_config(options, {}, builtin_baselines(), {});
  const CostModel costs(config.run.energy, table);
  try {
    return {costs, make_baseline(name, config.baselines)->components(costs)};
  } catch (const UserError& error) {
    if (!error.place().file.empty() || !error.place().key.empty()) throw;
    throw UserError({"", 0, "--accelerator"}, error.message());
  }
}

}  // namespace

int run_energy(const std::vector<std::string>& args) {
  CommonOptions options;
  std::string user_table;
  bool of_classes = false;
  std::string accelerator = "escalate";
  CommandLine line(
      "energy", "",
      "Prints what each component of the machine costs: pJ of its actions, area,\n"
      "leakage, and the sources of these numbers. -o FILE.yaml writes them as a table\n"
      "in Accelergy's form, which --energy takes back; also .csv and .md.\n"
      "With --classes it writes the numbers of all sizes of adders, memories and so on\n"
      "that these are made from: the beginning of a technology of your own, which\n"
      "--energy of every command takes. --accelerator NAME is of another machine, as\n"
      "compare runs it.");
  line.common(options, {CommonOption::kArch, CommonOption::kOutput})
      .option({"energy", "FILE", "table of energies in place of the built-in one (Accelergy YAML)"},
              user_table)
      .option({"accelerator", "NAME",
               fmt::format("escalate (default) or {}; --set baselines.NAME.KEY=VALUE sets one of "
                           "its parameters",
                           one_of(builtin_baselines().names()))},
              accelerator)
      .flag({"classes", "", "with -o FILE.yaml: the table of the node in place of the machine's"},
            of_classes);
  if (!line.parse(args, 0, 0)) return static_cast<int>(ExitStatus::kDone);

  Outputs outputs(line);
  if (of_classes) {
    line.refuse({"energy", "accelerator"}, "--classes writes the table of energy.node_nm");
    if (options.output.empty()) throw UserError({"", 0, "--classes"}, "expected -o FILE.yaml");
    outputs.add("output", options.output, {FileForm::kYaml});
  } else {
    outputs.add("output", options.output, {FileForm::kYaml, FileForm::kCsv, FileForm::kMarkdown});
  }
  // In a list of its own, since a machine of ours alone has no key "baselines".
  const bool is_ours = accelerator == "escalate";
  const RunConfig config =
      is_ours ? load_config<RunConfig>(options.arch, options.settings) : RunConfig{};
  if (of_classes) {
    outputs.write("output", documents_of_classes(builtin_energy_table(config.energy.node_nm)));
    outputs.commit();
    return static_cast<int>(ExitStatus::kDone);
  }
  const std::optional<EnergyTable> table = read_energy_option(user_table);
  const EnergyModel model =
      is_ours ? accelerator_energy(config.machine, CostModel(config.energy, table))
              : energy_of_baseline(accelerator, options, table);
  tell_table_use(model, table, config.energy);
  if (!options.output.empty()) {
    outputs.write("output", documents_of_components(model, options.output));
    outputs.commit();
    return static_cast<int>(ExitStatus::kDone);
  }
  const Screen screen = screen_of(stdout);
  put("{}\n{}", model.components().text(screen), sources_table(model.sources()).text(screen));
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
