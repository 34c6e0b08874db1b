#include "pe/cycle/pe_row.h"

namespace escalate::cycle {

CaUnit::CaUnit(const sc_core::sc_module_name& name, const MachineConfig& machine)
    : sc_module(name),
      clock("clock"),
      entry("entry"),
      element_queue("element_queue"),
      dilution_("dilution", machine),
      slot_queue_("slot_queue", machine.ca.slot_queue_rows),
      concentrator_("concentrator", machine),
      adder_tree_("adder_tree", machine) {
  dilution_.clock(clock);
  dilution_.entry(entry);
  dilution_.slot_queue(slot_queue_);
  concentrator_.clock(clock);
  concentrator_.slot_queue(slot_queue_);
  concentrator_.element_queue(element_queue);
  concentrator_.adder_tree(adder_tree_.picks);
  adder_tree_.element_queue(element_queue);
}

void CaUnit::show_activity(sc_core::sc_port<CaActivityIf, 0>& port) {
  port.bind(dilution_);
  port.bind(concentrator_);
}

MachineCounters CaUnit::counters() const {
  MachineCounters sum = dilution_.counters();
  add_fields(sum, adder_tree_.counters());
  return sum;
}

void CaUnit::list_signals(SignalList& list) const {
  dilution_.list_signals(list);
  slot_queue_.list_signals(list);
  concentrator_.list_signals(list);
  adder_tree_.list_signals(list);
}

PeRow::PeRow(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice, int row)
    : sc_module(name),
      clock("clock"),
      entry("entry"),
      lines("lines"),
      control("control"),
      direct_picker_("direct_picker", machine),
      element_queue_("element_queue", machine.ca.element_queue),
      mac_unit_("mac_unit", machine, slice, row),
      line_buffer_("line_buffer", machine),
      monitor_("monitor") {
  if (machine.ideal.ca) {
    ideal_ca_ = std::make_unique<IdealCa>("ideal_ca", machine);
    join_ca(*ideal_ca_);
    monitor_.ca.bind(*ideal_ca_);
  } else {
    ca_unit_ = std::make_unique<CaUnit>("ca_unit", machine);
    join_ca(*ca_unit_);
    ca_unit_->show_activity(monitor_.ca);
  }
  join();
  lines.bind(line_buffer_);
  control.bind(*this);
}

template <class Unit>
void PeRow::join_ca(Unit& unit) {
  unit.clock(clock);
  unit.entry(entry);
  unit.element_queue(element_queue_);
}

void PeRow::join() {
  direct_picker_.clock(clock);
  direct_picker_.entry(entry);
  direct_picker_.element_queue(element_queue_);
  mac_unit_.clock(clock);
  mac_unit_.element_queue(element_queue_);
  mac_unit_.line_buffer(line_buffer_.products);
  monitor_.clock(clock);
  monitor_.ca.bind(direct_picker_);
  monitor_.mac(mac_unit_);
}

void PeRow::begin_pass(const RunningPass& pass, int entries) {
  monitor_.expect(entries);
  if (pass.pass.fresh) line_buffer_.open(pass);
}

bool PeRow::is_idle() const {
  return monitor_.is_idle() && element_queue_.size() == 0 && mac_unit_.is_idle() &&
         line_buffer_.oldest_finished() == nullptr;
}

MachineCounters PeRow::counters() const {
  MachineCounters sum = ideal_ca_ ? ideal_ca_->counters() : ca_unit_->counters();
  add_fields(sum, direct_picker_.counters());
  add_fields(sum, mac_unit_.counters());
  add_fields(sum, line_buffer_.counters());
  sum.ca_busy_cycles += monitor_.ca_busy_cycles();
  return sum;
}

void PeRow::list_signals(SignalList& list) const {
  if (ideal_ca_) ideal_ca_->list_signals(list);
  if (ca_unit_) ca_unit_->list_signals(list);
  direct_picker_.list_signals(list);
  element_queue_.list_signals(list);
  mac_unit_.list_signals(list);
  line_buffer_.list_signals(list);
  monitor_.list_signals(list);
}

}  // namespace escalate::cycle
