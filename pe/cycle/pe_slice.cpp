#include "pe/cycle/pe_slice.h"

#include <algorithm>

namespace escalate::cycle {

PeSlice::PeSlice(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice)
    : sc_module(name),
      clock("clock"),
      entries("entries", std::size_t(machine.rows)),
      row_control("row_control", std::size_t(machine.rows)),
      output_banks("output_banks"),
      report("report"),
      rows_("row"),
      merge_("merge", machine, slice) {
  rows_.init(std::size_t(machine.rows), [&](const char* row_name, std::size_t row) {
    return new PeRow(row_name, machine, slice, int(row));
  });
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    rows_[row].clock(clock);
    rows_[row].entry(entries[row]);
    row_control[row].bind(rows_[row].control);
    merge_.lines[row].bind(rows_[row].lines);
  }
  merge_.clock(clock);
  merge_.output_banks(output_banks);
  merge_.report(report);
}

bool PeSlice::is_idle() const {
  return merge_.is_idle() &&
         std::all_of(rows_.begin(), rows_.end(), [](const PeRow& row) { return row.is_idle(); });
}

MachineCounters PeSlice::counters() const {
  MachineCounters sum = merge_.counters();
  for (const PeRow& row : rows_) add_fields(sum, row.counters());
  return sum;
}

RowStates PeSlice::states() const {
  RowStates sum;
  for (const PeRow& row : rows_) add_fields(sum, row.states());
  return sum;
}

void PeSlice::list_signals(SignalList& list) const {
  for (const PeRow& row : rows_) row.list_signals(list);
  merge_.list_signals(list);
}

}  // namespace escalate::cycle
