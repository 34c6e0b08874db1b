// A PE block of the cycle view: every unit in it is a module, joined by ports and channels.
#pragma once

#include "buffers/cycle/ring_buffer.h"
#include "pe/cycle/block_controller.h"
#include "pe/cycle/coefficient_buffer.h"
#include "pe/cycle/output_banks_module.h"
#include "pe/cycle/pe_slice.h"

namespace escalate::cycle {

class PeBlock : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock;
  sc_core::sc_export<RingWriterIf> entries;    ///< from the multicast network
  sc_core::sc_export<BlockControlIf> control;  ///< from the compute stream
  sc_core::sc_port<PassReportIf> report;       ///< to the compute stream

  /// PE block `block` of the machine.
  PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine, int block);

  CoefficientBuffer& coefficient_buffer() { return coefficient_buffer_; }
  const OutputBanks& output_banks() const { return output_banks_; }
  /// A layer begins: nothing is in flight.
  void restart() { controller_.restart(); }

  /// Nothing is left to do of the passes begun.
  bool is_idle() const;
  /// Sums over the units, since construction.
  MachineCounters counters() const;
  RowStates states() const;
  void list_signals(SignalList& list) const;

 private:
  BlockController controller_;
  RingBuffer ring_buffer_;
  CoefficientBuffer coefficient_buffer_;
  OutputBanks output_banks_;
  sc_core::sc_vector<PeSlice> slices_;
};

}  // namespace escalate::cycle
