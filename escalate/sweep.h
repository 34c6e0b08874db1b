// A network on many machines.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"

namespace esc {

struct SweepOptions {
  /// SQLite file that points are kept in; empty: beside the specification, ending in .sqlite.
  /// Points that it has are not run again.
  std::string store;
  int jobs = 1;  ///< points at a time, each in a process of its own
  bool retry_failed = false;
  /// Called with the number of points that are finished, and how many there are at most.
  std::function<void(std::int64_t done, std::int64_t most)> progress;
};

/// A point of a sweep.
struct SweepPoint {
  std::int64_t number = 0;
  std::string workload;
  std::map<std::string, std::string> choice;  ///< value by axis
  std::string status;                         ///< "done", "failed", "excluded" or "to do"
  std::string reason;                         ///< of a point that failed or is excluded
  std::map<std::string, double> values;       ///< "cycles", "energy_pj", ... (docs/sweeps.md)
  bool on_front = false;                      ///< no other point beats it
};

/// A sweep that does not change: copies share it.
class ESCALATE_API SweepResult {
 public:
  std::vector<SweepPoint> points() const;
  /// Tables of the best points, the Pareto front and what each axis is worth.
  std::string text() const;
  /// The document `escalate.sweep/1` (docs/file-formats.md).
  std::string to_json() const;
  /// .json, .html, .csv or .md; Error for another ending.
  void write(const std::string& path) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit SweepResult(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Runs every point of a specification (docs/sweeps.md) that the store does not have. A point that
/// fails is recorded with its reason and the sweep goes on. Error with file, line and key.
ESCALATE_API SweepResult sweep(const std::string& specification, const SweepOptions& options = {});

}  // namespace esc
