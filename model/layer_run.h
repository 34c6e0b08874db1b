// What one layer took: cycles, and everything that was counted in them.
#pragma once

#include <cstdint>
#include <vector>

#include "buffers/dram_timing.h"
#include "common/fields.h"
#include "machine/counters.h"
#include "machine/row_states.h"
#include "model/accelerator_units.h"

namespace escalate {

struct LayerRun {
  int layer = 0;  ///< index into Program::layers

  // Summed over images.
  Cycle cycles = 0;
  MachineCounters counters;
  RowStates row_states;
  DramCounters dram;
  std::int64_t input_nonzeros = 0, input_values = 0;
  Cycle waited_for_dram = 0, waited_for_post = 0;

  /// Only a single run has these, not sums: states by block, and when each instruction was
  /// executed.
  std::vector<RowStates> block_states;
  std::vector<ExecutedInstruction> executed;

  /// Another run of the same layer.
  void add(const LayerRun& other) { add_fields(*this, other); }

  /// What is summed.
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"cycles", "cycles", "From one barrier to the next"}, self.cycles);
    visit(FieldDoc{"counters", "", "Actions of the machine's components"}, self.counters);
    visit(FieldDoc{"row_states", "row-cycles", "Of all rows: they sum to rows x cycles"},
          self.row_states);
    visit(FieldDoc{"dram", "", "What DRAM did"}, self.dram);
    visit(FieldDoc{"input_nonzeros", "values", "Of the tensor that the layer reads"},
          self.input_nonzeros);
    visit(FieldDoc{"input_values", "values", "The same with zeros"}, self.input_values);
    visit(FieldDoc{"waited_for_dram", "cycles", "Cycles without a pass, for transfers"},
          self.waited_for_dram);
    visit(FieldDoc{"waited_for_post", "cycles", "Cycles without a pass, for post-processing"},
          self.waited_for_post);
  }
};

}  // namespace escalate
