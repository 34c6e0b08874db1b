// What a baseline has around its own arithmetic, the same as the machine that it is compared with:
// DRAM, DMA engines and the unit that makes activations of sums.
#pragma once

#include <cstdint>
#include <string_view>

#include "buffers/dram_timing.h"
#include "energy/component_list.h"
#include "machine/config.h"

namespace escalate {

struct SharedParts {
  DramConfig dram;
  DmaConfig dma;
  int post_lanes = 0;

  /// Throws UserError with the key.
  void validate() const;
  double dram_bytes_per_ns() const { return dram.bytes_per_ns(); }

  /// `dram_source` is where the DRAM's values are from, if it is not the machine's.
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit, std::string_view dram_source = "") {
    visit(FieldDoc{"post_lanes", "outputs/cycle",
                   "Lanes of the post-processing unit; 0: it takes no time and no energy",
                   "docs/baselines.md (papers leave it out)", 0},
          self.post_lanes);
    visit(FieldDoc{"dma", "", "DMA engines (no directory)"}, self.dma);
    visit(FieldDoc{"dram", "", "DRAM", dram_source}, self.dram);
  }
};

/// A list that begins with what all machines have: DRAM, DMA queues and, unless it is left out,
/// post-processing. `costs` outlives it.
ComponentList shared_components(const CostModel& costs, double clock_mhz, const SharedParts& parts);

/// A layer's bytes at the DRAM of docs/microarchitecture.md, section 14.
struct DramRun {
  std::int64_t first_cycles = 0;  ///< until the first request is answered
  std::int64_t cycles = 0;        ///< until all are
  DramCounters counters;
};

/// Two DMA engines, one that loads `read_bytes` and one that stores `written_bytes`, each from
/// consecutive addresses and as fast as requests and DRAM allow; the DRAM starts with closed rows.
/// Stores lie half of the banks away from loads, so that both do not fight for one bank.
DramRun run_dram(const SharedParts& parts, double clock_mhz, std::int64_t read_bytes,
                 std::int64_t written_bytes);

}  // namespace escalate
