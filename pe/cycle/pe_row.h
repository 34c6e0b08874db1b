// A PE row as a module: CA unit, element queue, MAC unit and line buffer, joined by channels
// (docs/microarchitecture.md, sections 6, 7 and 10).
#pragma once

#include <memory>

#include "pe/cycle/adder_tree_module.h"
#include "pe/cycle/concentrator_module.h"
#include "pe/cycle/dilution_module.h"
#include "pe/cycle/direct_picker_module.h"
#include "pe/cycle/ideal_ca_module.h"
#include "pe/cycle/line_buffer_module.h"
#include "pe/cycle/mac_unit_module.h"
#include "pe/cycle/row_monitor.h"

namespace escalate::cycle {

/// The CA unit in decomposed mode: dilution, slot queue, concentrator and adder tree.
class CaUnit : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_port<FifoWriterIf<Element>> element_queue;

  CaUnit(const sc_core::sc_module_name& name, const MachineConfig& machine);

  /// For the port of a RowMonitor.
  void show_activity(sc_core::sc_port<CaActivityIf, 0>& port);
  MachineCounters counters() const;
  void list_signals(SignalList& list) const;

 private:
  Dilution dilution_;
  RegisteredChannel<SlotRow> slot_queue_;
  Concentrator concentrator_;
  AdderTree adder_tree_;
};

class PeRow : public sc_core::sc_module, public RowControlIf {
 public:
  sc_core::sc_in<bool> clock;
  sc_core::sc_port<EntryPortIf> entry;
  sc_core::sc_export<LineReaderIf> lines;
  sc_core::sc_export<RowControlIf> control;

  /// PE row `row` of slice `slice`.
  PeRow(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice, int row);

  void begin_pass(const RunningPass& pass, int entries) override;

  /// Nothing is to be made, multiplied or merged.
  bool is_idle() const;
  MachineCounters counters() const;
  const RowStates& states() const { return monitor_.states(); }
  void list_signals(SignalList& list) const;

 private:
  template <class Unit>
  void join_ca(Unit& unit);
  void join();

  DirectPicker direct_picker_;
  RegisteredChannel<Element> element_queue_;
  MacUnit mac_unit_;
  LineBuffer line_buffer_;
  RowMonitor monitor_;
  // One of them, by ideal.ca.
  std::unique_ptr<CaUnit> ca_unit_;
  std::unique_ptr<IdealCa> ideal_ca_;
};

}  // namespace escalate::cycle
