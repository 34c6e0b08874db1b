#include "compiler/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"
#include "compiler/mapping_cost.h"
#include "tests/compiler/drawn_layer.h"
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

/// A decomposed layer of ones that fits the default machine in every way.
class MapConvolutionTest : public testing::Test {
 protected:
  MapConvolutionTest() {
    node_.inputs = {1};
    room_.workspace_bytes = 1 << 20;
  }
  ConvMapping mapping() {
    layer_.node = &node_;
    layer_.coefficients.assign(
        std::size_t(layer_.out.c) * std::size_t(layer_.terms) * std::size_t(layer_.in.c), 1);
    return map_convolution(machine_, layer_, room_);
  }
  ConvMapping mapping_in(std::int64_t workspace) {
    room_.workspace_bytes = workspace;
    return mapping();
  }
  /// The smallest workspace in which the layer can be mapped.
  std::int64_t least_workspace() {
    std::int64_t too_small = -1, enough = 1 << 20;
    while (enough - too_small > 1) {
      room_.workspace_bytes = (too_small + enough) / 2;
      try {
        mapping();
        enough = room_.workspace_bytes;
      } catch (const UserError&) {
        too_small = room_.workspace_bytes;
      }
    }
    return enough;
  }
  void segments_of_input(int columns, int channels) {
    room_.input_segment_columns = columns;
    room_.input_segment_channels = channels;
  }
  void segments_of_residual(int columns, int channels) {
    room_.residual_loaded = true;
    room_.residual_segment_columns = columns;
    room_.residual_segment_channels = channels;
  }

  MachineConfig machine_;
  IntegerNode node_;
  ConvLayer layer_;
  MappingRoom room_;
};

TEST_F(MapConvolutionTest, TakesPassesOfAsManyChannelsAsFitIntoABank) {
  layer_.in = layer_.out = {64, 16, 16};
  layer_.terms = 6;
  // A block has 4 output channels of 6 terms: 24 maps and as many signs for each 8 channels.
  const auto step = [&](int bank_bytes) {
    machine_.coefficient_bank_bytes = bank_bytes;
    return mapping().channel_step;
  };
  EXPECT_EQ(step(8 * 48), 64);
  EXPECT_EQ(step(8 * 48 - 1), 56);
  EXPECT_EQ(step(3 * 48 - 1), 16);
  EXPECT_EQ(step(2 * 48 - 1), 8);
  // One output channel a block, as one row is of one group, and more than a chunk: whole chunks.
  layer_.in = {200, 1, 16};
  layer_.out = {4, 1, 16};
  EXPECT_EQ(step(25 * 12), 200);
  EXPECT_EQ(step(25 * 12 - 1), 192);
  EXPECT_EQ(step(24 * 12 - 1), 128);
  EXPECT_EQ(step(16 * 12 - 1), 64);
  EXPECT_EQ(step(8 * 12 - 1), 56);
}

TEST_F(MapConvolutionTest, FitsTilesOfOneRowAndOneColumnPartIntoTheWorkspace) {
  node_.window.r = node_.window.s = 3;
  node_.window.pad_top = node_.window.pad_left = 1;
  layer_.in = layer_.out = {8, 16, 16};
  room_.output_stored = true;
  // Two places each: 3 rows of 16 input positions, and 2 output positions, of 8 bytes. Columns
  // come in one segment and are cut into eight.
  segments_of_input(16, 8);
  EXPECT_EQ(least_workspace(), 2 * (3 * 16 * 8) + 2 * (2 * 8));
  segments_of_input(1, 8);  // 4 input columns
  EXPECT_EQ(least_workspace(), 2 * (3 * 4 * 8) + 2 * (2 * 8));
  segments_of_input(3, 8);  // and two more on each side, at most
  EXPECT_EQ(least_workspace(), 2 * (3 * 8 * 8) + 2 * (2 * 8));
  node_.window.stride_h = node_.window.stride_w = 2;
  layer_.out = {8, 8, 8};  // one column: 3 input columns, 3 rows
  segments_of_input(1, 8);
  EXPECT_EQ(least_workspace(), 2 * (3 * 3 * 8) + 2 * 8);
  room_.output_stored = false;
  EXPECT_EQ(least_workspace(), 2 * (3 * 3 * 8));
  room_.input_resident = true;
  EXPECT_EQ(least_workspace(), 0);
}

TEST_F(MapConvolutionTest, LoadsTheInputByStepsIfNotEvenOneRowOfAllChannelsFits) {
  layer_.in = {64, 1, 1};
  layer_.out = {8, 1, 1};
  room_.output_stored = true;
  segments_of_input(1, 8);
  // One tile: 64 bytes of input, 8 of output. A step has two places, in segments that may begin
  // before it and end behind it.
  EXPECT_FALSE(mapping_in(72).load_by_step);
  EXPECT_EQ(mapping_in(72).channel_step, 64);
  EXPECT_TRUE(mapping_in(71).load_by_step);
  EXPECT_EQ(mapping_in(71).channel_step, 8);
  EXPECT_EQ(least_workspace(), 2 * 24 + 8);
  // Two tiles of a batch have two places as well.
  room_.batch = 2;
  EXPECT_FALSE(mapping_in(2 * 72).load_by_step);
  EXPECT_TRUE(mapping_in(2 * 72 - 1).load_by_step);
  EXPECT_EQ(mapping_in(2 * (48 + 8)).channel_step, 32);
  EXPECT_EQ(mapping_in(2 * (48 + 8) - 1).channel_step, 16);
  EXPECT_EQ(mapping_in(2 * (32 + 8) - 1).channel_step, 8);
  EXPECT_EQ(least_workspace(), 2 * (24 + 8));
  // A flattened tensor comes in one piece.
  room_.whole_input = true;
  room_.whole_input_bytes = 50;
  EXPECT_EQ(least_workspace(), 2 * (50 + 8));
}

TEST_F(MapConvolutionTest, LoadsWholeSegmentsOfAResidualOperand) {
  room_.input_resident = true;
  layer_.in = {8, 2, 3};
  layer_.out = {16, 2, 3};
  segments_of_residual(1, 4);
  // Two rows at once, or two places of one: three columns of 16 channels.
  EXPECT_EQ(least_workspace(), 2 * 3 * 16);
  machine_.blocks = machine_.slices = machine_.rows = 1;
  segments_of_residual(1, 1);  // of one channel a round, and two more at most
  EXPECT_EQ(least_workspace(), 2 * 3 * 8);
  layer_.in.w = layer_.out.w = 10;  // of two columns a tile, and two more at most
  EXPECT_EQ(least_workspace(), 2 * 4 * 8);
}

TEST_F(MapConvolutionTest, HasOnePlaceForTheOnlyTile) {
  layer_.in = {8, 1, 1};
  layer_.out = {16, 1, 1};
  segments_of_residual(1, 16);
  room_.output_stored = true;
  EXPECT_EQ(least_workspace(), 8 + 16 + 16);
  room_.batch = 2;
  EXPECT_EQ(least_workspace(), 2 * (8 + 16 + 16));
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
  // Such layers are given to it with wider kernels.
  for (int Window::*const pad :
       {&Window::pad_top, &Window::pad_left, &Window::pad_bottom, &Window::pad_right}) {
    node.window.*pad = 3;
    EXPECT_THROW(map_convolution({}, layer, room), InternalError);
    node.window.*pad = 0;
  }
}

}  // namespace
}  // namespace escalate
