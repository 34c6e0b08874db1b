#include <csignal>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/retrain/retrain_program.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);
  std::vector<std::string> args = {"retrain"};
  args.insert(args.end(), argv + 1, argv + argc);
  return escalate::run_command_line(
      args, {{"retrain", "train a network with shared basis kernels and ternary coefficients",
              escalate::run_retrain_program}});
}
