#include "apps/config_command.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "apps/common_options.h"
#include "apps/output.h"
#include "baselines/baselines_config.h"
#include "common/config.h"
#include "common/console.h"
#include "common/error.h"
#include "common/json.h"
#include "common/table.h"
#include "energy/run_config.h"

namespace escalate {
namespace {

/// The fields by their full names.
template <class Config>
Json flat_json(const Config& config) {
  Json json = Json::object();
  for_each_field(config, [&](const std::string& name, const FieldDoc&, const auto& member) {
    json[name] = value_to_json(member);
  });
  return json;
}

/// What values a parameter may have: "1 to 1024", "lstp, hp", "true or false".
template <class T>
std::string constraint_of(const FieldDoc& doc) {
  if constexpr (NamedEnum<T>) {
    std::vector<std::string> names;
    for (const auto& entry : EnumNames<T>::kNames) names.emplace_back(entry.second);
    return one_of(names);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else {
    return doc.range() + (doc.also.empty() ? "" : "; ") + std::string(doc.also);
  }
}

/// Every parameter of `config` whose name `is_shown` takes; one that is not the default is
/// emphasised.
template <class Config, class IsShown>
Table reference(const Config& config, IsShown&& is_shown) {
  Table table({{"parameter"},
               {"value", Align::kRight},
               {"unit"},
               {"constraint", Align::kLeft, "", 1},
               {"meaning"},
               {"source", Align::kLeft, "", 2}});
  const Json defaults = flat_json(Config{});
  for_each_field(config, [&](const std::string& name, const FieldDoc& doc, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if (!is_shown(name)) return;
    const Json value = value_to_json(member);
    const bool is_default = value == defaults.at(name);
    table.add_row({name,
                   {value.is_string() ? value.get<std::string>() : value.dump(),
                    is_default ? Emphasis::kNone : Emphasis::kBold},
                   std::string(doc.unit),
                   constraint_of<Member>(doc),
                   std::string(doc.description),
                   std::string(doc.source)});
  });
  return table;
}

bool any_name(const std::string&) { return true; }

/// What a page of the documentation says above its tables.
std::string introduction(const RunConfig&) {
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
std::string baselines_section(const RunConfig& machine) {
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
  const BaselinesConfig baselines;
  BaselinesConfig::fields(baselines, [&](const FieldDoc& doc, const auto& config) {
    const Json values = flat_json(config);
    const Table table = reference(config, [&](const std::string& name) {
      const bool is_shared = name.starts_with("dram.") || name.starts_with("dma.");
      return !is_shared || values.at(name) != of_machine.at(name);
    });
    text += fmt::format("\n### {}\n\n{}", doc.description, table.markdown());
  });
  return text;
}

/// docs/configuration.md, where nothing is set.
std::string page(const RunConfig& config) {
  return introduction(config) + reference(config, any_name).markdown() + baselines_section(config);
}

template <class Config>
std::string page(const Config& config) {
  return reference(config, any_name).markdown();
}

template <class Config>
std::string formatted(const Config& config, const ConfigView& view, FileForm form, Screen screen) {
  switch (form) {
    case FileForm::kYaml:
      return view.yaml();
    case FileForm::kJson:
      return fields_to_json(config).dump(2) + "\n";
    case FileForm::kMarkdown:
      return page(config);
    case FileForm::kCsv:
      return reference(config, any_name).csv();
    case FileForm::kText:
      return reference(config, any_name).text(screen);
    case FileForm::kHtml:
    case FileForm::kOnnx:
    case FileForm::kProgram:
    case FileForm::kAssembly:
    case FileForm::kTrace:
    case FileForm::kSvg:
      break;
  }
  throw InternalError("a form that `config` does not offer");
}

/// Takes over what `options` set of `config`, and prints or writes it.
template <class Config>
void show(Config& config, const CommonOptions& options, FileForm form, Outputs& outputs) {
  ConfigView view(config);
  if (!options.arch.empty()) view.read_yaml(options.arch);
  for (const std::string& setting : options.settings) view.set(setting);
  validate_config(config, view);
  if (options.output.empty()) {
    put_text(formatted(config, view, form, screen_of(stdout)));
  } else {
    outputs.write("output", [&] { return formatted(config, view, form, {}); });
    outputs.commit();
  }
}

}  // namespace

int run_config(const std::vector<std::string>& args) {
  CommonOptions options;
  FileForm format = FileForm::kText;
  std::string accelerator = "escalate";
  CommandLine line(
      "config", "",
      "Prints every parameter of the machine and its energy table: value, unit, meaning, source.");
  line.common(options, {CommonOption::kArch, CommonOption::kOutput, CommonOption::kJson})
      .option({"accelerator", "NAME",
               "whose parameters: escalate (default); eyeriss, scnn, dcnn or sparten as published, "
               "for compare --accelerator-config. --arch and --set are of that one"},
              accelerator)
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

  if (accelerator == "escalate") {
    RunConfig config;
    show(config, options, form, outputs);
  } else {
    BaselinesConfig baselines;
    with_baseline_config(baselines, accelerator,
                         [&](auto& config) { show(config, options, form, outputs); });
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
