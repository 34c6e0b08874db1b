#include "apps/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "common/error.h"

namespace escalate {
namespace {

int status_of(ExitStatus status) { return static_cast<int>(status); }

std::string help_text(const std::vector<Command>& commands) {
  std::string text =
      "usage: escalate COMMAND [OPTION...]\n"
      "Cycles, energy and accuracy of a kernel-decomposed CNN on an ESCALATE-style accelerator.\n\n"
      "commands:\n";
  std::size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  for (const Command& command : commands) {
    text += fmt::format("  {:<{}}  {}\n", command.name, width, command.summary);
  }
  return text +
         "\n`escalate COMMAND --help` lists a command's options; `escalate --version` prints the "
         "version.\n"
         "exit status: 0 done; 1 a check failed; 2 wrong usage or input; 3 internal error\n";
}

/// What the program prints must reach its reader: a full disk behind `>` is an error like any
/// other.
void flush_output() {
  if (std::fflush(stdout) != 0) {
    throw UserError({"standard output", 0, ""}, system_failure("write", errno));
  }
}

int dispatch(const std::vector<std::string>& args, const std::vector<Command>& commands) {
  if (args.empty()) throw UserError("expected a command; `escalate --help` lists them");
  const std::string& name = args[0];
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", help_text(commands));
    return status_of(ExitStatus::kDone);
  }
  if (name == "--version") {
    fmt::print("escalate {}\n", ESCALATE_VERSION);
    return status_of(ExitStatus::kDone);
  }
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& known) { return known.name == name; });
  if (command == commands.end()) {
    std::vector<std::string> names;
    for (const Command& known : commands) names.emplace_back(known.name);
    throw UserError("unknown command '" + name + "'" + did_you_mean(name, names) +
                    (nearest_word(name, names).empty() ? "; `escalate --help` lists them" : ""));
  }
  return command->run({args.begin() + 1, args.end()});
}

int report(ExitStatus status, std::string_view kind, std::string what) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  fmt::print(stderr, "escalate: {}{}\n", kind, what);
  return status_of(status);
}

}  // namespace

int run_command_line(const std::vector<std::string>& args, const std::vector<Command>& commands) {
  try {
    const int status = dispatch(args, commands);
    flush_output();
    return status;
  } catch (const UserError& error) {
    return report(ExitStatus::kUserError, "", error.what());
  } catch (const std::bad_alloc&) {
    return report(ExitStatus::kInternalError, "", "out of memory");
  } catch (const std::system_error& error) {
    // {fmt} reports a failed write to standard output this way.
    return report(ExitStatus::kUserError, "", error.what());
  } catch (const std::exception& error) {
    return report(ExitStatus::kInternalError, "internal error: ", error.what());
  } catch (...) {
    return report(ExitStatus::kInternalError, "internal error: ", "unknown exception");
  }
}

}  // namespace escalate
