// The post stream's unit in the transaction view: the post-processing unit with its time.
#pragma once

#include <systemc>

#include "model/transaction/completion_queue.h"
#include "model/transaction/execution_unit.h"
#include "model/transaction/post_processor.h"

namespace escalate {

class PostUnit : public sc_core::sc_module, public ExecutionUnit {
 public:
  PostUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
           const LayerClock& clock, GlobalBuffer& buffer, const BlockMemories& blocks,
           OutputPath& outputs);

  void begin(const Instruction& instruction) override;
  void retire() override { completions_.pop(); }
  std::string describe() const override;

  /// Bias, multiplier and shift of output channels, as they stand in DRAM, for a parameter bank.
  void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) {
    processor_.load_parameters(load, bytes);
  }
  /// The outputs of a function, as they stand in DRAM, for a table bank.
  void load_parameters(const LoadSlopedParameters& load, std::span<const std::uint8_t> bytes) {
    processor_.load_parameters(load, bytes);
  }
  void load_table(const LoadTable& load, std::span<const std::uint8_t> bytes) {
    processor_.load_table(load, bytes);
  }
  /// A layer begins: counters are zero.
  void restart() { processor_.restart(); }
  const MachineCounters& counters() const { return processor_.counters(); }

 private:
  const LayerClock& clock_;
  PostProcessor processor_;
  CompletionQueue completions_;
};

}  // namespace escalate
