#include "apps/commands.h"

#include "apps/config_command.h"

namespace escalate {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = {
      {"config", "print every parameter of the machine: value, unit, meaning, source", run_config},
  };
  return kCommands;
}

}  // namespace escalate
