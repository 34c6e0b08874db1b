#include "pe/cycle/block_controller.h"

#include "common/error.h"

namespace escalate::cycle {

BlockController::BlockController(const sc_core::sc_module_name& name, const MachineConfig& machine,
                                 int block)
    : sc_module(name),
      control("control"),
      passes("passes"),
      merges("merges"),
      rows("rows", std::size_t(machine.slices) * std::size_t(machine.rows)),
      coefficients("coefficients"),
      report("report"),
      block_(block),
      slices_(machine.slices),
      rows_of_slice_(machine.rows),
      entry_channels_(machine.ring.entry_channels),
      table_(machine) {
  control.bind(*this);
  passes.bind(*this);
  merges.bind(*this);
}

void BlockController::begin_pass(const ClockedPass& pass) {
  ensure(int(pass.of_slice.size()) == slices_, "a pass says the output channels of each slice");
  RunningPass& running = table_.add(pass, coefficients->bank(pass.coefficient_bank));
  const int entries = pass.num_entries(entry_channels_);
  for (int slice = 0; slice < slices_; ++slice) {
    ensure(pass.active_rows(slice) <= rows_of_slice_, "active rows exist");
    if (pass.of_slice[std::size_t(slice)] > 0) running.merges_left += pass.num_completed_rows();
    for (int row = 0; row < pass.active_rows(slice); ++row) {
      rows[std::size_t(slice * rows_of_slice_ + row)]->begin_pass(running, entries);
    }
  }
  if (running.merges_left > 0) merging_.push_back(running.number_of_pass);
}

// Slices are at different passes, so a pass may end its merges before an earlier one does.
void BlockController::row_merged(const RunningPass& pass) {
  --table_[pass.number_of_pass].merges_left;
  while (!merging_.empty() && table_[merging_.front()].merges_left == 0) {
    merging_.pop_front();
    report->pass_complete(block_);
  }
}

void BlockController::list_signals(SignalList& list) const {
  list.add(*this, "newest_pass", 32, [this] { return std::uint32_t(table_.newest()); });
}

}  // namespace escalate::cycle
