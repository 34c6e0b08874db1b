// The merge of a slice with registers: reads the finished output rows of its PE rows in fixed order
// into an output bank (docs/microarchitecture.md, section 8).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/config.h"
#include "machine/counters.h"
#include "pe/cycle/line_buffer.h"
#include "pe/cycle/output_banks.h"

namespace escalate {

class SliceMergeClocked {
 public:
  SliceMergeClocked(const MachineConfig& machine, int slice)
      : slice_(slice), words_per_cycle_(machine.merge_words) {}

  /// One cycle over the line buffers of the slice's PE rows. Returns the pass that completed the
  /// output row whose merge ends in this cycle, else null.
  const RunningPass* tick(std::span<LineReader* const> line_buffers, OutputBankWriter& banks);

  bool is_idle() const { return line_ == nullptr; }
  const MachineCounters& counters() const { return counters_; }

 private:
  void start(std::span<LineReader* const> line_buffers);
  void read(LineReader& line_buffer, OutputBankWriter& banks);

  int slice_;
  int words_per_cycle_;
  const RunningPass* pass_ = nullptr;  // that completed the output row in hand
  const BufferedLine* line_ = nullptr;
  int row_ = 0;                     // PE row being read
  int column_ = 0;                  // its next word
  std::vector<std::int32_t> sums_;  // sums of the PE rows of one output channel, by column
  MachineCounters counters_;
};

}  // namespace escalate
