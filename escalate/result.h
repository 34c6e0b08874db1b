// What a run comes to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"
#include "escalate/network.h"

namespace esc {

/// One layer, all images of the run together.
struct LayerResult {
  std::string name;
  std::string kind;      ///< "decomposed", "depthwise", "max_pool", "add", ...
  std::string bound_by;  ///< "ca", "mac", "input", "weights", "merge", "dram", "post"
  std::int64_t cycles = 0;
  std::int64_t macs_dense = 0;  ///< of the original convolution, padding counted
  double energy_j = 0;
  std::map<std::string, std::int64_t> counters;  ///< actions (docs/result-format.md)
  std::map<std::string, double> energy_by_component_j;
  std::map<std::string, double> limits;       ///< cycles that each resource alone would need
  std::map<std::string, double> utilization;  ///< of "rows", "ca", "mac", "dram": 0 to 1
};

/// A result that does not change: copies share it.
class ESCALATE_API Result {
 public:
  /// A result.json of an earlier run, without its outputs. Error with file and key.
  static Result load(const std::string& path);

  const std::string& accelerator() const;  ///< "escalate", or that of a baseline
  const std::string& network() const;
  std::int64_t images() const;

  std::int64_t cycles() const;  ///< of all images
  double seconds() const;       ///< simulated
  double energy_j() const;      ///< DRAM, leakage and clock included
  double edp_js() const;        ///< energy x delay
  double power_w() const;       ///< average
  double area_mm2() const;
  std::map<std::string, double> area_by_unit_mm2() const;
  std::map<std::string, double> energy_by_component_j() const;

  std::vector<LayerResult> layers() const;
  /// Actions of all layers together.
  std::map<std::string, std::int64_t> counters() const;
  /// The resource that binds the layers with the most cycles.
  std::string bound_by() const;

  /// The network's output by image; none of a baseline, of a file, or if its layer did not run.
  const std::vector<Tensor>& outputs() const;
  /// The class of each image, where the network tells classes.
  std::vector<int> classes() const;
  /// Share of images classified right, where labels are known.
  std::optional<double> top1() const;
  /// Outputs that were accumulated from the concentrator's picks and found right.
  std::int64_t checked_outputs() const;

  /// What each stream executed when, as trace events for Perfetto or chrome://tracing
  /// (docs/result-format.md, "Timelines"). Error unless SimulateOptions::timeline asked for it.
  std::string timeline() const;

  /// The document `escalate.result/1` (docs/result-format.md).
  std::string to_json() const;
  /// What `escalate simulate` prints.
  std::string text() const;
  /// Writes the form that the ending says: .json, .html (a page with charts), .csv or .md. The file
  /// appears whole or not at all. Error for another ending.
  void write(const std::string& path) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Result(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Several results as one document, as `escalate report` makes it.
ESCALATE_API void write(const std::vector<Result>& results, const std::string& path);

}  // namespace esc
