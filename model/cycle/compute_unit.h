// The compute stream's unit in the cycle view: PE blocks, multicast network and what reads the
// global buffer, clock by clock.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "interconnect/cycle/gated_clock.h"
#include "interconnect/cycle/multicast_network.h"
#include "interconnect/cycle/stream_ports.h"
#include "interconnect/layer_clock.h"
#include "model/cycle/address_generator.h"
#include "pe/cycle/pe_block.h"

namespace escalate::cycle {

class ComputeUnit : public sc_core::sc_module,
                    public StreamUnitIf,
                    public CoefficientFillIf,
                    public OutputBankReadIf,
                    public PassReportIf {
 public:
  sc_core::sc_export<StreamUnitIf> control;
  sc_core::sc_export<CoefficientFillIf> coefficient_buffers;
  sc_core::sc_export<OutputBankReadIf> output_banks;
  sc_core::sc_port<GlobalBufferReadIf> global_buffer;

  ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
              const LayerClock& clock);

  bool is_free() const override { return !sending_ && layer_clock_.now() >= free_from_; }
  void begin(const Instruction& instruction) override;
  int take_completed() override;
  std::string describe() const override;

  void fill(int block, int bank, ClockedCoefficients content) override;
  std::span<const std::int32_t> output_bank(int block, int bank) const override;

  void pass_complete(int block) override;

  /// A layer begins: nothing is in flight, counters and states are zero.
  void restart();
  /// Counts of the layer.
  MachineCounters counters() const;
  /// States of the PE rows of each block over the `cycles` of the layer.
  std::vector<RowStates> block_states(Cycle cycles);
  void list_signals(SignalList& list) const;

 private:
  struct Pass {
    int blocks_left = 0;  ///< member blocks that have not ended their last merge of it
  };
  ClockedPass pass_of_block(const Run& run, const PassGroup& group, int member) const;
  void begin_pass(const Run& run);
  void all_sent();
  bool has_work();
  MachineCounters all_counters() const;
  std::vector<RowStates> all_states() const;

  MachineConfig machine_;
  const LayerClock& layer_clock_;
  GatedClock clock_;
  AddressGenerator address_generator_;
  MulticastNetwork network_;
  sc_core::sc_vector<PeBlock> blocks_;

  bool sending_ = false;
  Cycle free_from_ = 0;      // first cycle in which the next pass may begin, unless sending_
  std::deque<Pass> passes_;  // begun and not taken as complete
  std::vector<std::deque<std::int64_t>> merging_;  // by block: numbers of its passes that merge
  std::int64_t first_pass_ = 0;                    // number of passes_.front()
  Cycle quiet_since_ = 0;  // nothing was sent or completed since this cycle of the clock
  std::int64_t entries_seen_ = 0;
  std::int64_t num_passes_ = 0;
  MachineCounters counters_before_;
  std::vector<RowStates> states_before_;  // by block
};

}  // namespace escalate::cycle
