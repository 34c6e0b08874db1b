// What a pass adds to the machine's counters: pure functions of an entry and of what the PE rows
// make of it. Busy cycles are counted by the timelines (BlockTimeline).
#pragma once

#include <cstdint>
#include <span>

#include "machine/counters.h"
#include "pe/transaction/block_timeline.h"
#include "pe/transaction/ca_batch.h"
#include "pe/transaction/pass_rows.h"

namespace escalate {

/// Bytes of an entry on the network: ceil(channels / 8) of maps, and its non-zero activations.
struct EntrySize {
  int maps = 0, nonzeros = 0;
  int bytes() const { return maps + nonzeros; }
};
EntrySize size_of_entry(const PassRows::Tile& tile, std::span<const std::uint64_t> maps);

/// An entry is read, sent to `members` blocks, and read there by every row that visits its chunks.
void count_entry(MachineCounters& counters, const PassRows& rows, const PassRows::Tile& tile,
                 std::span<const std::uint64_t> maps, int members);

/// Elements of a decomposed entry in CA units: `values` has one for each row of `batch`.
void count_elements(MachineCounters& counters, const CaBatchResult& batch,
                    std::span<const std::int32_t> values, bool line_end);

/// The counter of what products are added to: sums in the line buffer, or in registers.
using SumCounter = std::int64_t MachineCounters::*;

/// Elements of an entry in MAC units, each of which meets `taps` taps.
void count_products(MachineCounters& counters, std::span<const std::int32_t> values, int taps,
                    bool bypasses_mac, SumCounter sums);

/// A direct entry, of whose activations each meets `taps` taps and a row takes up to `at_once`.
void count_taken(MachineCounters& counters, std::span<const TakenActivations> taken, int at_once,
                 int taps, bool line_end, SumCounter sums);

}  // namespace escalate
