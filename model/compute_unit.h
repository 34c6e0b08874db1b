// The compute stream's unit: passes of the PE blocks.
#pragma once

#include <systemc>

#include "model/completion_queue.h"
#include "model/execution_unit.h"
#include "model/multicast_network.h"

namespace escalate {

class ComputeUnit : public sc_core::sc_module, public ExecutionUnit {
 public:
  ComputeUnit(const sc_core::sc_module_name& name, const LayerClock& clock,
              MulticastNetwork& network, PickSelector& selector);

  void begin(const Instruction& instruction) override;
  void retire() override { completions_.pop(); }
  std::string describe() const override;

 private:
  const LayerClock& clock_;
  MulticastNetwork& network_;
  PickSelector& selector_;
  CompletionQueue completions_;
};

}  // namespace escalate
