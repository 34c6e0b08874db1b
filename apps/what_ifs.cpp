#include "apps/what_ifs.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>

#include "common/child_process.h"
#include "common/error.h"
#include "common/json.h"
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

/// What came of one parameter: a what-if, or why it is none.
struct Tried {
  WhatIf what_if;
  std::string why;    ///< the machine is refused; empty: it ran
  std::string wrong;  ///< what checks found; empty: nothing
};

/// Runs the machine with one parameter doubled.
Tried try_doubled(const Rerun& rerun, const std::string& parameter,
                  const std::vector<std::string>& layers) {
  Tried tried;
  try {
    RunConfig config = rerun.config;
    ConfigView view(config);
    const auto value = field_named(view, parameter).value().get<std::int64_t>();
    tried.what_if = {parameter, std::to_string(value), std::to_string(2 * value), {}};
    view.set(parameter + "=" + tried.what_if.after);
    config.validate();
    tried.what_if.cost = cost_of(run_on(rerun, config, layers, 1));
  } catch (const UserError& error) {
    tried.why = error.message();
  } catch (const WrongValues& error) {
    tried.wrong = error.what();
  }
  return tried;
}

// The text goes between two processes of one program.
std::string to_text(const Tried& tried) {
  const RunCost& cost = tried.what_if.cost;
  return Json{tried.what_if.parameter, tried.what_if.before, tried.what_if.after, cost.cycles,
              cost.energy_pj,          cost.area_mm2,        tried.why,           tried.wrong}
      .dump();
}

Tried from_text(const std::string& text) {
  const Json json = Json::parse(text);
  return {{json[0], json[1], json[2], {json[3], json[4], json[5]}}, json[6], json[7]};
}

/// Tries all parameters, `jobs` at a time, and calls `take` with each in their order.
void try_all(const Rerun& rerun, const std::vector<std::string>& layers, int jobs,
             const std::function<void(const std::string&, const Tried&)>& take) {
  const std::vector<std::string>& parameters = what_if_parameters();
  std::deque<std::unique_ptr<ChildProcess>> children;
  std::size_t begun = 0;
  for (const std::string& parameter : parameters) {
    if (jobs == 1) {
      take(parameter, try_doubled(rerun, parameter, layers));
      continue;
    }
    for (; begun < parameters.size() && children.size() < std::size_t(jobs); ++begun) {
      const std::string& next = parameters[begun];
      children.push_back(std::make_unique<ChildProcess>(
          [&] { return to_text(try_doubled(rerun, next, layers)); }));
    }
    take(parameter, from_text(children.front()->wait()));
    children.pop_front();
  }
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
  try_all(rerun, layers, jobs, [&](const std::string& parameter, const Tried& tried) {
    if (!tried.wrong.empty()) throw WrongValues(tried.wrong);
    if (tried.why.empty()) {
      explanation.what_ifs.push_back(tried.what_if);
    } else {
      explanation.not_tried.push_back({parameter, tried.why});
    }
    progress.update(++done);
  });
  sort_what_ifs(explanation);
  return explanation;
}

}  // namespace escalate
