#include "apps/what_ifs.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/progress.h"
#include "escalate/inside/run.h"

namespace escalate {
namespace {

Result run_on(const Rerun& rerun, const RunConfig& config, const std::vector<std::string>& layers,
              int jobs) {
  SimulationOptions simulation;
  simulation.seed = rerun.options.seed;
  simulation.jobs = jobs;
  return run_network_on(rerun.loaded.network, rerun.input.images, config, rerun.options.batch,
                        simulation, layers, rerun.energy_table);
}

const ConfigView::Field& field_named(const ConfigView& view, const std::string& name) {
  const auto& fields = view.fields();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.name == name; });
  ensure(found != fields.end(), [&] { return "no parameter " + name; });
  return *found;
}

/// Runs the machine with one parameter doubled.
WhatIf try_doubled(const Rerun& rerun, const std::string& parameter,
                   const std::vector<std::string>& layers, int jobs) {
  RunConfig config = rerun.config;
  ConfigView view(config);
  const auto value = field_named(view, parameter).value().get<std::int64_t>();
  WhatIf what_if{parameter, std::to_string(value), std::to_string(2 * value), {}};
  view.set(parameter + "=" + what_if.after);
  config.validate();
  what_if.cost = cost_of(run_on(rerun, config, layers, jobs));
  return what_if;
}

}  // namespace

const std::vector<std::string>& what_if_parameters() {
  static const std::vector<std::string> kParameters = {
      "blocks",
      "slices",
      "rows",
      "merge_words",
      "output_bank_words",
      "coefficient_bank_bytes",
      "global_buffer_bytes",
      "network_bytes",
      "post_lanes",
      "ca.chunk",
      "ca.lanes",
      "ca.slot_queue_rows",
      "ca.element_queue",
      "mac.multipliers",
      "mac.line_buffer_words",
      "mac.weight_port_bytes",
      "ring.chunks",
      "ring.entry_channels",
      "dma.request_bytes",
      "dma.outstanding",
      "dram.channels",
      "dram.window",
  };
  return kParameters;
}

Explanation try_what_ifs(const Rerun& rerun, const std::vector<std::string>& layers,
                         std::int64_t base, const std::string& file, int jobs, bool is_quiet) {
  const std::vector<std::string>& parameters = what_if_parameters();
  Progress progress("runs", static_cast<std::int64_t>(parameters.size()) + 1, is_quiet);
  Explanation explanation;
  explanation.base = cost_of(run_on(rerun, rerun.config, layers, jobs));
  if (explanation.base.cycles != base) {
    throw UserError({file, 0, ""},
                    fmt::format("its layers took {} cycles and now take {}: it was made by another "
                                "version of the program",
                                base, explanation.base.cycles));
  }
  std::int64_t done = 1;
  progress.update(done);
  for (const std::string& parameter : parameters) {
    try {
      explanation.what_ifs.push_back(try_doubled(rerun, parameter, layers, jobs));
    } catch (const UserError& error) {
      explanation.not_tried.push_back({parameter, error.message()});
    }
    progress.update(++done);
  }
  sort_what_ifs(explanation);
  return explanation;
}

}  // namespace escalate
