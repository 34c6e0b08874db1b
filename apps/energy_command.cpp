#include "apps/energy_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "apps/common_options.h"
#include "apps/energy_option.h"
#include "common/atomic_file.h"
#include "common/error.h"
#include "energy/accelerator_energy.h"
#include "energy/run_config.h"

namespace escalate {
namespace {

std::string document(const EnergyModel& model, const std::string& output) {
  const std::string ending = std::filesystem::path(output).extension();
  const Table components = model.components();
  if (ending == ".yaml" || ending == ".yml") return model.to_table(output).yaml();
  if (ending == ".csv") return components.csv();
  if (ending == ".md") {
    return components.markdown() + "\n" + sources_table(model.sources()).markdown();
  }
  throw UserError({"", 0, "--output"},
                  "expected a file that ends in .yaml, .csv or .md, got '" + output + "'");
}

}  // namespace

int run_energy(const std::vector<std::string>& args) {
  CommonOptions options;
  std::string user_table;
  CommandLine line(
      "energy", "",
      "Prints what each component of the machine costs: pJ of its actions, area,\n"
      "leakage, and the sources of these numbers. -o FILE.yaml writes them as a table\n"
      "in Accelergy's form, which --energy takes back; also .csv and .md.");
  line.common(options, {CommonOption::kArch, CommonOption::kOutput})
      .option({"energy", "FILE", "table of energies in place of the built-in one (Accelergy YAML)"},
              user_table);
  if (!line.parse(args, 0, 0)) return static_cast<int>(ExitStatus::kDone);

  const RunConfig config = load_config<RunConfig>(options.arch, options.settings);
  const std::optional<EnergyTable> table = read_energy_option(user_table);
  const EnergyModel model = accelerator_energy(config.machine, CostModel(config.energy, table));
  tell_table_use(model, table, config.energy);
  if (!options.output.empty()) {
    write_file(options.output, document(model, options.output));
    return static_cast<int>(ExitStatus::kDone);
  }
  const Screen screen = screen_of(stdout);
  fmt::print("{}\n{}", model.components().text(screen),
             sources_table(model.sources()).text(screen));
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
