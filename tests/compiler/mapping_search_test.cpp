// The search for a mapping against a plain one, written from docs/compiler.md ("Mapping of a
// convolution") for layers whose tiles all fit into the global buffer.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>

#include "compiler/mapping.h"
#include "compiler/mapping_cost.h"
#include "tests/compiler/drawn_layer.h"

namespace escalate {
namespace {

int rounded_up(double number) {
  const int whole = int(number);
  return whole < number ? whole + 1 : whole;
}

int largest(const std::vector<Range>& ranges) {
  int size = 0;
  for (const Range range : ranges) size = std::max(size, range.size());
  return size;
}

/// [0, extent) in as few equal parts as hold at most `most` each.
std::vector<Range> in_equal_parts(int extent, int most) {
  return split_evenly(extent, rounded_up(double(extent) / most));
}

class PlainSearch {
 public:
  PlainSearch(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room)
      : machine_(machine), layer_(layer), room_(room) {}

  ConvMapping best() {
    std::vector<ConvMapping> wholes;
    for (int groups = 1; groups <= std::max(1, layer_.out.h); ++groups) {
      if (machine_.blocks % groups != 0) continue;
      for (const double narrower : {1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0}) {
        if (narrower > layer_.out.w) continue;
        for (const bool outside : {false, true}) wholes.push_back(whole(groups, narrower, outside));
      }
    }
    std::stable_sort(wholes.begin(), wholes.end(), [](const ConvMapping& a, const ConvMapping& b) {
      return a.estimated_cycles < b.estimated_cycles;
    });
    ConvMapping best = wholes[0];
    for (const ConvMapping& whole : wholes) {
      if (whole.estimated_cycles <= 1.2 * wholes[0].estimated_cycles) try_parts_of(whole, best);
    }
    return best;
  }

 private:
  void estimate(ConvMapping& mapping) const {
    const MappingCost cost = mapping_cost(machine_, layer_, room_, mapping);
    mapping.estimated_cycles = cost.cycles + 0.004 * cost.dram_bytes + 0.001 * cost.delivered_bytes;
  }

  ConvMapping whole(int groups, double narrower, bool outside) const {
    const Window& window = layer_.node->window;
    ConvMapping mapping;
    mapping.groups = groups;
    mapping.rounds_outside = outside;
    mapping.blocks_per_group = machine_.blocks / groups;
    mapping.folds = in_equal_parts(layer_.terms, machine_.rows);
    const int terms = largest(mapping.folds);
    const int of_slices = machine_.slices * std::max(1, machine_.rows / terms);
    const int of_bank =
        machine_.coefficient_bank_bytes / (layer_.direct ? 1 + window.r * window.s : 2 * terms);
    const int at_once = largest(
        in_equal_parts(layer_.out.c, mapping.blocks_per_group * std::min(of_slices, of_bank)));
    mapping.per_block = rounded_up(double(at_once) / mapping.blocks_per_group);
    mapping.per_slice = rounded_up(double(mapping.per_block) / machine_.slices);
    mapping.rounds = split_by(layer_.out.c, mapping.per_block * mapping.blocks_per_group);
    for (const Range round : mapping.rounds) {
      mapping.channel_step = std::max(mapping.channel_step, layer_.input_channels(round).size());
    }
    const bool adds_up = mapping.folds.size() > 1;
    const int together = rows_completed_together(layer_);
    int columns = machine_.output_bank_words / mapping.per_block;
    if (!adds_up && columns >= together) columns /= together;
    columns = std::min(
        columns, machine_.mac.line_buffer_words / rounded_up(double(window.r) / window.stride_h));
    const int tiles = rounded_up(rounded_up(double(layer_.out.w) / columns) * narrower);
    columns = rounded_up(double(layer_.out.w) / std::min(tiles, layer_.out.w));
    mapping.column_tiles = split_by(layer_.out.w, columns);
    mapping.row_tiles = {{0, layer_.out.h}};
    mapping.bank_rows = std::min(rounded_up(double(layer_.out.h) / groups),
                                 machine_.output_bank_words / (mapping.per_block * columns));
    estimate(mapping);
    return mapping;
  }

  void try_parts_of(const ConvMapping& whole, ConvMapping& best) const {
    const bool transfers = !room_.input_resident || room_.residual_loaded || room_.output_stored;
    const bool goes_on =
        whole.folds.size() == 1 && rows_completed_together(layer_) <= whole.bank_rows;
    for (const int tiles : {1, 2, 4, 8}) {
      if (tiles > 1 && !transfers) continue;
      for (const int passes : {1, 2, 4, 8}) {
        if (tiles == 1 && passes == 1) continue;
        ConvMapping mapping = whole;
        mapping.row_tiles = split_evenly(layer_.out.h, tiles);
        const int rows = std::min(whole.bank_rows,
                                  rounded_up(double(largest(mapping.row_tiles)) / whole.groups));
        mapping.bank_rows = rounded_up(double(rows) / passes);
        if (goes_on)
          mapping.bank_rows = std::max(mapping.bank_rows, rows_completed_together(layer_));
        estimate(mapping);
        if (mapping.estimated_cycles < 0.997 * best.estimated_cycles) best = mapping;
      }
    }
  }

  const MachineConfig& machine_;
  const ConvLayer& layer_;
  const MappingRoom& room_;
};

/// A machine whose coefficient banks hold all input channels of a pass.
MachineConfig machine_of_large_banks() {
  MachineConfig machine = drawn_machine();
  machine.coefficient_bank_bytes = 1 << 20;
  machine.output_bank_words = *rc::gen::inRange(50, 2000);
  machine.merge_words = *rc::gen::inRange(1, 9);
  machine.post_lanes = *rc::gen::inRange(1, 65);
  machine.network_bytes = *rc::gen::inRange(8, 129);
  return machine;
}

TEST(MappingSearch, FindsWhatAPlainSearchFinds) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(40);
    const MachineConfig machine = machine_of_large_banks();
    MappingRoom room = drawn_room(drawn.layer);
    room.workspace_bytes = 1 << 30;
    const ConvMapping found = map_convolution(machine, drawn.layer, room);
    const ConvMapping expected = PlainSearch(machine, drawn.layer, room).best();
    RC_ASSERT(found.groups == expected.groups);
    RC_ASSERT(found.blocks_per_group == expected.blocks_per_group);
    RC_ASSERT(found.per_slice == expected.per_slice);
    RC_ASSERT(found.per_block == expected.per_block);
    RC_ASSERT(found.rounds == expected.rounds);
    RC_ASSERT(found.folds == expected.folds);
    RC_ASSERT(found.channel_step == expected.channel_step);
    RC_ASSERT(found.column_tiles == expected.column_tiles);
    RC_ASSERT(found.row_tiles == expected.row_tiles);
    RC_ASSERT(found.bank_rows == expected.bank_rows);
    RC_ASSERT(found.rounds_outside == expected.rounds_outside);
    RC_ASSERT(!found.load_by_step);
    RC_ASSERT(found.estimated_cycles == expected.estimated_cycles);
  }));
}

}  // namespace
}  // namespace escalate
