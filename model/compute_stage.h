// What runs the compute stream: PE blocks and multicast network. The views differ here.
#pragma once

#include <vector>

#include "common/counters.h"
#include "common/row_states.h"
#include "model/block_memories.h"
#include "model/execution_unit.h"

namespace escalate {

class ComputeStage : public ExecutionUnit, public BlockMemories {
 public:
  /// A layer begins: nothing is in flight, counters and states are zero.
  virtual void restart() = 0;
  /// Counters of a layer.
  virtual MachineCounters counters() const = 0;
  /// States of the PE rows of each block over the `cycles` of a layer: they sum to rows x cycles.
  virtual std::vector<RowStates> block_states(Cycle cycles) = 0;
  /// Checked elements so far that differ from the dot product of their picks.
  virtual std::int64_t pick_mismatches() const = 0;
};

}  // namespace escalate
