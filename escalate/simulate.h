// Runs of compiled networks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "escalate/export.h"
#include "escalate/program.h"
#include "escalate/result.h"

namespace esc {

class Concentrator;
struct ConcentratorParameters;
class Dram;
class DramMemory;
struct DramParameters;

/// Two machines that take the same cycles: one computes when things happen, one ticks every unit.
enum class View { kTransaction, kCycle };

/// Which outputs are accumulated from the concentrator's picks and compared with a dense
/// convolution.
enum class Verify { kAll, kSample, kNone };

struct SimulateOptions {
  View view = View::kTransaction;
  Verify verify = Verify::kSample;  ///< a hundredth of them
  std::uint64_t seed = 1;           ///< of the sample
  /// Layers that run, by name or pattern (* and ?); empty: all. What they read of others is
  /// evaluated.
  std::vector<std::string> layers;
  /// Processes that share layers and images; 1: this one runs all. The outcome does not depend on
  /// it.
  int jobs = 1;
  bool timeline = false;                       ///< keep what Result::timeline() gives; one job
  std::function<void(std::int64_t)> progress;  ///< called with the number of layers done
  /// Another DRAM in place of ours (escalate/dram.h).
  std::function<std::unique_ptr<Dram>(const DramParameters&, DramMemory&)> make_dram;
  /// Another concentrator in place of the configured pattern (escalate/concentrator.h); in the
  /// transaction view only.
  std::function<std::unique_ptr<Concentrator>(const ConcentratorParameters&)> make_concentrator;
};

/// Runs `images` in whole batches. Any number of runs may follow each other in a process; those of
/// several threads take turns, as SystemC runs one simulation at a time. Error (kUser) for images
/// that do not fit the network, are not whole batches, or are given to a network whose input is
/// drawn; Error (kInternal) if a law of conservation is broken, a stream never ends or an output is
/// wrong.
ESCALATE_API Result simulate(const Program& program, const Images& images = Images(),
                             const SimulateOptions& options = {});

/// Compiles for a batch of one and runs.
ESCALATE_API Result simulate(const Network& network, const Machine& machine = Machine(),
                             const Images& images = Images(), const SimulateOptions& options = {});

/// A program with the options of its runs.
class Session {
 public:
  explicit Session(Program program, SimulateOptions options = {})
      : program_(std::move(program)), options_(std::move(options)) {}
  const Program& program() const { return program_; }
  Result run(const Images& images = Images()) const { return simulate(program_, images, options_); }

 private:
  Program program_;
  SimulateOptions options_;
};

}  // namespace esc
