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

/// Default: as published, which is what configs/*.yaml say, one file a member.
/// comparable_baselines() gives those for a comparison.
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

/// Calls use(member of `config`) for the machine of that name: "eyeriss", "scnn", "dcnn" or
/// "sparten". For a variant such as "dcnn-opt" the UserError says which of these gives its
/// parameters.
template <class Use>
void with_baseline_config(BaselinesConfig& config, const std::string& name, Use&& use);

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

/// The model of that name. That of a machine ("sparten") is what its parameters say, that of a
/// variant ("sparten-dense") the same with what its name says. A UserError with the nearest name if
/// there is none.
std::unique_ptr<AcceleratorModel> make_baseline(const std::string& name,
                                                const BaselinesConfig& config);

namespace detail {
[[noreturn]] void throw_without_config(const std::string& name,
                                       const std::vector<std::string>& with_config);
}

template <class Use>
void with_baseline_config(BaselinesConfig& config, const std::string& name, Use&& use) {
  std::vector<std::string> names;
  bool found = false;
  BaselinesConfig::fields(config, [&](const FieldDoc& doc, auto& member) {
    names.emplace_back(doc.name);
    if (doc.name != name) return;
    found = true;
    use(member);
  });
  if (!found) detail::throw_without_config(name, names);
}

}  // namespace escalate
