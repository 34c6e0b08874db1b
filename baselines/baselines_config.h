// The parameters of all baselines, as their papers have them or brought to common terms, and the
// models by name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "baselines/dcnn.h"
#include "baselines/eyeriss.h"
#include "baselines/scnn.h"
#include "baselines/sparten.h"

namespace escalate {

/// Default: as published. comparable_baselines() gives those for a comparison.
struct BaselinesConfig {
  EyerissConfig eyeriss;
  ScnnConfig scnn;
  DcnnConfig dcnn;
  SpartenConfig sparten;

  void validate() const {
    eyeriss.validate();
    scnn.validate();
    dcnn.validate();
    sparten.validate();
  }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"eyeriss", "", "Eyeriss"}, self.eyeriss);
    visit(FieldDoc{"scnn", "", "SCNN"}, self.scnn);
    visit(FieldDoc{"dcnn", "", "DCNN"}, self.dcnn);
    visit(FieldDoc{"sparten", "", "SparTen"}, self.sparten);
  }
};

/// What machines have in common when they are compared.
struct CommonTerms {
  double clock_mhz = 0;
  SharedParts shared;
  std::int64_t buffer_bytes = 0;  ///< on-chip memory of activations
  int batch = 1;                  ///< images that share a load of weights, where a machine can
};

/// 1024 multipliers each, 8-bit words, and `terms` (docs/baselines.md, "Common terms").
BaselinesConfig comparable_baselines(const CommonTerms& terms);

/// Every name that make_baseline() knows.
const std::vector<std::string>& baseline_names();

/// The model of that name; variants of a machine ("sparten-dense") are its parameters with what the
/// name says. A UserError with the nearest name if there is none.
std::unique_ptr<AcceleratorModel> make_baseline(const std::string& name,
                                                const BaselinesConfig& config);

}  // namespace escalate
