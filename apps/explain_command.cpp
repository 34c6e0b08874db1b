#include "apps/explain_command.h"

#include <fmt/format.h>

#include "apps/common_options.h"
#include "apps/output.h"
#include "apps/result_output.h"
#include "apps/what_ifs.h"
#include "common/console.h"
#include "common/error.h"
#include "energy/node_table.h"
#include "escalate/inside/run.h"
#include "report/layer_limits.h"
#include "report/part_of_result.h"
#include "report/result_energy.h"
#include "report/work.h"

namespace escalate {
namespace {

struct ExplainArguments {
  CommonOptions common;
  std::string network;
  bool all = false;
};

CommandLine command_line(ExplainArguments& options) {
  CommandLine line("explain", "RESULT.json [LAYER]",
                   "Says what limits a run of the machine, or one of its layers (* and ? match "
                   "several), and which parameters\nwould help most: the same work is simulated "
                   "again with each of them doubled, one at a time.");
  line.common(options.common, {CommonOption::kJobs, CommonOption::kOutput, CommonOption::kJson,
                               CommonOption::kQuiet})
      .option({"network", "FILE",
               "where the network's file is now (default: where it was, or beside the result)"},
              options.network)
      .flag({"all", "", "all parameters that were tried, not only the three that help most"},
            options.all);
  return line;
}

/// Names of the layers to run; empty: all of the network.
std::vector<std::string> layers_to_run(const Result& part) {
  if (part.layers_left_out == 0) return {};
  std::vector<std::string> names;
  for (const LayerResult& layer : part.layers) names.push_back(layer.name);
  return names;
}

/// "input 62.3% (entries a cycle), mac 29.1%" of several layers; of one what nearly ties, too:
/// "input, mac (entries a cycle)".
std::string bound_text(const Result& result) {
  if (result.layers.size() != 1) return bound_shares_text(result);
  const LayerResult& layer = result.layers.front();
  return fmt::format("{} ({})", binding_text(layer), reason_of_bound(result, layer));
}

void show(const Result& result, const ExplainArguments& options) {
  if (options.common.json) {
    put_text(json_document(result_to_json(result)));
    return;
  }
  if (options.common.quiet) return;
  const Screen screen = screen_of(stdout);
  put("{}: {} cycles, bound by {}\n\n{}\n{}\n{}",
      result.explanation->layers.empty() ? network_title(result) : result.explanation->layers,
      format_count(result.total.cycles), bound_text(result), limit_table(result).text(screen),
      what_if_table(*result.explanation, options.all).text(screen),
      what_if_text(*result.explanation));
}

}  // namespace

int run_explain(const std::vector<std::string>& args) {
  ExplainArguments options;
  CommandLine line = command_line(options);
  if (!line.parse(args, 1, 2)) return static_cast<int>(ExitStatus::kDone);
  Outputs outputs(line);
  outputs.add("output", options.common.output, result_forms());
  const std::string& file = line.operands()[0];
  const Result whole = read_result(file);
  check_energy(whole, file);
  std::vector<std::string> patterns(line.operands().begin() + 1, line.operands().end());
  Result part = part_of_result(whole, patterns, "LAYER");
  const Rerun rerun = load_rerun(whole, file, options.network);
  if (rerun.energy_table && !is_node_table(*rerun.energy_table)) {
    tell("escalate: {}: is of components of one size: energy and area do not follow a parameter\n",
         rerun.energy_table->name);
  }
  try {
    part.explanation = try_what_ifs(rerun, layers_to_run(part), part.total.cycles, file,
                                    options.common.jobs, options.common.quiet);
  } catch (const WrongValues& error) {
    tell("escalate: {}\n", error.what());
    return static_cast<int>(ExitStatus::kCheckFailed);
  }
  if (!patterns.empty()) part.explanation->layers = patterns.front();
  outputs.write("output", result_documents(part, options.common.output));
  outputs.commit();
  show(part, options);
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace escalate
