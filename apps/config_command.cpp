#include "apps/config_command.h"

#include <fmt/format.h>

#include "apps/common_options.h"
#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/json.h"
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

std::string formatted(const RunConfig& config, const ConfigView& view, Format format, bool colour) {
  switch (format) {
    case Format::kYaml:
      return view.yaml();
    case Format::kJson:
      return fields_to_json(config).dump(2) + "\n";
    case Format::kMarkdown:
      return view.reference().markdown();
    case Format::kCsv:
      return view.reference().csv();
    case Format::kTable:
      break;
  }
  return view.reference().text(colour);
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
    fmt::print("{}", formatted(config, view, format, wants_colour(stdout)));
  } else {
    write_file(options.output, formatted(config, view, format, false));
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
