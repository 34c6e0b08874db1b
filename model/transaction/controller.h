// The controller of the transaction view: fetches the four instruction streams of a layer and keeps
// their semaphores (docs/microarchitecture.md, section 13).
#pragma once

#include <array>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "compiler/program.h"
#include "interconnect/layer_clock.h"
#include "model/accelerator_units.h"
#include "model/transaction/execution_unit.h"

namespace escalate {

/// The semaphore of one ordered pair of streams. A signal of cycle t is available from t+1.
class Semaphore {
 public:
  void signal(Cycle available) {
    available_.push_back(available);
    changed_.notify(sc_core::SC_ZERO_TIME);
  }
  /// Blocks until one is available, and takes it.
  void take(const LayerClock& clock) {
    while (available_.empty()) sc_core::wait(changed_);
    clock.wait_until(available_.front());
    available_.pop_front();
  }
  std::size_t count() const { return available_.size(); }

 private:
  std::deque<Cycle> available_;
  sc_core::sc_event changed_;
};

class Controller : public sc_core::sc_module {
 public:
  /// Units by stream.
  sc_core::sc_vector<sc_core::sc_port<ExecutionUnit>> units;

  Controller(const sc_core::sc_module_name& name, const Program& program, const LayerClock& clock);

  /// Starts the streams of a layer now.
  void begin_layer(const LayerCode& layer);
  /// Whether all instructions of the layer are complete.
  bool layer_is_done() const;
  /// What a process of the controller has thrown, if any has.
  std::exception_ptr failure() const { return failure_; }

  const StreamTimes& times() const { return times_; }
  std::int64_t instructions() const { return instructions_; }

  /// The state of each stream and unit, one line each.
  std::string describe() const;

 private:
  struct StreamState {
    std::span<const Instruction> code;
    std::size_t begun = 0, retired = 0;
    std::deque<std::uint8_t> signals;  // signals of instructions begun and not retired
    std::deque<std::size_t> executed;  // where they stand in times_
    std::int64_t first = 0;            // index of the layer's first instruction
    int waits_for = -1;                // stream whose signal the next instruction waits for
    sc_core::sc_event instruction_begins;
  };
  Semaphore& semaphore(std::size_t from, std::size_t to) {
    return semaphores_[from * kNumStreams + to];
  }
  void issue(std::size_t stream);
  void retire(std::size_t stream);
  void take_semaphores(std::size_t stream, std::uint8_t waits);

  const Program& program_;
  const LayerClock& clock_;
  std::array<StreamState, kNumStreams> states_;
  std::array<Semaphore, std::size_t{kNumStreams} * kNumStreams> semaphores_;
  StreamTimes times_;
  std::int64_t instructions_ = 0;
  std::exception_ptr failure_;
  std::int64_t layers_begun_ = 0;
  sc_core::sc_event layer_begins_;
};

}  // namespace escalate
