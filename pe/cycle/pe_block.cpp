#include "pe/cycle/pe_block.h"

#include <algorithm>

namespace escalate::cycle {

PeBlock::PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine, int block)
    : sc_module(name),
      clock("clock"),
      entries("entries"),
      control("control"),
      report("report"),
      controller_("controller", machine, block),
      ring_buffer_("ring_input_buffer", machine),
      coefficient_buffer_("coefficient_buffer"),
      output_banks_("output_banks", machine),
      slices_("slice") {
  slices_.init(std::size_t(machine.slices), [&](const char* slice_name, std::size_t slice) {
    return new PeSlice(slice_name, machine, int(slice));
  });
  entries.bind(ring_buffer_.writer);
  control.bind(controller_.control);
  controller_.coefficients(coefficient_buffer_.banks);
  controller_.report(report);
  ring_buffer_.clock(clock);
  ring_buffer_.passes(controller_.passes);
  std::size_t reader = 0;
  for (PeSlice& slice : slices_) {
    slice.clock(clock);
    slice.output_banks(output_banks_.writer);
    slice.report(controller_.merges);
    for (std::size_t row = 0; row < slice.entries.size(); ++row, ++reader) {
      slice.entries[row].bind(ring_buffer_.readers[reader]);
      controller_.rows[reader].bind(slice.row_control[row]);
    }
  }
}

bool PeBlock::is_idle() const {
  return ring_buffer_.is_empty() &&
         std::all_of(slices_.begin(), slices_.end(),
                     [](const PeSlice& slice) { return slice.is_idle(); });
}

MachineCounters PeBlock::counters() const {
  MachineCounters sum = ring_buffer_.counters();
  add_fields(sum, output_banks_.counters());
  for (const PeSlice& slice : slices_) add_fields(sum, slice.counters());
  return sum;
}

RowStates PeBlock::states() const {
  RowStates sum;
  for (const PeSlice& slice : slices_) add_fields(sum, slice.states());
  return sum;
}

void PeBlock::list_signals(SignalList& list) const {
  controller_.list_signals(list);
  ring_buffer_.list_signals(list);
  output_banks_.list_signals(list);
  for (const PeSlice& slice : slices_) slice.list_signals(list);
}

}  // namespace escalate::cycle
