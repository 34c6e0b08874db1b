// The controller as a module of the cycle view: begins the instructions of the four streams and
// keeps their semaphores, clock by clock (docs/microarchitecture.md, section 13).
#pragma once

#include <string>
#include <systemc>

#include "compiler/program.h"
#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/delta_delay.h"
#include "interconnect/cycle/signal_list.h"
#include "interconnect/cycle/stream_ports.h"
#include "interconnect/layer_clock.h"
#include "model/cycle/streams.h"

namespace escalate::cycle {

/// Works at the clock edge that begins a cycle, after the multicast network has sent what starts in
/// it: with ideal.input that may free the compute stream for the same cycle.
class Controller : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;
  /// Units by stream.
  sc_core::sc_vector<sc_core::sc_port<StreamUnitIf>> units;

  Controller(const sc_core::sc_module_name& name, const Program& program, const LayerClock& clock);

  void begin_layer(const LayerCode& layer);
  bool layer_is_done() const { return streams_.all_complete(); }
  /// Whether there is nothing left that could end by itself, though the layer has not: a deadlock.
  bool is_stuck() const { return is_stuck_; }
  const StreamsClocked& streams() const { return streams_; }
  std::string describe() const;
  void list_signals(SignalList& list) const;

 private:
  void at_edge();
  void work(Cycle now);

  const Program& program_;
  const LayerClock& layer_clock_;
  StreamsClocked streams_;
  DeltaDelay network_sent_{1};
  bool is_stuck_ = false;
  std::array<bool, kNumStreams> begins_{};  // in this cycle, to be looked at
};

}  // namespace escalate::cycle
