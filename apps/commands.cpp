#include "apps/commands.h"

#include "apps/config_command.h"
#include "apps/report_command.h"

namespace escalate {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = {
      {"config", "print every parameter of the machine: value, unit, meaning, source", run_config},
      {"report", "show results: tables, a page with charts, where energy comes from", run_report},
  };
  return kCommands;
}

}  // namespace escalate
