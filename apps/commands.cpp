#include "apps/commands.h"

#include "apps/compress_command.h"
#include "apps/config_command.h"
#include "apps/energy_command.h"
#include "apps/evaluate_command.h"
#include "apps/report_command.h"

namespace escalate {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = {
      {"compress", "decompose a trained network, with int8 activations", run_compress},
      {"evaluate", "accuracy of a network, and how sparse what its layers read is", run_evaluate},
      {"config", "print every parameter of the machine: value, unit, meaning, source", run_config},
      {"energy", "print what each component of the machine costs: pJ, area, leakage, sources",
       run_energy},
      {"report", "show results: tables, a page with charts, where energy comes from", run_report},
  };
  return kCommands;
}

}  // namespace escalate
