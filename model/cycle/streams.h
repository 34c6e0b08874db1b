// The controller's registers: where each stream stands, and the semaphores between them
// (docs/microarchitecture.md, section 13).
#pragma once

#include <array>
#include <deque>
#include <span>
#include <string>

#include "compiler/program.h"
#include "model/accelerator_units.h"

namespace escalate::cycle {

/// In each cycle complete() is called for all streams first, then issue() for those whose unit is
/// free.
class StreamsClocked {
 public:
  /// A layer begins in cycle 0: `code` is its part of each stream, which outlives it.
  void begin_layer(const LayerCode& layer,
                   const std::array<std::span<const Instruction>, kNumStreams>& code);

  /// The `count` oldest instructions of `stream` that are not complete were complete in the cycle
  /// before `now`: their signals are available from `now` on.
  void complete(Stream stream, int count, Cycle now);

  /// The unit of `stream` is free in cycle `now`: the instruction that begins in it, or null if
  /// none is left or a signal is missing.
  const Instruction* issue(Stream stream, Cycle now);

  bool all_complete() const;
  /// Instructions begun and not complete.
  int in_flight(Stream stream) const { return int(at(stream).in_flight.size()); }
  int in_flight() const;
  /// The number of the stream whose signal the next instruction of `stream` lacked in this cycle;
  /// -1 if it lacked none, or had no free unit.
  int waits_for(Stream stream) const { return at(stream).waits_for; }
  std::int64_t instructions() const { return std::int64_t(times_.executed.size()); }
  const StreamTimes& times() const { return times_; }
  /// How far a stream is.
  std::string describe(Stream stream) const;

 private:
  struct InFlight {
    std::size_t executed = 0;  // where it stands in times_
    std::uint8_t signals = 0;
  };
  struct State {
    std::span<const Instruction> code;
    std::int64_t first = 0;  // first word of code, in Program::streams
    std::size_t next = 0;    // next word of code
    std::deque<InFlight> in_flight;
    std::array<int, kNumStreams> signals{};  // available, by the stream that gave them
    int waits_for = -1;
  };
  State& at(Stream stream) { return states_[StreamTimes::index(stream)]; }
  const State& at(Stream stream) const { return states_[StreamTimes::index(stream)]; }

  std::array<State, kNumStreams> states_;
  StreamTimes times_;
};

}  // namespace escalate::cycle
