// What each mechanism of the machine is worth on a network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"
#include "escalate/machine.h"
#include "escalate/network.h"

namespace esc {

struct AblateOptions {
  std::vector<std::string> layers;  ///< weighted ones, by name or pattern (* and ?); empty: all
  std::uint64_t seed = 1;           ///< of the sample of outputs that is checked
  int jobs = 1;                     ///< processes of a run
  /// Called with the number of runs that are done, and how many there are.
  std::function<void(std::int64_t done, std::int64_t all)> progress;
};

/// A run that differs from the first one in one respect.
struct AblationRun {
  std::string name;
  std::string meaning;      ///< what is different
  std::int64_t cycles = 0;  ///< of one image
  std::map<std::string, std::int64_t> cycles_by_layer;
};

/// An ablation that does not change: copies share it.
class ESCALATE_API Ablation {
 public:
  /// The machine as it is, then without each mechanism, then with each resource made free.
  std::vector<AblationRun> runs() const;
  /// What `escalate ablate` prints.
  std::string text() const;
  /// The document `escalate.ablation/1` (docs/file-formats.md).
  std::string to_json() const;
  /// .json or .md; Error for another ending.
  void write(const std::string& path) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Ablation(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Runs the network on one image on each of these machines. Error for several images, for a pattern
/// that names no layer, and as of simulate().
ESCALATE_API Ablation ablate(const Network& network, const Machine& machine = Machine(),
                             const Images& images = Images(), const AblateOptions& options = {});

}  // namespace esc
