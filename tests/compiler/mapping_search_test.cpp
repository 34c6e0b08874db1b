// The search for a mapping against a plain one, written from docs/compiler.md ("Mapping of a
// convolution") for layers whose tiles all fit into the global buffer.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "compiler/least_mapping_cost.h"
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

  // The least cycles, then the least cost of what takes at most 2% more.
  ConvMapping best() {
    std::vector<ConvMapping> wholes;
    for (int groups = 1; groups <= std::max(1, layer_.out.h); ++groups) {
      if (machine_.blocks % groups != 0) continue;
      add_wholes(groups, wholes);
    }
    search(wholes);
    most_cycles_ = 1.02 * best_->estimated_cycles;
    traffic_counts_ = true;
    best_.reset();
    search(wholes);
    return *best_;
  }

 private:
  void search(std::vector<ConvMapping> wholes) {
    std::stable_sort(wholes.begin(), wholes.end(), [&](const ConvMapping& a, const ConvMapping& b) {
      return least(a) < least(b);
    });
    for (const ConvMapping& whole : wholes) try_parts_of(whole);
  }

  double cost(const MappingCost& cost) const {
    if (cost.cycles > most_cycles_) return kInfinity;
    if (!traffic_counts_) return cost.cycles;
    return cost.cycles + (0.004 * cost.dram_bytes + 0.001 * cost.delivered_bytes);
  }
  double least(const ConvMapping& mapping) const {
    return cost(least_cost_in_parts(machine_, layer_, room_, mapping));
  }

  /// 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, ... below `most`, and `most`.
  static std::vector<int> parts(int most) {
    std::vector<int> numbers;
    for (int number = 1; number < most; number = number < 4 ? number + 1 : number * 5 / 4) {
      numbers.push_back(number);
    }
    numbers.push_back(most);
    return numbers;
  }

  // With all channels of the input at once, and step by step, by ever fewer whole segments.
  void add_wholes(int groups, std::vector<ConvMapping>& wholes) const {
    ConvMapping mapping = spread(groups);
    add_columns(mapping, wholes);
    if (room_.input_resident) return;
    mapping.load_by_step = true;
    const int segment = room_.input_segment_channels;
    for (int segments = mapping.channel_step / segment; segments >= 1;
         segments = segments * segment / 2 / segment) {
      mapping.channel_step = segments * segment;
      add_columns(mapping, wholes);
    }
  }

  ConvMapping spread(int groups) const {
    const Window& window = layer_.node->window;
    ConvMapping mapping;
    mapping.groups = groups;
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
    return mapping;
  }

  bool adds_up(const ConvMapping& mapping) const {
    return mapping.folds.size() > 1 ||
           std::any_of(mapping.rounds.begin(), mapping.rounds.end(), [&](Range round) {
             return layer_.input_channels(round).size() > mapping.channel_step;
           });
  }

  // As wide as line buffers and output banks can have them, and narrower, up to eight times.
  void add_columns(const ConvMapping& spread, std::vector<ConvMapping>& wholes) const {
    const Window& window = layer_.node->window;
    const int together = rows_completed_together(layer_);
    int widest = machine_.output_bank_words / spread.per_block;
    if (!adds_up(spread) && widest >= together) widest /= together;
    widest = std::min(
        widest, machine_.mac.line_buffer_words / rounded_up(double(window.r) / window.stride_h));
    const int fewest = rounded_up(double(layer_.out.w) / widest);
    std::vector<int> widths;
    for (const int number : parts(std::min(layer_.out.w, 8 * fewest))) {
      const int columns = rounded_up(double(layer_.out.w) / std::max(number, fewest));
      if (std::find(widths.begin(), widths.end(), columns) != widths.end()) continue;
      widths.push_back(columns);
      for (const bool outside : {false, true}) {
        if (outside && spread.rounds.size() < 2) continue;
        ConvMapping mapping = spread;
        mapping.rounds_outside = outside;
        mapping.column_tiles = split_by(layer_.out.w, columns);
        mapping.row_tiles = {{0, layer_.out.h}};
        mapping.bank_rows = most_rows(mapping);
        wholes.push_back(mapping);
      }
    }
  }

  int rows_of_group(const ConvMapping& mapping) const {
    return rounded_up(double(largest(mapping.row_tiles)) / mapping.groups);
  }
  int most_rows(const ConvMapping& mapping) const {
    return std::min(
        rows_of_group(mapping),
        machine_.output_bank_words / (mapping.per_block * largest(mapping.column_tiles)));
  }

  void try_parts_of(const ConvMapping& whole) {
    const bool transfers = !room_.input_resident || room_.residual_loaded || room_.output_stored;
    for (const int tiles : parts(transfers ? layer_.out.h : 1)) {
      ConvMapping mapping = whole;
      mapping.row_tiles = split_evenly(layer_.out.h, tiles);
      const int most = most_rows(mapping);
      const int together = rows_completed_together(layer_);
      const bool goes_on = !adds_up(mapping) && together <= most;
      for (const int passes : parts(rows_of_group(mapping))) {
        mapping.bank_rows = std::min(
            most,
            std::max(goes_on ? together : 1, rounded_up(double(rows_of_group(mapping)) / passes)));
        mapping.estimated_cycles = cost(mapping_cost(machine_, layer_, room_, mapping));
        if (mapping.estimated_cycles == kInfinity) continue;
        if (!best_ || mapping.estimated_cycles < 0.997 * best_->estimated_cycles) best_ = mapping;
      }
    }
  }

  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double most_cycles_ = kInfinity;
  bool traffic_counts_ = false;
  std::optional<ConvMapping> best_;
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
    RC_ASSERT(found.load_by_step == expected.load_by_step);
    RC_ASSERT(found.estimated_cycles == expected.estimated_cycles);
  }));
}

}  // namespace
}  // namespace escalate
