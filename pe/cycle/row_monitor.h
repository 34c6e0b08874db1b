// Books each cycle of a PE row as one state (docs/microarchitecture.md, section 11).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/delta_delay.h"
#include "interconnect/cycle/signal_list.h"
#include "pe/cycle/row.h"

namespace escalate::cycle {

class RowMonitor : public ClockedUnit {
 public:
  /// These come from the CA unit, and from what replaces it in direct mode.
  sc_core::sc_vector<sc_core::sc_in<bool>> element_began, element_ended, ca_blocked;
  sc_core::sc_in<bool> mac_busy, waits_weights, waits_line;

  explicit RowMonitor(const sc_core::sc_module_name& name)
      : ClockedUnit(name),
        element_began("element_began", 2),
        element_ended("element_ended", 2),
        ca_blocked("ca_blocked", 2),
        mac_busy("mac_busy"),
        waits_weights("waits_weights"),
        waits_line("waits_line") {}

  /// A pass begins in this cycle that sends the row `entries` entries.
  void expect(int entries) { core_.expect(entries); }

  const RowStates& states() const { return core_.states(); }
  std::int64_t ca_busy_cycles() const { return core_.ca_busy_cycles(); }
  bool is_idle() const { return core_.is_idle(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "row_state", 3, [this] { return std::uint64_t(core_.state()); });
  }

 private:
  void tick() override {
    if (!all_worked_.is_over()) return;
    const auto either = [](const auto& ports) { return ports[0].read() || ports[1].read(); };
    RowStateClocked::Activity activity;
    activity.element_began = either(element_began);
    activity.element_ended = either(element_ended);
    activity.ca_blocked = either(ca_blocked);
    activity.mac = {mac_busy.read(), waits_weights.read(), waits_line.read()};
    core_.book(activity);
  }

  RowStateClocked core_;
  DeltaDelay all_worked_{1};  // then the other units show what they did
};

}  // namespace escalate::cycle
