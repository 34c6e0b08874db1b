#include "compiler/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"
#include "compiler/mapping_cost.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Splits, AreEvenOrOfOneSize) {
  EXPECT_THAT(split_evenly(10, 4),
              ElementsAre(Range{0, 3}, Range{3, 6}, Range{6, 8}, Range{8, 10}));
  EXPECT_THAT(split_evenly(2, 3), ElementsAre(Range{0, 1}, Range{1, 2}));
  EXPECT_THAT(split_evenly(0, 3), IsEmpty());
  EXPECT_THAT(split_by(10, 4), ElementsAre(Range{0, 4}, Range{4, 8}, Range{8, 10}));
  EXPECT_THAT(split_by(8, 4), ElementsAre(Range{0, 4}, Range{4, 8}));
}

/// A layer whose numbers are drawn, coefficients of every density included.
struct DrawnLayer {
  IntegerNode node;
  ConvLayer layer;

  explicit DrawnLayer(int most_channels) {
    Window& window = node.window;
    node.name = "conv";
    node.inputs = {1};
    window.r = *rc::gen::inRange(1, 6);
    window.s = *rc::gen::inRange(1, 6);
    window.stride_h = *rc::gen::inRange(1, 4);
    window.stride_w = *rc::gen::inRange(1, 4);
    window.pad_top = *rc::gen::inRange(0, window.r);
    window.pad_left = *rc::gen::inRange(0, window.s);
    window.pad_bottom = *rc::gen::inRange(0, window.r);
    window.pad_right = *rc::gen::inRange(0, window.s);
    node.groups = *rc::gen::inRange(1, 4);
    layer.in = {node.groups * *rc::gen::inRange(1, most_channels), *rc::gen::inRange(6, 20),
                *rc::gen::inRange(6, 20)};
    layer.out.c = node.groups * *rc::gen::inRange(1, most_channels);
    layer.out.h =
        (layer.in.h + window.pad_top + window.pad_bottom - window.r) / window.stride_h + 1;
    layer.out.w =
        (layer.in.w + window.pad_left + window.pad_right - window.s) / window.stride_w + 1;
    layer.direct = *rc::gen::arbitrary<bool>();
    layer.terms = layer.direct ? 1 : *rc::gen::inRange(1, 9);
    const int of_row =
        layer.in.c / node.groups * (layer.direct ? window.r * window.s : layer.terms);
    layer.coefficients.assign(std::size_t(layer.out.c) * std::size_t(of_row), 0);
    const int period = *rc::gen::inRange(1, 40);
    for (std::size_t i = 0; i < layer.coefficients.size(); i += std::size_t(period)) {
      layer.coefficients[i] = 1;
    }
    layer.node = &node;
  }
  DrawnLayer(const DrawnLayer&) = delete;
  DrawnLayer& operator=(const DrawnLayer&) = delete;

  /// Input rows that output row `p` reads.
  std::vector<int> rows_of(int p) const {
    std::vector<int> rows;
    for (int r = 0; r < node.window.r; ++r) {
      const int h = p * node.window.stride_h - node.window.pad_top + r;
      if (h >= 0 && h < layer.in.h) rows.push_back(h);
    }
    return rows;
  }
};

TEST(Windows, MeetTheInputsThatAScanOfAllTapsMeets) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(3);
    const ConvLayer& layer = drawn.layer;
    std::vector<int> completed(std::size_t(layer.in.h), 0);
    for (int p = 0; p < layer.out.h; ++p) {
      RC_PRE(!drawn.rows_of(p).empty());
      RC_ASSERT(last_input_row(layer, p) == drawn.rows_of(p).back());
      ++completed[std::size_t(drawn.rows_of(p).back())];
      for (int end = p + 1; end <= layer.out.h; ++end) {
        const Window& window = drawn.node.window;
        const Range rows =
            window_input(window.r, window.stride_h, window.pad_top, layer.in.h, {p, end});
        RC_ASSERT(rows.begin == drawn.rows_of(p).front());
        RC_ASSERT(rows.end == drawn.rows_of(end - 1).back() + 1);
      }
    }
    RC_ASSERT(rows_completed_together(layer) ==
              *std::max_element(completed.begin(), completed.end()));
  }));
}

TEST(ConvLayer, ReadsTheChannelsOfTheGroupsOfItsOutputs) {
  IntegerNode node;
  ConvLayer layer;
  layer.node = &node;
  node.groups = 3;
  layer.in.c = 12;
  layer.out.c = 6;
  EXPECT_EQ(layer.input_channels({0, 2}), (Range{0, 4}));
  EXPECT_EQ(layer.input_channels({1, 3}), (Range{0, 8}));
  EXPECT_EQ(layer.input_channels({2, 3}), (Range{4, 8}));
  EXPECT_EQ(layer.input_channels({3, 6}), (Range{4, 12}));
}

TEST(ConvMapping, VisitsTheTilesOfAnImageWithAllRoundsInsideOrOneRoundOutside) {
  ConvMapping mapping;
  mapping.rounds = {{0, 1}, {1, 2}};
  mapping.column_tiles = {{0, 1}};
  mapping.row_tiles = {{0, 1}, {1, 2}};
  const auto visits = [&] {
    std::string order;
    mapping.for_each_tile(2, [&](int image, int column, int row, int r) {
      order += std::to_string(image) + std::to_string(column) + std::to_string(row) +
               std::to_string(r) + " ";
    });
    return order;
  };
  EXPECT_EQ(visits(), "0000 0001 0010 0011 1000 1001 1010 1011 ");
  mapping.rounds_outside = true;
  EXPECT_EQ(visits(), "0000 0010 1000 1010 0001 0011 1001 1011 ");
}

TEST(ConvMapping, AddsPassesUpInABankIfARoundHasMoreThanOneStep) {
  IntegerNode node;
  node.window.r = 3;
  ConvLayer layer;
  layer.node = &node;
  layer.in = {10, 8, 8};
  layer.out = {4, 8, 8};
  ConvMapping mapping;
  mapping.rounds = {{0, 4}};
  mapping.folds = {{0, 1}};
  mapping.channel_step = 10;
  EXPECT_EQ(mapping.steps_of_round(layer, {0, 4}), 1);
  EXPECT_FALSE(mapping.accumulates(layer));
  mapping.channel_step = 9;
  EXPECT_EQ(mapping.steps_of_round(layer, {0, 4}), 2);
  EXPECT_TRUE(mapping.accumulates(layer));
  mapping.channel_step = 5;
  mapping.folds = {{0, 1}, {1, 2}};
  EXPECT_EQ(mapping.steps_of_round(layer, {0, 4}), 4);
  mapping.channel_step = 10;
  EXPECT_TRUE(mapping.accumulates(layer));
}

TEST(ConvMapping, GoesOnWithNewInputRowsIfABankHoldsAllRowsThatOneCompletes) {
  IntegerNode node;
  node.window.r = 3;
  node.window.pad_top = node.window.pad_bottom = 2;
  ConvLayer layer;
  layer.node = &node;
  layer.in = {4, 8, 8};
  layer.out = {4, 10, 8};
  // The last input row completes output rows 7 to 9.
  ASSERT_EQ(rows_completed_together(layer), 3);
  ConvMapping mapping;
  mapping.rounds = {{0, 4}};
  mapping.folds = {{0, 1}};
  mapping.channel_step = 4;
  mapping.bank_rows = 3;
  EXPECT_TRUE(mapping.continues(layer));
  mapping.bank_rows = 2;
  EXPECT_FALSE(mapping.continues(layer));
  mapping.bank_rows = 3;
  mapping.channel_step = 2;
  EXPECT_FALSE(mapping.continues(layer));
}

MachineConfig drawn_machine() {
  MachineConfig machine;
  machine.blocks = *rc::gen::element(1, 2, 4, 6, 8);
  machine.slices = *rc::gen::inRange(1, 5);
  machine.rows = *rc::gen::inRange(1, 9);
  machine.output_bank_words = *rc::gen::inRange(8, 500);
  machine.coefficient_bank_bytes = *rc::gen::inRange(64, 600);
  machine.mac.line_buffer_words = *rc::gen::inRange(5, 80);
  machine.ca.chunk = *rc::gen::element(8, 16, 64);
  return machine;
}

MappingRoom drawn_room(const ConvLayer& layer) {
  MappingRoom room;
  room.workspace_bytes = *rc::gen::inRange(100, 60000);
  room.input_resident = *rc::gen::arbitrary<bool>();
  room.input_segment_columns = *rc::gen::inRange(1, layer.in.w + 1);
  room.input_segment_channels = *rc::gen::inRange(1, layer.in.c + 1);
  room.residual_loaded = *rc::gen::arbitrary<bool>();
  room.residual_segment_columns = *rc::gen::inRange(1, layer.out.w + 1);
  room.residual_segment_channels = *rc::gen::inRange(1, layer.out.c + 1);
  room.output_stored = *rc::gen::arbitrary<bool>();
  room.batch = *rc::gen::inRange(1, 3);
  return room;
}

/// Whether ranges follow each other from 0 to `extent`, none of them empty or larger than the
/// first.
bool cover(const std::vector<Range>& ranges, int extent) {
  int at = 0;
  for (const Range range : ranges) {
    if (range.begin != at || range.size() < 1 || range.size() > ranges[0].size()) return false;
    at = range.end;
  }
  return at == extent;
}

TEST(MapConvolution, SpreadsEveryOutputAndFitsIntoEveryMemory) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(40);
    const ConvLayer& layer = drawn.layer;
    const MachineConfig machine = drawn_machine();
    const MappingRoom room = drawn_room(layer);
    ConvMapping mapping;
    try {
      mapping = map_convolution(machine, layer, room);
    } catch (const UserError&) {
      return;  // that nothing fits is seen below
    }
    RC_ASSERT(cover(mapping.rounds, layer.out.c));
    RC_ASSERT(cover(mapping.folds, layer.terms));
    RC_ASSERT(cover(mapping.column_tiles, layer.out.w));
    RC_ASSERT(cover(mapping.row_tiles, layer.out.h));
    RC_ASSERT(mapping.groups * mapping.blocks_per_group == machine.blocks);
    RC_ASSERT(mapping.rounds[0].size() <= mapping.per_block * mapping.blocks_per_group);
    // No round has a block without a channel but for the layer's last one.
    RC_ASSERT(mapping.rounds.size() == 1 ||
              mapping.rounds[0].size() == mapping.per_block * mapping.blocks_per_group);
    RC_ASSERT(mapping.per_block <= mapping.per_slice * machine.slices);
    RC_ASSERT(mapping.per_block > (mapping.per_slice - 1) * machine.slices);
    RC_ASSERT(mapping.per_slice * mapping.folds[0].size() <= machine.rows);
    const int columns = mapping.column_tiles[0].size();
    const Window& window = drawn.node.window;
    const int lines = (window.r + window.stride_h - 1) / window.stride_h;
    RC_ASSERT(columns * lines <= machine.mac.line_buffer_words);
    RC_ASSERT(mapping.bank_rows >= 1);
    RC_ASSERT(mapping.per_block * mapping.bank_rows * columns <= machine.output_bank_words);
    RC_ASSERT(mapping.channel_step >= 1);
    for (const Range round : mapping.rounds) {
      const Range channels = layer.input_channels(round);
      for (int k = round.begin; k < round.end; k += mapping.per_block) {
        for (int c = channels.begin; c < channels.end; c += mapping.channel_step) {
          RC_ASSERT(bank_bytes(layer, {k, std::min(round.end, k + mapping.per_block)},
                               mapping.folds[0],
                               {c, std::min(channels.end, c + mapping.channel_step)}) <=
                    machine.coefficient_bank_bytes);
        }
      }
    }
    // A step of the input is loaded at a time only if it does not fit otherwise, in whole segments.
    if (mapping.load_by_step) {
      RC_ASSERT(!room.input_resident);
      RC_ASSERT(mapping.channel_step % room.input_segment_channels == 0);
    }
    const MappingCost cost = mapping_cost(machine, layer, room, mapping);
    RC_ASSERT(mapping.estimated_cycles > cost.cycles);
    RC_ASSERT(mapping.estimated_cycles <=
              cost.cycles + 0.01 * (cost.dram_bytes + cost.delivered_bytes));
  }));
}

TEST(MapConvolution, TakesPassesOfAllChannelsIfTheyFitIntoABank) {
  IntegerNode node;
  node.inputs = {1};
  node.window.r = node.window.s = 3;
  ConvLayer layer;
  layer.node = &node;
  layer.in = layer.out = {64, 16, 16};
  layer.terms = 6;
  layer.coefficients.assign(64 * 6 * 64, 1);
  MappingRoom room;
  room.workspace_bytes = 1 << 20;
  room.input_resident = true;
  MachineConfig machine;
  // 8 channels a block, 6 terms each: maps and signs of 64 channels are 16 bytes a row.
  machine.coefficient_bank_bytes = 8 * 6 * 16;
  EXPECT_EQ(map_convolution(machine, layer, room).channel_step, 64);
}

TEST(MapConvolution, NamesTheMemoryThatIsTooSmall) {
  IntegerNode node;
  node.name = "conv";
  node.inputs = {1};
  node.window.r = node.window.s = 3;
  ConvLayer layer;
  layer.node = &node;
  layer.in = layer.out = {8, 8, 8};
  layer.terms = 2;
  layer.coefficients.assign(8 * 2 * 8, 1);
  MappingRoom room;
  room.workspace_bytes = 1 << 20;
  const auto fault = [&](auto&& change) {
    MachineConfig machine;
    change(machine);
    return user_error([&] { map_convolution(machine, layer, room); });
  };
  const auto passes = [&](auto&& change) {
    MachineConfig machine;
    change(machine);
    map_convolution(machine, layer, room);
  };
  passes([](MachineConfig& machine) { machine.coefficient_bank_bytes = 4; });
  EXPECT_THAT(fault([](MachineConfig& machine) { machine.coefficient_bank_bytes = 3; }),
              AllOf(HasSubstr("'conv'"), HasSubstr("coefficient_bank_bytes")));
  passes([](MachineConfig& machine) { machine.mac.line_buffer_words = 3; });
  EXPECT_THAT(fault([](MachineConfig& machine) { machine.mac.line_buffer_words = 2; }),
              AllOf(HasSubstr("'conv'"), HasSubstr("mac.line_buffer_words")));
  room.workspace_bytes = 100;
  EXPECT_THAT(fault([](MachineConfig&) {}), AllOf(HasSubstr("'conv'"), HasSubstr("100 free bytes"),
                                                  HasSubstr("global_buffer_bytes")));
  for (int Window::*const pad :
       {&Window::pad_top, &Window::pad_left, &Window::pad_bottom, &Window::pad_right}) {
    node.window.*pad = 3;
    EXPECT_THAT(fault([](MachineConfig&) {}), HasSubstr("padding as large as its 3x3 kernel"));
    node.window.*pad = 0;
  }
}

}  // namespace
}  // namespace escalate
