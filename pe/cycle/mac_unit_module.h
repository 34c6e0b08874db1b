// The MAC unit of a PE row as a module (docs/microarchitecture.md, sections 7 and 10).
#pragma once

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/registered_channel.h"
#include "pe/cycle/mac_unit.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class MacUnit : public ClockedUnit, public MacActivityIf {
 public:
  sc_core::sc_port<FifoReaderIf<Element>> element_queue;
  sc_core::sc_port<LineWriterIf> line_buffer;

  /// The unit of PE row `row` of slice `slice`.
  MacUnit(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice, int row)
      : ClockedUnit(name),
        element_queue("element_queue"),
        line_buffer("line_buffer"),
        core_(machine, slice, row) {}

  const MacUnitClocked::Status& activity() const override { return status_; }
  /// It did nothing in the last cycle.
  bool is_idle() const { return !status_.busy && !status_.waits_weights && !status_.waits_line; }
  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "busy", 1, [this] { return status_.busy; });
    list.add(*this, "waits_weights", 1, [this] { return status_.waits_weights; });
    list.add(*this, "waits_line", 1, [this] { return status_.waits_line; });
    const auto place = [&](const char* signal, int width, auto member) {
      list.add(*this, signal, width,
               [this, member] { return std::uint64_t(core_.place().*member); });
    };
    place("pass", 32, &MacUnitClocked::Place::pass);
    place("element_row", 16, &MacUnitClocked::Place::row);
    place("element_column", 16, &MacUnitClocked::Place::column);
    place("output_channel", 16, &MacUnitClocked::Place::output_channel);
    place("term", 8, &MacUnitClocked::Place::term);
  }

 private:
  void tick() override {
    status_ = core_.tick(*element_queue.operator->(), *line_buffer.operator->());
  }

  MacUnitClocked core_;
  MacUnitClocked::Status status_;
};

}  // namespace escalate::cycle
