// The units of the cycle view, joined to one another by ports and to DRAM.
#pragma once

#include <systemc>
#include <vector>

#include "buffers/cycle/global_buffer.h"
#include "interconnect/cycle/gated_clock.h"
#include "model/accelerator_units.h"
#include "model/cycle/compute_unit.h"
#include "model/cycle/controller.h"
#include "model/cycle/dma_streams.h"
#include "model/cycle/post_unit.h"
#include "model/output_path.h"

namespace escalate::cycle {

class CycleUnits : public AcceleratorUnits {
 public:
  /// Modules become children of the module whose constructor calls this.
  CycleUnits(const Program& program, const LayerClock& layer_clock, const SharedMemories& memories,
             DramModel& dram, OutputPath& outputs);

  void begin_layer(const LayerCode& layer) override;
  bool layer_is_done() const override { return controller_.layer_is_done(); }
  std::exception_ptr failure() const override { return load_.failure(); }
  std::string describe() const override { return controller_.describe(); }
  const StreamTimes& times() const override { return controller_.streams().times(); }
  MachineCounters counters() const override;
  std::vector<RowStates> block_states(Cycle cycles) override {
    return compute_.block_states(cycles);
  }
  /// No pick can differ here: every element is the sum of its picks.
  std::int64_t pick_mismatches() const override { return 0; }

  SignalList signals() const;
  sc_core::sc_signal<bool>& clock_signal() { return clock_.signal; }

 private:
  bool has_work() const;

  GatedClock clock_;
  Controller controller_;
  GlobalBufferUnit global_buffer_;
  LoadEngine load_;
  ComputeUnit compute_;
  PostUnit post_;
  StoreEngine store_;
};

}  // namespace escalate::cycle
