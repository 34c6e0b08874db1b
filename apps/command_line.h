// What `main` does: finds the command, runs it, and turns exceptions into exit statuses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/commands.h"

namespace escalate {

/// Runs `args` (without the program's name) as one of `commands` and returns the exit status. The
/// user's faults and our own each become one line on standard error.
int run_command_line(const std::vector<std::string>& args, const std::vector<Command>& commands);

}  // namespace escalate
