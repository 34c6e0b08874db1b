// The machine beside models of others.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"
#include "escalate/machine.h"
#include "escalate/network.h"
#include "escalate/result.h"

namespace esc {

namespace plugin {
class Accelerator;
}

/// What the others are made equal to the machine in (docs/baselines.md): nothing more than 1024
/// multipliers, multipliers, area, or memory of all kinds.
enum class Iso { kNone, kMac, kArea, kSram };

struct CompareOptions {
  std::vector<std::string> against = {"eyeriss", "dcnn", "scnn", "sparten"};  ///< accelerators()
  Iso iso = Iso::kNone;
  std::vector<std::string> plugins;  ///< shared objects with accelerators (escalate/accelerator.h)
  /// Accelerators of this program's own. Each is made several times, with the same name. Where one
  /// throws or breaks a law, the Error's file is "accelerator NAME".
  std::vector<std::function<std::unique_ptr<plugin::Accelerator>()>> accelerators;
  int batch = 1;  ///< images that share a load of weights, where a machine can
  int jobs = 1;
};

/// How an accelerator stands beside the machine: its time and energy over the machine's. Above 1
/// the machine is the better one.
struct Advantage {
  double speedup = 0;
  double energy = 0;
};

/// A comparison that does not change: copies share it.
class ESCALATE_API Comparison {
 public:
  /// The machine first, then the others in their order, of the layers that all of them have.
  std::vector<Result> results() const;
  Advantage total(std::size_t i) const;
  /// What `escalate compare` prints.
  std::string text() const;
  /// The document `escalate.comparison/1` (docs/file-formats.md).
  std::string to_json() const;
  /// .json, .html, .csv or .md; Error for another ending.
  void write(const std::string& path) const;

  struct Impl;  ///< known to the library alone

 private:
  friend struct Access;
  explicit Comparison(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Names that CompareOptions::against may have besides those of plug-ins.
ESCALATE_API std::vector<std::string> accelerators();

/// Runs the network on the machine and on the others, which get the weights that decomposed layers
/// amount to, or plain weights drawn at the workload's densities. Error for a name that is unknown,
/// given twice or taken by a plug-in already, and of plug-ins and accelerators of the program's own
/// as escalate/accelerator.h says.
ESCALATE_API Comparison compare(const Network& network, const Machine& machine = Machine(),
                                const Images& images = Images(),
                                const CompareOptions& options = {});

}  // namespace esc
