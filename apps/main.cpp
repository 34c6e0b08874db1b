#include <csignal>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands.h"

int main(int argc, char** argv) {
  // A reader that goes away (`escalate ... | head`) ends the program quietly, whatever our parent
  // process has set up.
  std::signal(SIGPIPE, SIG_DFL);
  return escalate::run_command_line({argv + 1, argv + argc}, escalate::all_commands());
}
