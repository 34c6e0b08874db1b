// The compute stream's unit in the transaction view: passes of the PE blocks.
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "model/transaction/block_memories.h"
#include "model/transaction/completion_queue.h"
#include "model/transaction/execution_unit.h"
#include "model/transaction/shared_passes.h"
#include "pe/transaction/block_model.h"
#include "pe/transaction/multicast_network.h"
#include "pe/transaction/pass_engine.h"

namespace escalate {

/// `shared` may be nullptr; it serves blocks and concentrators of ours alone.
class ComputeUnit : public sc_core::sc_module, public ExecutionUnit, public BlockMemories {
 public:
  ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
              const LayerClock& clock, const GlobalBuffer& buffer, const PickOptions& picks,
              HostSimd set, const BlockMaker& make_block,
              const ConcentratorMaker& make_concentrator, SharedTable* shared);

  void begin(const Instruction& instruction) override;
  void retire() override { completions_.pop(); }
  std::string describe() const override;

  void load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content) override;
  std::span<const std::int32_t> output_bank(int block, int bank) const override {
    return engine_.output_bank(block, bank);
  }

  /// A layer begins: nothing is in flight, counters and states are zero. Unless `sums_are_read`,
  /// output banks are not filled.
  void restart(bool sums_are_read);
  MachineCounters counters() const;
  std::vector<RowStates> block_states(Cycle cycles);
  std::int64_t pick_mismatches() const { return engine_.pick_mismatches(); }

 private:
  const LayerClock& clock_;
  PassEngine engine_;
  MulticastNetwork network_;
  std::vector<std::unique_ptr<BlockModel>> blocks_;
  std::unique_ptr<SharedPasses> shared_;  // nullptr: passes are not shared
  CompletionQueue completions_;
};

}  // namespace escalate
