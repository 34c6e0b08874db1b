// What timelines and dense arithmetic make of a random run of one PE block: what clocked cores and
// modules are compared with.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "common/fields.h"
#include "interconnect/transaction/multicast_timeline.h"
#include "machine/counters.h"
#include "pe/transaction/block_timeline.h"
#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"
#include "tests/pe/clocked_scenario.h"
#include "tests/pe/held_elements.h"

namespace escalate::scenario {

struct Outcome {
  std::vector<Cycle> begins;
  std::vector<Cycle> visible;   // by entry
  std::vector<Cycle> complete;  // by pass
  RowStates states;
  MachineCounters counters;
  std::vector<std::vector<std::int32_t>> banks;  // by tile: its output bank when it is complete
  Cycle end = 0;
};

// What the bit-parallel cores make of one entry in one coefficient row.
struct MadeElement {
  std::vector<std::uint16_t> slots;
  std::vector<std::uint16_t> step_ends;
  std::int32_t value = 0;
  int matches = 0;
};

inline MadeElement make_element(const MachineConfig& machine, const Entry& entry,
                                const CoefficientTile& coefficients, int row) {
  MadeElement made;
  DilutedElement diluted;
  dilute(entry.maps, coefficients, row, HostSimd::kPortable, diluted);
  std::vector<std::int8_t> values;
  for (const int chunk : coefficients.visited(row)) {
    const auto of_chunk = entry.chunk_values(chunk);
    made.slots.push_back(std::uint16_t(of_chunk.size()));
    values.insert(values.end(), of_chunk.begin(), of_chunk.end());
  }
  const ConcentratorPattern pattern = ConcentratorPattern::parse(machine.ca.pattern);
  concentrate(
      pattern, machine.ca.lanes, diluted.active.words(), diluted.slots(),
      [&](const SlotPick& pick) {
        const int slot = pick.slot_row * machine.ca.lanes + pick.slot_lane;
        made.value += diluted.negative[slot] ? -values[slot] : values[slot];
        ++made.matches;
      },
      [&](int, int after) { made.step_ends.push_back(std::uint16_t(after)); });
  return made;
}

inline void count_element(const Scenario& run, const Tile& tile, const Entry& entry,
                          const MadeElement& made, MachineCounters& counters) {
  int slots = 0;
  for (const int of_chunk : made.slots) slots += of_chunk;
  const auto chunks = std::int64_t(made.slots.size());
  counters.ring_chunks_read += chunks;
  counters.coefficient_chunks_read += chunks;
  counters.bit_gathers += 2 * chunks;
  counters.ring_values_read += slots;
  counters.slots += slots;
  counters.slot_rows += num_slot_rows(slots, run.machine.ca.lanes);
  counters.concentrator_steps += std::int64_t(made.step_ends.size());
  counters.ca_additions += made.matches;
  ++counters.elements;
  const bool zero = made.value == 0;
  if (!zero) ++counters.nonzero_elements;
  if (!zero || entry.line_end) ++counters.elements_pushed;
  const int taps = tile.geometry.taps(entry.h, entry.w);
  if (!zero) (tile.bypass ? counters.bypassed_elements : counters.macs) += taps;
  if (!zero) counters.line_buffer_updates += taps;
  const int multipliers = run.machine.mac.multipliers;
  if (!zero || entry.line_end) {
    counters.mac_busy_cycles +=
        zero || tile.bypass || run.machine.ideal.mac ? 1 : (taps + multipliers - 1) / multipliers;
  }
}

// What direct mode takes of each visited chunk, counted.
inline std::vector<std::uint16_t> take_directly(const Scenario& run, const Tile& tile,
                                                const Entry& entry,
                                                const CoefficientTile& coefficients, int row,
                                                MachineCounters& counters) {
  const MacConfig& mac = run.machine.mac;
  const bool pointwise = tile.taps() == 1;
  const int at_once = pointwise ? mac.multipliers : 1;
  std::vector<std::uint16_t> taken;
  int elements = 0;
  for (const int chunk : coefficients.visited(row)) {
    const int matches = std::popcount(coefficients.map(row, chunk) & entry.maps[chunk]);
    taken.push_back(std::uint16_t(matches));
    elements += (matches + at_once - 1) / at_once;
    ++counters.ring_chunks_read;
    ++counters.coefficient_chunks_read;
    counters.ring_values_read += std::popcount(entry.maps[chunk]);
    const int taps = tile.geometry.taps(entry.h, entry.w);
    counters.macs += matches * taps;
    counters.weight_bytes_read += matches * taps;
  }
  const int taps = tile.geometry.taps(entry.h, entry.w);
  counters.line_buffer_updates += elements * taps;
  const int cycles =
      pointwise || run.machine.ideal.mac ? 1 : (taps + mac.multipliers - 1) / mac.multipliers;
  counters.mac_busy_cycles += elements * cycles;
  counters.elements += elements;
  counters.nonzero_elements += elements;
  counters.elements_pushed += elements;
  if (entry.line_end && (taken.empty() || taken.back() == 0)) {
    ++counters.elements_pushed;
    ++counters.mac_busy_cycles;
  }
  return taken;
}

// Gives the block an entry, with what its rows make of it.
inline void process_entry(const Scenario& run, const Tile& tile,
                          const CoefficientTile& coefficients, const Entry& entry, Cycle visible,
                          BlockTimeline& block, MachineCounters& counters) {
  const BlockEntry block_entry{entry.h, entry.w, entry.line_end, entry.num_chunks(), visible};
  const int rows = tile.outputs() * tile.terms;
  if (tile.direct) {
    std::vector<std::vector<std::uint16_t>> taken;
    for (int row = 0; row < rows; ++row) {
      taken.push_back(take_directly(run, tile, entry, coefficients, row, counters));
    }
    const std::vector<TakenActivations> spans(taken.begin(), taken.end());
    block.process_direct(block_entry, spans);
    return;
  }
  std::vector<MadeElement> made;
  for (int row = 0; row < rows; ++row) {
    made.push_back(make_element(run.machine, entry, coefficients, row));
    count_element(run, tile, entry, made.back(), counters);
  }
  HeldElements elements;
  for (const MadeElement& element : made) {
    elements.add(element.slots, element.step_ends, element.value == 0);
  }
  block.process(block_entry, elements.all());
}

// Runs timelines on the elements of the bit-parallel cores.
inline Outcome run_timelines(const Scenario& run) {
  const MachineConfig& machine = run.machine;
  BlockTimeline block(machine);
  MulticastTimeline network(machine);
  Outcome outcome;
  std::vector<Cycle> tile_complete(run.tiles.size(), -1);
  for (std::size_t p = 0; p < run.passes.size(); ++p) {
    const Tile& tile = run.tiles[run.passes[p].tile];
    const ClockedCoefficients bank = run.coefficient_bank(tile);
    const ClockedPass clocked = run.clocked_pass(p);
    BlockPass pass;
    pass.geometry = tile.geometry;
    pass.fresh = run.passes[p].fresh;
    pass.mode = tile.direct ? PassMode::kDirect : PassMode::kDecomposed;
    pass.bypasses_mac = tile.bypass;
    for (int slice = 0; slice < machine.slices; ++slice) {
      pass.active_rows.push_back(clocked.active_rows(slice));
    }
    pass.begin = std::max(network.free(), p > 0 ? outcome.begins.back() : 0);
    for (int t = 0; t + 2 <= run.passes[p].tile; ++t) {
      pass.begin = std::max(pass.begin, tile_complete[t] + 1);
    }
    pass.begin += run.delays[p];
    outcome.begins.push_back(pass.begin);
    block.begin_pass(pass);
    for (const auto& entry : run.entries(p)) {
      const Cycle visible =
          network.send(entry->num_bytes(), pass.begin, block.space_for(entry->num_chunks()));
      outcome.visible.push_back(visible);
      process_entry(run, tile, bank.tiles[entry->channel_tile], *entry, visible, block,
                    outcome.counters);
      outcome.counters.ring_chunks_written += entry->num_chunks();
      outcome.counters.ring_values_written += std::int64_t(entry->values.size());
      ++outcome.counters.entries_sent;
      outcome.counters.network_bytes += entry->num_bytes();
      outcome.counters.network_delivered_bytes += entry->num_bytes();
    }
    outcome.complete.push_back(block.end_pass());
    Cycle& complete = tile_complete[run.passes[p].tile];
    complete = std::max(complete, outcome.complete.back());
  }
  outcome.end = std::max({block.end_of_work(), network.free(), outcome.begins.back()}) + 3;
  block.close(outcome.end);
  outcome.states = block.states();
  outcome.counters.ca_busy_cycles = block.ca_busy_cycles();
  // Timelines and counts by hand must agree before anything is compared with them.
  RC_ASSERT(outcome.counters.mac_busy_cycles == block.mac_busy_cycles());
  outcome.counters.merged_words = block.merged_words();
  outcome.counters.network_busy_cycles = network.busy_cycles();
  for (const Tile& tile : run.tiles) {
    const WindowAxis& rows = tile.geometry.rows;
    const WindowAxis& columns = tile.geometry.columns;
    (tile.accumulate ? outcome.counters.output_words_accumulated
                     : outcome.counters.output_words_written) +=
        std::int64_t{tile.outputs()} * (rows.out_end - rows.out_begin) *
        (columns.out_end - columns.out_begin);
  }
  return outcome;
}

inline std::int32_t dense_convolution(const Tile& tile, int output, int p, int q) {
  const WindowAxis& rows = tile.geometry.rows;
  const WindowAxis& columns = tile.geometry.columns;
  std::int32_t sum = 0;
  for (int r = 0; r < rows.kernel; ++r) {
    for (int s = 0; s < columns.kernel; ++s) {
      const int h = p * rows.stride - rows.pad + r;
      const int w = q * columns.stride - columns.pad + s;
      if (h < 0 || h >= rows.input || w < 0 || w >= columns.input) continue;
      for (int c = 0; c < tile.channels; ++c) {
        sum += tile.weight(output, c, r * columns.kernel + s) * tile.activation(h, w, c);
      }
    }
  }
  return sum;
}

inline void assert_values(const Scenario& run, const Outcome& outcome) {
  for (std::size_t t = 0; t < run.tiles.size(); ++t) {
    if (t + 1 < run.tiles.size() && run.tiles[t + 1].accumulate) continue;
    std::size_t first = t;
    while (run.tiles[first].accumulate) --first;
    const Tile& tile = run.tiles[t];
    const WindowAxis& rows = tile.geometry.rows;
    const WindowAxis& columns = tile.geometry.columns;
    std::size_t word = 0;
    for (int output = 0; output < tile.outputs(); ++output) {
      for (int p = rows.out_begin; p < rows.out_end; ++p) {
        for (int q = columns.out_begin; q < columns.out_end; ++q, ++word) {
          std::int32_t expected = 0;
          for (std::size_t part = first; part <= t; ++part) {
            expected += dense_convolution(run.tiles[part], output, p, q);
          }
          RC_ASSERT(outcome.banks[t].at(word) == expected);
        }
      }
    }
  }
}

inline void assert_equal_counters(const MachineCounters& left, const MachineCounters& right) {
  for_each_field_pair(left, right, [](const auto& a, const auto& b) { RC_ASSERT(a == b); });
}

}  // namespace escalate::scenario
