// A whole run: a program on its machine, with images, and everything that is checked on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/program.h"
#include "model/accelerator.h"
#include "model/output_check.h"
#include "model/verify.h"

namespace escalate {

/// Only a run with one job can be traced.
struct SimulationOptions : AcceleratorOptions {
  Verify verify = Verify::kSample;
  std::uint64_t seed = 1;  ///< chooses the sample
  /// Computes outputs that nobody reads, too: of drawn layers without verification.
  bool all_values = false;
  std::int64_t drop_pick = -1;  ///< loses the pick of that number: a fault that checks must find
  /// Indices into Program::layers, rising; empty: all. What layers read that do not run is
  /// evaluated by integer arithmetic.
  std::vector<int> layers;
  /// Processes that run layers and images at the same time. With more than one nothing is left in
  /// this process, and `on_layer` is called when a process is done.
  int jobs = 1;
  /// Where the program was read from; empty: it was compiled here. If the run of one that was read
  /// breaks an invariant, that is the program's fault (a UserError), not ours.
  std::string program_file;
  std::function<void(std::int64_t)> on_layer;  ///< called with the number of layers done
  /// Called with each run of a layer, in order, in the process that ran it.
  std::function<void(const LayerRun&)> on_run;
};

struct SimulationOutcome {
  View view = View::kTransaction;
  std::vector<LayerRun> layers;  ///< one for each layer run, sums over all images
  VerifyCounts verification;
  std::int64_t pick_mismatches = 0;  ///< elements that differ from a dot product
  /// Layers whose outputs nobody reads were run without computing them, only which elements are
  /// zero.
  bool values_left_out = false;
  std::vector<Cycle> cycles_by_image;
  /// The network's output by image, as it stands in the machine; none if its layer did not run.
  std::vector<Activations> outputs;

  void add(const LayerRun& run);
  /// Adds images and layers that come after those here.
  void add(const SimulationOutcome& other);
};

/// Runs `images`, Program::batch at a time, in a SystemC simulation of its own: a process can call
/// it as often as it likes. Threads take turns, as SystemC runs one simulation at a time.
/// InternalError if a law of conservation is broken or a stream never ends; UserError if the images
/// do not fit the network. Either leaves nothing behind.
SimulationOutcome simulate(const Program& program, const std::vector<Activations>& images,
                           const SimulationOptions& options);

}  // namespace escalate
