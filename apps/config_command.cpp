#include "apps/config_command.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "apps/common_options.h"
#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/json.h"
#include "common/machine_ranges.h"
#include "common/table.h"
#include "energy/run_config.h"

namespace escalate {
namespace {

enum class Format { kTable, kYaml, kJson, kMarkdown, kCsv };

}  // namespace

template <>
struct EnumNames<Format> {
  static constexpr auto kNames =
      std::to_array<std::pair<Format, std::string_view>>({{Format::kTable, "table"},
                                                          {Format::kYaml, "yaml"},
                                                          {Format::kJson, "json"},
                                                          {Format::kMarkdown, "markdown"},
                                                          {Format::kCsv, "csv"}});
};

namespace {

/// The fields by their full names.
Json flat_json(const RunConfig& config) {
  Json json = Json::object();
  for_each_field(config, [&](const std::string& name, const FieldDoc&, const auto& member) {
    json[name] = value_to_json(member);
  });
  return json;
}

/// What values a parameter may have: "1 to 1024", "lstp, hp", "true or false".
template <class T>
std::string constraint_of(const std::string& name, const FieldDoc& doc) {
  if constexpr (NamedEnum<T>) {
    std::vector<std::string> names;
    for (const auto& entry : EnumNames<T>::kNames) names.emplace_back(entry.second);
    return one_of(names);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if (const FieldRange* range = machine_range(name)) {
    return range->text() + (range->also.empty() ? "" : "; ") + std::string(range->also);
  } else {
    return std::isfinite(doc.min) ? fmt::format("{} or more", doc.min) : std::string();
  }
}

/// Every parameter of `config`; one that is not the default is emphasised.
Table reference(const RunConfig& config) {
  Table table({{"parameter"},
               {"value", Align::kRight},
               {"unit"},
               {"constraint", Align::kLeft, "", 1},
               {"meaning"},
               {"source", Align::kLeft, "", 2}});
  const Json defaults = flat_json(RunConfig{});
  for_each_field(config, [&](const std::string& name, const FieldDoc& doc, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    const Json value = value_to_json(member);
    const bool is_default = value == defaults.at(name);
    table.add_row({name,
                   {value.is_string() ? value.get<std::string>() : value.dump(),
                    is_default ? Emphasis::kNone : Emphasis::kBold},
                   std::string(doc.unit),
                   constraint_of<Member>(name, doc),
                   std::string(doc.description),
                   std::string(doc.source)});
  });
  return table;
}

/// docs/configuration.md, where nothing is set.
std::string configuration_page(const RunConfig& config) {
  return "# Configuration\n\n"
         "Every parameter of the machine and of its energy tables, as `escalate config --format "
         "markdown` prints it. A YAML file for `--arch` gives some of them, `--set KEY=VALUE` one; "
         "`escalate config --format yaml`\nwrites a file to begin with. The value is the default. "
         "A source \"assumption\" is ours: the machine's authors print no sizes. What the "
         "parameters mean to the cycle is in\n[microarchitecture.md](microarchitecture.md), to the "
         "picojoule in [energy.md](energy.md); those of other accelerators are in "
         "[baselines.md](baselines.md).\n\n" +
         reference(config).markdown();
}

std::string formatted(const RunConfig& config, const ConfigView& view, Format format,
                      Screen screen) {
  switch (format) {
    case Format::kYaml:
      return view.yaml();
    case Format::kJson:
      return fields_to_json(config).dump(2) + "\n";
    case Format::kMarkdown:
      return configuration_page(config);
    case Format::kCsv:
      return reference(config).csv();
    case Format::kTable:
      break;
  }
  return reference(config).text(screen);
}

}  // namespace

int run_config(const std::vector<std::string>& args) {
  CommonOptions options;
  Format format = Format::kTable;
  CommandLine line(
      "config", "",
      "Prints every parameter of the machine and its energy table: value, unit, meaning, source.");
  line.common(options, {CommonOption::kArch, CommonOption::kOutput, CommonOption::kJson})
      .option(
          {"format", "NAME", "table (default), yaml (a file for --arch), json, markdown or csv"},
          format);
  if (!line.parse(args, 0, 0)) return static_cast<int>(ExitStatus::kDone);
  if (options.json) format = Format::kJson;

  RunConfig config;
  ConfigView view(config);
  if (!options.arch.empty()) view.read_yaml(options.arch);
  for (const std::string& setting : options.settings) view.set(setting);
  validate_config(config, view);

  if (options.output.empty()) {
    fmt::print("{}", formatted(config, view, format, screen_of(stdout)));
  } else {
    write_file(options.output, formatted(config, view, format, {}));
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
