// The parameters of a comparison: the machine's, its energy tables' and the other accelerators'.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/common_options.h"
#include "apps/energy_option.h"
#include "baselines/baselines_config.h"
#include "energy/energy_table.h"
#include "energy/run_config.h"

namespace escalate {

/// The machine and its energy tables, and under "baselines" the other accelerators.
struct CompareConfig {
  explicit CompareConfig(BaselineRegistry registry) : baselines(std::move(registry)) {}

  RunConfig run;
  BaselinesConfig baselines;
  EnergyTables tables;  ///< the user's

  /// What parts of the accelerator of that name cost, "escalate" among them.
  CostModel costs_of(const std::string& accelerator) const;

  void validate() const {
    run.validate();
    baselines.validate();
  }
  void add_to(ConfigView& view) {
    view.add(run);
    baselines.add_to(view, "baselines.");
  }
};

/// The others' parameters follow the machine's (docs/baselines.md, "Common terms"), unless they are
/// given themselves. `tables` are values of --energy. They may be given in --arch under
/// "baselines", in `accelerator_files`
/// ("NAME=FILE", such as one of configs/), or by --set; the later of these holds. Throws UserError
/// with the place.
CompareConfig load_compare_config(const CommonOptions& options,
                                  const std::vector<std::string>& accelerator_files,
                                  const BaselineRegistry& registry,
                                  const std::vector<std::string>& tables);

}  // namespace escalate
