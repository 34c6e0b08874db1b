// The parameters of a comparison: the machine's, its energy tables' and the other accelerators'.
#pragma once

#include <string>
#include <vector>

#include "apps/common_options.h"
#include "baselines/baselines_config.h"
#include "energy/run_config.h"

namespace escalate {

/// The machine and its energy tables, and under "baselines" the other accelerators.
struct CompareConfig {
  RunConfig run;
  BaselinesConfig baselines;

  void validate() const {
    run.validate();
    baselines.validate();
  }
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    RunConfig::fields(self.run, visit);
    visit(FieldDoc{"baselines", "", "Other accelerators"}, self.baselines);
  }
};

/// The others' parameters follow the machine's (docs/baselines.md, "Common terms"), unless they are
/// given themselves. They may be given in --arch under "baselines", in `accelerator_files`
/// ("NAME=FILE", such as one of configs/), or by --set; the later of these holds. Throws UserError
/// with the place.
CompareConfig load_compare_config(const CommonOptions& options,
                                  const std::vector<std::string>& accelerator_files);

}  // namespace escalate
