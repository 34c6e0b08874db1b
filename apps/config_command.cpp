#include "apps/config_command.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/common_options.h"
#include "apps/energy_option.h"
#include "apps/output.h"
#include "baselines/baselines_config.h"
#include "common/config.h"
#include "common/console.h"
#include "common/enum_names.h"
#include "common/error.h"
#include "common/json.h"
#include "common/table.h"
#include "energy/accelerator_energy.h"
#include "energy/memory_sizes.h"
#include "energy/run_config.h"

namespace escalate {
namespace {

/// The values by their full names.
Json flat_json(const ConfigView& view) {
  Json json = Json::object();
  for (const ConfigView::Field& field : view.fields()) json[field.name] = field.value();
  return json;
}

/// What a page of the documentation says above its tables.
std::string introduction() {
  return "# Configuration\n\n"
         "Every parameter of the machine and of its energy tables is here, as `escalate config "
         "--format markdown` prints it.\n"
         "A YAML file for `--arch` gives some of them, `--set KEY=VALUE` one; `escalate config "
         "--format yaml` writes a file to\n"
         "begin with. The value is the default. A source \"assumption\" is ours: the machine's "
         "authors print no sizes.\n"
         "[microarchitecture.md](microarchitecture.md) says what the parameters mean to the cycle, "
         "[energy.md](energy.md) to the\n"
         "picojoule. Parameters of other accelerators stand [below](#other-accelerators).\n\n";
}

/// The parameters of all baselines, but for those of DRAM and DMA that are as the machine's.
std::string baselines_section(const ConfigView& machine) {
  std::string text =
      "\n## Other accelerators\n\n"
      "These run beside the machine in `escalate compare` ([baselines.md](baselines.md)), and have "
      "the sizes of their papers\n"
      "here. `escalate config --accelerator scnn` prints them, and configs/scnn.yaml holds them. "
      "For a comparison they get\n"
      "common terms instead, which `compare --accelerator-config scnn=FILE` and `--set "
      "baselines.scnn.KEY=VALUE` change.\n"
      "Parameters of DRAM and DMA are left out where they are as above.\n";
  const Json of_machine = flat_json(machine);
  BaselinesConfig baselines;
  for (const Baseline& baseline : baselines.registry().machines()) {
    ConfigView view;
    baselines.of_machine(baseline.name).add_to(view, "");
    const Json values = flat_json(view);
    const Table table = view.reference([&](const std::string& name) {
      const bool is_shared = name.starts_with("dram.") || name.starts_with("dma.");
      return !is_shared || values.at(name) != of_machine.at(name);
    });
    text += fmt::format("\n### {}\n\n{}", baseline.title, table.markdown());
  }
  return text;
}

/// What is shown: the machine's parameters, or another accelerator's.
struct Shown {
  ConfigView view;
  Json json;
  bool is_machine = true;
  std::function<std::string(Screen)> memories = [](Screen) { return ""; };
};

std::string formatted(const Shown& shown, FileForm form, Screen screen) {
  switch (form) {
    case FileForm::kYaml:
      return shown.view.yaml();
    case FileForm::kJson:
      return shown.json.dump(2) + "\n";
    case FileForm::kMarkdown:  // docs/configuration.md, where nothing is set
      if (!shown.is_machine) return shown.view.reference().markdown();
      return introduction() + shown.view.reference().markdown() + baselines_section(shown.view);
    case FileForm::kCsv:
      return shown.view.reference().csv();
    case FileForm::kText:
      return shown.view.reference().text(screen) + shown.memories(screen);
    case FileForm::kHtml:
    case FileForm::kOnnx:
    case FileForm::kProgram:
    case FileForm::kAssembly:
    case FileForm::kTrace:
    case FileForm::kSvg:
    case FileForm::kPdf:
    case FileForm::kPng:
      break;
  }
  throw InternalError("a form that `config` does not offer");
}

/// The memories of the machine, and what those of other sizes than by default follow.
std::string memories_text(const RunConfig& machine, const std::optional<EnergyTable>& table,
                          Screen screen) {
  const CostModel costs(machine.energy, table);
  try {
    return "\n" + memory_table(accelerator_components(machine.machine, costs), costs).text(screen) +
           changed_memories_text(changed_memories(machine.machine, costs));
  } catch (const UserError& error) {
    return fmt::format("\nno memories: {}\n", error.what());
  }
}

/// Takes over what `options` set of `config`, whose view is in `shown`.
template <class Config>
void take_settings(const Config& config, const CommonOptions& options, Shown& shown) {
  if (!options.arch.empty()) shown.view.read_yaml(options.arch);
  for (const std::string& setting : options.settings) shown.view.set(setting);
  validate_config(config, shown.view);
}

void present(const Shown& shown, const CommonOptions& options, FileForm form, Outputs& outputs) {
  if (options.output.empty()) {
    put_text(formatted(shown, form, screen_of(stdout)));
  } else {
    outputs.write("output", [&] { return formatted(shown, form, {}); });
    outputs.commit();
  }
}

}  // namespace

int run_config(const std::vector<std::string>& args) {
  CommonOptions options;
  FileForm format = FileForm::kText;
  std::string accelerator = "escalate";
  std::string energy;
  CommandLine line(
      "config", "",
      "Prints every parameter of the machine and its energy table: value, unit, meaning, source;\n"
      "and every memory that these make, with its bytes.");
  line.common(options, {CommonOption::kArch, CommonOption::kOutput, CommonOption::kJson})
      .option({"accelerator", "NAME",
               fmt::format("whose parameters: escalate (default); {} as published, for compare "
                           "--accelerator-config. --arch and --set are of that one",
                           one_of(builtin_baselines().machine_names()))},
              accelerator)
      .option({"energy", "FILE", "table of energies and areas that the memories are measured by"},
              energy)
      .option(
          {"format", "NAME",
           "table, yaml (a file for --arch), json, markdown or csv (default: by the ending of -o, "
           "else table)"},
          format);
  if (!line.parse(args, 0, 0)) return static_cast<int>(ExitStatus::kDone);
  if (options.json && line.given("format") && format != FileForm::kJson) {
    line.refuse({"format"}, "--json is given");
  }
  if (options.json) format = FileForm::kJson;
  const bool is_asked = options.json || line.given("format");
  Outputs outputs(line);
  const FileForm form = open_output(
      outputs, options.output,
      {FileForm::kYaml, FileForm::kJson, FileForm::kMarkdown, FileForm::kCsv, FileForm::kText},
      is_asked ? std::optional(format) : std::nullopt);

  if (form != FileForm::kText) line.refuse({"energy"}, "the table of memories is text only");

  Shown shown;
  RunConfig machine;
  BaselinesConfig baselines;
  if (accelerator == "escalate") {
    shown.view.add(machine);
    take_settings(machine, options, shown);
    const std::optional<EnergyTable> table = read_energy_option(energy);
    shown.memories = [machine, table](Screen screen) {
      return memories_text(machine, table, screen);
    };
    shown.json = fields_to_json(machine);
  } else {
    line.refuse({"energy"}, "the memories of escalate are shown");
    BaselineParameters& parameters = baselines.of_machine(accelerator);
    shown.is_machine = false;
    parameters.add_to(shown.view, "");
    take_settings(parameters, options, shown);
    shown.json = parameters.to_json();
  }
  present(shown, options, form, outputs);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
