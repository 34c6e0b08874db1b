// The commands of the program, one line each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// `escalate NAME ARGS...`
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line for `escalate --help`
  /// Runs the command on the arguments behind its name. Returns an ExitStatus; what goes wrong is
  /// thrown (UserError, InternalError).
  int (*run)(const std::vector<std::string>& args);
};

/// All commands, in the order in which a user meets them.
const std::vector<Command>& all_commands();

}  // namespace escalate
