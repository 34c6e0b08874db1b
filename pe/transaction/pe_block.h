// A PE block of the transaction view: its rows, ring and merges answer by recurrences, without
// ticking.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <systemc>
#include <tlm>

#include "pe/transaction/block_model.h"
#include "pe/transaction/block_timeline.h"

namespace escalate {

class PeBlock : public BlockModel {
 public:
  PeBlock(const sc_core::sc_module_name& name, const MachineConfig& machine,
          const LayerClock& clock);

  TargetSocket& target_socket() override { return socket_; }
  /// Needs none: what its rows make of an entry comes with it.
  void load_bank(int, const std::shared_ptr<const CoefficientBank>&) override {}
  void restart() override { timeline_ = BlockTimeline(machine_); }
  MachineCounters counters() const override;
  RowStates states(Cycle cycles) override;
  /// First cycle after everything sent so far, in the layer or since the last restart.
  Cycle end_of_work() const { return timeline_.end_of_work(); }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void begin_pass(PassExtension& extension, Cycle begin);
  void take_entry(EntryExtension& extension, Cycle visible);
  void answer(RingCredit& credit);

  tlm_utils::simple_target_socket<PeBlock, 32, BlockProtocol> socket_;
  const LayerClock& clock_;
  MachineConfig machine_;
  BlockTimeline timeline_;
  PassMode mode_ = PassMode::kDecomposed;
};

}  // namespace escalate
