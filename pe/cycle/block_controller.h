// What sets up passes in a PE block and knows when they are complete (docs/microarchitecture.md,
// sections 3, 7 and 8).
#pragma once

#include <cstdint>
#include <deque>

#include "interconnect/cycle/signal_list.h"
#include "pe/cycle/block.h"
#include "pe/cycle/ports.h"

namespace escalate::cycle {

class BlockController : public sc_core::sc_module,
                        public BlockControlIf,
                        public PassTableIf,
                        public MergeReportIf {
 public:
  sc_core::sc_export<BlockControlIf> control;
  sc_core::sc_export<PassTableIf> passes;
  sc_core::sc_export<MergeReportIf> merges;
  sc_core::sc_vector<sc_core::sc_port<RowControlIf>> rows;  ///< slice-major
  sc_core::sc_port<CoefficientsIf> coefficients;
  sc_core::sc_port<PassReportIf> report;

  /// The controller of PE block `block`.
  BlockController(const sc_core::sc_module_name& name, const MachineConfig& machine, int block);

  void begin_pass(const ClockedPass& pass) override;
  const RunningPass& pass(std::int64_t number) override { return table_[number]; }
  std::int64_t newest_pass() const override { return table_.newest(); }
  void row_merged(const RunningPass& pass) override;

  /// A layer begins: no pass is at work.
  void restart() { table_.forget(); }
  void list_signals(SignalList& list) const;

 private:
  int block_;
  int slices_, rows_of_slice_;
  int entry_channels_;
  PassTableClocked table_;
  std::deque<std::int64_t> merging_;  // passes that merge anything and are not complete
};

}  // namespace escalate::cycle
