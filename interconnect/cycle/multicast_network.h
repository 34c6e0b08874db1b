// The multicast input network of the cycle view as a module (docs/microarchitecture.md, section 4).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/entry_ports.h"
#include "interconnect/cycle/multicast.h"
#include "interconnect/cycle/signal_list.h"

namespace escalate::cycle {

class MulticastNetwork : public ClockedUnit, public NetworkControlIf {
 public:
  sc_core::sc_export<NetworkControlIf> control;
  sc_core::sc_port<EntrySourceIf> source;
  sc_core::sc_vector<sc_core::sc_port<RingWriterIf>> blocks;

  MulticastNetwork(const sc_core::sc_module_name& name, const MachineConfig& machine);

  void start() override;

  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const;

 private:
  void send();
  void tick() override;
  bool has_room(const Delivery& delivery) const;
  void deliver(const Delivery& delivery, bool at_once);
  void end_if_all_sent();

  MulticastClocked core_;
  bool sending_ = false;  // a pass is in hand
};

}  // namespace escalate::cycle
