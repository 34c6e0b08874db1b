// The merge of a slice as a module (docs/microarchitecture.md, section 8).
#pragma once

#include <vector>

#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/signal_list.h"
#include "pe/cycle/ports.h"
#include "pe/cycle/slice_merge.h"

namespace escalate::cycle {

class SliceMerge : public ClockedUnit {
 public:
  sc_core::sc_vector<sc_core::sc_port<LineReaderIf>> lines;  ///< by PE row
  sc_core::sc_port<OutputBankIf> output_banks;
  sc_core::sc_port<MergeReportIf> report;

  SliceMerge(const sc_core::sc_module_name& name, const MachineConfig& machine, int slice)
      : ClockedUnit(name),
        lines("lines", std::size_t(machine.rows)),
        output_banks("output_banks"),
        report("report"),
        core_(machine, slice) {}

  bool is_idle() const { return core_.is_idle(); }
  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const {
    list.add(*this, "merging", 1, [this] { return std::uint64_t(!core_.is_idle()); });
    list.add(*this, "row_merged", 1, [this] { return std::uint64_t(merged_); });
  }

 private:
  void end_of_elaboration() override {
    ClockedUnit::end_of_elaboration();
    for (auto& port : lines) readers_.push_back(port.operator->());
  }
  void tick() override {
    const RunningPass* pass = core_.tick(readers_, *output_banks.operator->());
    merged_ = pass != nullptr;
    if (merged_) report->row_merged(*pass);
  }

  SliceMergeClocked core_;
  std::vector<LineReader*> readers_;
  bool merged_ = false;
};

}  // namespace escalate::cycle
