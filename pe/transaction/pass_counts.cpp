#include "pe/transaction/pass_counts.h"

#include <algorithm>

#include "common/math.h"

namespace escalate {

EntrySize size_of_entry(const PassRows::Tile& tile, std::span<const std::uint64_t> maps) {
  EntrySize size{map_bytes(tile.channels), 0};
  for (const std::uint64_t word : maps) size.nonzeros += num_ones(word);
  return size;
}

void count_entry(MachineCounters& counters, const PassRows& rows, const PassRows::Tile& tile,
                 std::span<const std::uint64_t> maps, int members) {
  const EntrySize size = size_of_entry(tile, maps);
  counters.entries_sent += 1;
  counters.network_bytes += size.bytes();
  counters.network_delivered_bytes += std::int64_t{size.bytes()} * members;
  counters.global_buffer_values_read += size.nonzeros;
  counters.global_buffer_maps_read += size.maps;
  counters.ring_chunks_written += std::int64_t{tile.chunks} * members;
  counters.ring_values_written += std::int64_t{size.nonzeros} * members;
  counters.ring_chunks_read += tile.visited_chunks;
  counters.coefficient_chunks_read += tile.visited_chunks;
  if (!rows.direct) {
    counters.bit_gathers += 2 * tile.visited_chunks;
    return;
  }
  // Rows read their visited chunks whole.
  for (std::size_t chunk = 0; chunk < maps.size(); ++chunk) {
    counters.ring_values_read += std::int64_t{tile.visitors[chunk]} * num_ones(maps[chunk]);
  }
}

void count_elements(MachineCounters& counters, const CaBatchResult& batch,
                    std::span<const std::int32_t> values, bool line_end) {
  std::int64_t slots = 0, slot_rows = 0, steps = 0, matches = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    slots += batch.slots[row];
    slot_rows += batch.rows[row];
    steps += batch.steps[row];
    matches += batch.matches[row];
  }
  const auto elements = std::int64_t(values.size());
  counters.elements += elements;
  counters.ring_values_read += slots;
  counters.slots += slots;
  counters.slot_rows += slot_rows;
  counters.concentrator_steps += steps;
  counters.ca_additions += matches;
  const std::int64_t zeros = line_end ? 0 : std::count(values.begin(), values.end(), 0);
  counters.elements_pushed += elements - zeros;
}

void count_products(MachineCounters& counters, std::span<const std::int32_t> values, int taps,
                    bool bypasses_mac, SumCounter sums) {
  const std::int64_t nonzero =
      std::int64_t(values.size()) - std::count(values.begin(), values.end(), 0);
  counters.nonzero_elements += nonzero;
  counters.*sums += nonzero * taps;
  if (bypasses_mac) {
    counters.bypassed_elements += nonzero;
  } else {
    counters.macs += nonzero * taps;
  }
}

void count_taken(MachineCounters& counters, std::span<const TakenActivations> taken, int at_once,
                 int taps, bool line_end, SumCounter sums) {
  std::int64_t elements = 0, activations = 0, empty_line_ends = 0;
  for (const TakenActivations& of_row : taken) {
    for (const int of_chunk : of_row) activations += of_chunk;
    if (at_once > 1) {
      for (const int of_chunk : of_row) elements += ceil_div(of_chunk, at_once);
    }
    const bool takes_last = !of_row.empty() && of_row.back() > 0;
    if (line_end && !takes_last) ++empty_line_ends;
  }
  if (at_once == 1) elements = activations;
  counters.elements += elements;
  counters.nonzero_elements += elements;
  counters.elements_pushed += elements + empty_line_ends;
  counters.weight_bytes_read += activations * taps;
  counters.macs += activations * taps;
  counters.*sums += elements * taps;
}

}  // namespace escalate
