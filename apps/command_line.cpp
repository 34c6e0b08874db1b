#include "apps/command_line.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>

#include "common/console.h"
#include "common/error.h"
#include "common/visible_text.h"

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

/// Names and files go from here into results, which are UTF-8. A name that is not is refused before
/// the work.
void check_encoding(const std::vector<std::string>& args) {
  for (const std::string& arg : args) {
    if (!is_utf8(arg)) {
      throw UserError("expected UTF-8 on the command line, got '" + visible(arg) + "'");
    }
  }
}

int dispatch(const std::vector<std::string>& args, const std::vector<Command>& commands) {
  check_encoding(args);
  if (args.empty()) throw UserError("expected a command; `escalate --help` lists them");
  const std::string& name = args[0];
  if (name == "--help" || name == "-h" || name == "help") {
    put_text(help_text(commands));
    return status_of(ExitStatus::kDone);
  }
  if (name == "--version") {
    put("escalate {}\n", ESCALATE_VERSION);
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
  tell("escalate: {}{}\n", kind, visible(what));
  return status_of(status);
}

/// Says what was to be done, for errors that do not know what they are about.
std::string words_of(const std::vector<std::string>& args) {
  return fmt::format("escalate {}", fmt::join(args, " "));
}

std::string out_of_memory(const std::vector<std::string>& args) {
  std::string text = fmt::format("out of memory: `{}` needs more than there is", words_of(args));
  rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    text += fmt::format(" (ulimit -v allows {} MiB)", limit.rlim_cur >> 20);
  }
  return text;
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
    return report(ExitStatus::kUserError, "", out_of_memory(args));
  } catch (const std::system_error& error) {
    // The file system, where no path of ours was at hand.
    return report(ExitStatus::kUserError, "", error.what());
  } catch (const std::exception& error) {
    return report(ExitStatus::kInternalError, "internal error: ", error.what());
  } catch (...) {
    return report(ExitStatus::kInternalError, "internal error: ", "unknown exception");
  }
}

}  // namespace escalate
