#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/retrain/retrain_program.h"
#include "apps/standard_streams.h"

int main(int argc, char** argv) {
  escalate::prepare_standard_streams();
  std::vector<std::string> args = {"retrain"};
  args.insert(args.end(), argv + 1, argv + argc);
  return escalate::run_command_line(
      args, {{"retrain", "train a network with shared basis kernels and ternary coefficients",
              escalate::run_retrain_program}});
}
