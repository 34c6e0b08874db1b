// The units of the accelerator in one view: controller, DMA engines, PE blocks with their network,
// and post-processing, joined to one another and to DRAM. The views differ here.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "buffers/dram_model.h"
#include "buffers/global_buffer.h"
#include "buffers/segment_directory.h"
#include "compiler/program.h"
#include "interconnect/layer_clock.h"
#include "machine/counters.h"
#include "machine/row_states.h"

namespace escalate {

/// When an instruction of a layer began and was complete.
struct ExecutedInstruction {
  Stream stream = Stream::kLoad;
  std::int64_t index = 0;  ///< in Program::streams
  Cycle begin = 0, complete = 0;
};

/// What the streams of a layer did, and when.
struct StreamTimes {
  static constexpr std::size_t index(Stream stream) { return static_cast<std::size_t>(stream); }

  /// The cycle in which the last instruction of a stream was complete, -1 without one.
  Cycle completed(Stream stream) const { return last_complete[index(stream)]; }
  /// Cycles that the compute stream waited for signals of `stream`; waits of one instruction for
  /// several streams come one after the other, in the order of the streams.
  Cycle compute_waited(Stream stream) const { return compute_waits[index(stream)]; }

  std::array<Cycle, kNumStreams> last_complete{-1, -1, -1, -1};
  std::array<Cycle, kNumStreams> compute_waits{};
  /// The layer's instructions in the order of their begin.
  std::vector<ExecutedInstruction> executed;
};

/// The memories that units of both views work on; they outlive the units.
struct SharedMemories {
  GlobalBuffer& buffer;
  SegmentDirectory& directory;
};

class AcceleratorUnits {
 public:
  virtual ~AcceleratorUnits() = default;

  /// A layer begins at this clock edge: nothing is in flight, and all that is counted is zero.
  virtual void begin_layer(const LayerCode& layer) = 0;
  /// Whether all instructions of the layer are complete.
  virtual bool layer_is_done() const = 0;
  /// What a process of the units has thrown, if any has and SystemC has not passed it on.
  virtual std::exception_ptr failure() const = 0;
  /// The state of each stream and unit, one line each.
  virtual std::string describe() const = 0;

  virtual const StreamTimes& times() const = 0;
  /// Counters of the layer, those of DRAM excepted.
  virtual MachineCounters counters() const = 0;
  /// States of the PE rows of each block over the `cycles` of the layer: they sum to rows x cycles.
  virtual std::vector<RowStates> block_states(Cycle cycles) = 0;
  /// Checked elements so far that differ from the dot product of their picks.
  virtual std::int64_t pick_mismatches() const = 0;
};

}  // namespace escalate
