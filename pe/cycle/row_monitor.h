// Books each cycle of a PE row as one state (docs/microarchitecture.md, section 11).
#pragma once

#include <vector>

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/signal_list.h"
#include "pe/cycle/ports.h"
#include "pe/cycle/row.h"

namespace escalate::cycle {

class RowMonitor : public ClockedUnit {
 public:
  /// The parts of the CA unit, and what replaces it in direct mode.
  sc_core::sc_port<CaActivityIf, 0> ca;
  sc_core::sc_port<MacActivityIf> mac;

  explicit RowMonitor(const sc_core::sc_module_name& name)
      : ClockedUnit(name, 1),  // then the other units show what they did
        ca("ca"),
        mac("mac") {}

  /// A pass begins in this cycle that sends the row `entries` entries.
  void expect(int entries) { core_.expect(entries); }

  const RowStates& states() const { return core_.states(); }
  std::int64_t ca_busy_cycles() const { return core_.ca_busy_cycles(); }
  bool is_idle() const { return core_.is_idle(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "row_state", 3, [this] { return std::uint64_t(core_.state()); });
  }

 private:
  void end_of_elaboration() override {
    ClockedUnit::end_of_elaboration();
    for (int i = 0; i < ca.size(); ++i) ca_.push_back(&ca[i]->activity());
    mac_ = &mac->activity();
  }
  void tick() override {
    RowStateClocked::Activity activity;
    for (const CaActivity* part : ca_) {
      activity.element_began |= part->began;
      activity.element_ended |= part->ended;
      activity.ca_blocked |= part->blocked;
    }
    activity.mac = *mac_;
    core_.book(activity);
  }

  std::vector<const CaActivity*> ca_;
  const MacUnitClocked::Status* mac_ = nullptr;
  RowStateClocked core_;
};

}  // namespace escalate::cycle
