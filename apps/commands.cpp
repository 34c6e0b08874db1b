#include "apps/commands.h"

#include "apps/ablate_command.h"
#include "apps/compare_command.h"
#include "apps/compile_command.h"
#include "apps/compress_command.h"
#include "apps/config_command.h"
#include "apps/energy_command.h"
#include "apps/evaluate_command.h"
#include "apps/explain_command.h"
#include "apps/report_command.h"
#include "apps/retrain_command.h"
#include "apps/shapes_command.h"
#include "apps/simulate_command.h"
#include "apps/study_command.h"
#include "apps/sweep_command.h"
#include "apps/validate_command.h"

namespace escalate {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = {
      {"compress", "decompose a trained network, with int8 activations", run_compress},
      {"retrain", "train a network with shared basis kernels and ternary coefficients",
       run_retrain},
      {"evaluate", "accuracy of a network, and how sparse what its layers read is", run_evaluate},
      {"simulate", "run a network on the machine: cycles, energy, checked outputs", run_simulate},
      {"compare", "other accelerators on the same network: speed-ups and energy efficiency",
       run_compare},
      {"ablate", "the machine without one of its mechanisms, or with a resource made free",
       run_ablate},
      {"explain", "what limits a run, and which larger parameters would make it faster",
       run_explain},
      {"shapes", "layers of a network, their dense MACs; writes it as a YAML workload", run_shapes},
      {"compile", "lower a network to a program of the machine", run_compile},
      {"disassemble", "print a compiled program as assembly", run_disassemble},
      {"report", "show results: tables, a page with charts, where energy comes from", run_report},
      {"sweep", "run a network on many machines, and say which are best", run_sweep_command},
      {"study", "run the sweeps of a folder, and make its figures and tables", run_study},
      {"config", "print every parameter of the machine: value, unit, meaning, source", run_config},
      {"energy", "print what each component of the machine costs: pJ, area, leakage, sources",
       run_energy},
      {"validate", "models of other accelerators beside their published figures", run_validate},
  };
  return kCommands;
}

}  // namespace escalate
