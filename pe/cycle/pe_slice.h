// A slice of a PE block as a module: PE rows and the merge of their partial sums.
#pragma once

#include "pe/cycle/pe_row.h"
#include "pe/cycle/slice_merge_module.h"

namespace escalate::cycle {

class PeSlice : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;
  sc_core::sc_vector<sc_core::sc_port<EntryPortIf>> entries;         ///< by PE row
  sc_core::sc_vector<sc_core::sc_export<RowControlIf>> row_control;  ///< by PE row
  sc_core::sc_port<OutputBankIf> output_banks;
  sc_core::sc_port<MergeReportIf> report;

  PeSlice(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice);

  bool is_idle() const;
  MachineCounters counters() const;
  RowStates states() const;
  const PeRow& row(int number) const { return rows_[std::size_t(number)]; }
  void list_signals(SignalList& list) const;

 private:
  sc_core::sc_vector<PeRow> rows_;
  SliceMerge merge_;
};

}  // namespace escalate::cycle
