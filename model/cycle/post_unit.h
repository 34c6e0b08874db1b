// The post-processing unit of the cycle view: collects, requantises, adds and pools operand by
// operand, a number of them each cycle (docs/microarchitecture.md, section 12).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "model/cycle/output_collector.h"
#include "model/cycle/post_operations.h"
#include "model/layer_clock.h"
#include "model/post_stage.h"

namespace escalate::cycle {

class PostUnit : public sc_core::sc_module, public PostStage {
 public:
  PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
           const LayerClock& clock, GlobalBuffer& buffer, const BlockMemories& blocks,
           OutputObserver& observer);

  /// Works cycle by cycle until the operation is complete.
  void begin(const Instruction& instruction) override;
  void retire() override;
  std::string describe() const override;

  void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) override;
  void restart() override { counters_ = {}; }
  const MachineCounters& counters() const override { return counters_; }

  void list_signals(SignalList& list) const;

 private:
  std::unique_ptr<PostOperation> operation_of(const Instruction& instruction);

  const LayerClock& clock_;
  OutputCollector collector_;
  MachineCounters counters_;
  PostResources resources_;
  std::array<std::vector<PostParameters>, 2> parameters_;
  bool is_busy_ = false;
  int complete_ = 0;  // operations that are complete and not retired
  sc_core::sc_event completed_;
};

}  // namespace escalate::cycle
