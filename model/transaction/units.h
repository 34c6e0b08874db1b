// The units of the transaction view, joined to one another.
#pragma once

#include <string>
#include <vector>

#include "common/host_simd.h"
#include "common/shared_table.h"
#include "model/accelerator_units.h"
#include "model/transaction/compute_unit.h"
#include "model/transaction/controller.h"
#include "model/transaction/dma_units.h"
#include "model/transaction/post_unit.h"

namespace escalate {

/// What one may choose of them.
struct TransactionOptions {
  PickOptions picks;
  HostSimd host_simd = best_host_simd();
  BlockMaker make_block;  ///< by default PeBlock
  ConcentratorMaker make_concentrator;
  SharedTable* shared = nullptr;
};

class TransactionUnits : public AcceleratorUnits {
 public:
  /// Modules become children of the module whose constructor calls this.
  TransactionUnits(const Program& program, const LayerClock& clock, const SharedMemories& memories,
                   DramModel& dram, OutputPath& outputs, const TransactionOptions& options);

  void begin_layer(const LayerCode& layer) override;
  bool layer_is_done() const override { return controller_.layer_is_done(); }
  std::exception_ptr failure() const override { return controller_.failure(); }
  std::string describe() const override { return controller_.describe(); }
  const StreamTimes& times() const override { return controller_.times(); }
  MachineCounters counters() const override;
  std::vector<RowStates> block_states(Cycle cycles) override {
    return compute_.block_states(cycles);
  }
  std::int64_t pick_mismatches() const override { return compute_.pick_mismatches(); }

 private:
  ComputeUnit compute_;
  PostUnit post_;
  Controller controller_;
  LoadUnit load_;
  StoreUnit store_;
  const OutputPath& outputs_;
};

}  // namespace escalate
