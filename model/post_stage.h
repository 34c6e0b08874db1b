// What runs the post stream: the post-processing unit. The views differ here.
#pragma once

#include <cstdint>
#include <span>

#include "common/counters.h"
#include "model/execution_unit.h"

namespace escalate {

class PostStage : public ExecutionUnit {
 public:
  /// Bias, multiplier and shift of output channels, as they stand in DRAM, for a parameter bank.
  virtual void load_parameters(const LoadParameters& load, std::span<const std::uint8_t> bytes) = 0;
  /// A layer begins: counters are zero.
  virtual void restart() = 0;
  virtual const MachineCounters& counters() const = 0;
};

}  // namespace escalate
