#include "compiler/mapping_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/least_mapping_cost.h"

namespace escalate {
namespace {

/// A 1x1 convolution whose input comes from DRAM, as one round of all its channels.
class MappingCostTest : public testing::Test {
 protected:
  MappingCostTest() {
    node_.name = "conv";
    node_.inputs = {1};
    layer_.node = &node_;
    layer_.in = layer_.out = {64, 56, 56};
    layer_.coefficients.assign(64 * 64, 1);
    room_.input_segment_columns = 56;
    room_.input_segment_channels = 64;
  }

  /// With column tiles of this width, all rows at once.
  MappingCost cost(int columns) const {
    ConvMapping mapping;
    mapping.blocks_per_group = machine_.blocks;
    mapping.per_block = 8;
    mapping.per_slice = 2;
    mapping.rounds = {{0, 64}};
    mapping.folds = {{0, 1}};
    mapping.channel_step = 64;
    mapping.column_tiles = split_by(56, columns);
    mapping.row_tiles = {{0, 56}};
    mapping.bank_rows = 4;
    return mapping_cost(machine_, layer_, room_, mapping);
  }

  IntegerNode node_;
  ConvLayer layer_;
  MachineConfig machine_;
  MappingRoom room_;
};

TEST_F(MappingCostTest, LoadsWholeSegmentsForEachColumnTile) {
  const double whole_rows = cost(56).dram_bytes;
  EXPECT_GT(cost(14).dram_bytes, 3.9 * whole_rows);
  room_.input_segment_columns = 14;
  EXPECT_LT(cost(14).dram_bytes, 1.1 * whole_rows);
  // Each of the narrow segments ends somewhere in a burst.
  EXPECT_GT(cost(14).dram_bytes, whole_rows);
}

TEST_F(MappingCostTest, DrainsEachBlockForWholeCycles) {
  // One row of 8 channels, one for each block: 56 sums a block.
  room_.input_resident = true;
  layer_.in = {64, 1, 56};
  layer_.out = {8, 1, 56};
  layer_.coefficients.assign(64 * 8, 1);
  ConvMapping mapping;
  mapping.blocks_per_group = machine_.blocks;
  mapping.rounds = {{0, 8}};
  mapping.folds = {{0, 1}};
  mapping.channel_step = 64;
  mapping.column_tiles = {{0, 56}};
  mapping.row_tiles = {{0, 1}};
  const auto cycles = [&](int lanes) {
    machine_.post_lanes = lanes;
    return mapping_cost(machine_, layer_, room_, mapping).cycles;
  };
  EXPECT_DOUBLE_EQ(cycles(56), cycles(64));
  EXPECT_DOUBLE_EQ(cycles(55), cycles(64) + 8);
}

TEST_F(MappingCostTest, SendsAnInputOfAGroupToItsBlocksOnly) {
  room_.input_resident = true;
  const double bytes = cost(56).delivered_bytes;
  // 56 x 56 positions of 64 channels, half of them zero, with their maps, to eight blocks.
  EXPECT_DOUBLE_EQ(bytes, 56 * 56 * 64 * (0.5 + 1.0 / 8) * 8);
}

// ---- estimates computed by hand

/// A cycle is a nanosecond, in which DRAM moves 32 bytes after a latency of 16 cycles.
MachineConfig round_machine() {
  MachineConfig machine;
  machine.clock_mhz = 1000;
  machine.dram.channels = 1;
  machine.dram.burst_bytes = 64;
  machine.dram.burst_ns = 2;
  machine.dram.activate_ns = 10;
  machine.dram.row_hit_ns = 6;
  machine.dram.refresh_interval_ns = 0;
  machine.network_bytes = 16;
  machine.ring.entry_channels = 8;
  machine.ca.chunk = 8;
  machine.ca.lanes = 4;
  machine.ca.pattern = "L<1,1>";
  machine.mac.multipliers = 2;
  machine.merge_words = 4;
  machine.post_lanes = 8;
  return machine;
}

TEST(MappingCost, FollowsLoadsPassesDrainsAndStoresThroughTheirDoubleBuffers) {
  IntegerNode node;
  node.inputs = {1};
  node.window.r = 2;
  node.window.s = 3;
  ConvLayer layer;
  layer.node = &node;
  layer.in = {16, 5, 6};
  layer.out = {8, 4, 4};
  layer.terms = 2;
  layer.coefficients.assign(8 * 2 * 16, 1);
  layer.coefficient_density = 0.5;
  layer.densest_row = 0.75;
  MappingRoom room;
  room.input_segment_columns = 3;
  room.input_segment_channels = 16;
  room.residual_loaded = true;
  room.residual_segment_columns = 4;
  room.residual_segment_channels = 8;
  room.output_stored = true;
  ConvMapping mapping;
  mapping.groups = mapping.blocks_per_group = 2;
  mapping.per_slice = 2;
  mapping.per_block = 4;
  mapping.rounds = {{0, 8}};
  mapping.folds = {{0, 1}, {1, 2}};
  mapping.channel_step = 8;
  mapping.column_tiles = {{0, 4}};
  mapping.row_tiles = {{0, 4}};
  mapping.bank_rows = 1;
  MachineConfig machine = round_machine();
  machine.mac.multipliers = 1;
  const MappingCost cost = mapping_cost(machine, layer, room, mapping);
  // Input: 5 rows of 96 values, 5 bits each, in two segments that end within a burst:
  // 5 x (60 + 64) bytes. Coefficients of a step: 64 values, 1.5 bits each, in two images that end
  // within a burst: 12 + 64 bytes, 2.375 cycles. Residual operand and output: 4 rows of 32 values
  // in one segment: 4 x (20 + 32) bytes, 6.5 cycles. There are two passes of four steps.
  EXPECT_DOUBLE_EQ(cost.dram_bytes, 620 + 8 * 76 + 208 + 208);
  // A pass sends 2 rows of 6 positions to two blocks in each of two groups, 8 channels a step.
  EXPECT_DOUBLE_EQ(cost.delivered_bytes, 8 * (12 * 8 * 5 / 8.0) * 4);
  // The input is there at 19.375 + 16, the first coefficients at 21.75 + 16. A step takes 12
  // positions of 3 cycles, for 3 taps of a row that one output row reads, of each element that is
  // not zero: none of 8 channels has both an activation, of half, and a coefficient, of three
  // quarters. Its last merge ends 2 + 8 cycles later. The steps follow each other from 37.75 on:
  // coefficients come in time, two places ahead. The second pass ends 10 after the last step; its
  // drain takes 2 x 2 x 2 cycles, its store 6.5.
  const double elements = 1 - std::pow(1 - 0.5 * 0.75, 8);
  EXPECT_DOUBLE_EQ(cost.cycles, 37.75 + 8 * 36 * elements + 10 + 8 + 6.5);
}

/// One pass of four positions of 16 channels over a 1x1 kernel, with its input at hand.
class OnePass : public testing::Test {
 protected:
  OnePass() {
    node_.inputs = {1};
    layer_.node = &node_;
    layer_.in = {16, 1, 4};
    layer_.out = {4, 1, 4};
    layer_.coefficients.assign(4 * 16, 1);
    layer_.coefficient_density = 0.5;
    room_.input_resident = true;
    mapping_.per_block = 4;
    mapping_.rounds = {{0, 4}};
    mapping_.folds = {{0, 1}};
    mapping_.channel_step = 16;
    mapping_.column_tiles = {{0, 4}};
    mapping_.row_tiles = {{0, 1}};
  }

  MappingCost cost() const { return mapping_cost(machine_, layer_, room_, mapping_); }

  // 12 + 32 bytes of coefficients are there at 1.375 + 16. Four positions of two cycles, the last
  // merge 1 + 8 cycles later, and 16 sums to drain.
  static constexpr double kCoefficients = 17.375, kPositions = 8, kMerge = 9, kDrain = 2;

  MachineConfig machine_ = round_machine();
  IntegerNode node_;
  ConvLayer layer_;
  MappingRoom room_;
  ConvMapping mapping_;
};

TEST_F(OnePass, IsLoadedComputedMergedAndDrained) {
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + kPositions + kMerge + kDrain);
  EXPECT_DOUBLE_EQ(cost().dram_bytes, 44);
  EXPECT_DOUBLE_EQ(cost().delivered_bytes, 4 * 16 * 5 / 8.0);
}

TEST_F(OnePass, IsAsFastAsTheNetworkSendsItsEntries) {
  machine_.network_bytes = 2;  // of 5 bytes: three cycles each, two a position
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 6 + kMerge + kDrain);
  mapping_.groups = 2;  // each of which is sent entries of its own
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 12 + kMerge + 2 * kDrain);
  machine_.network_bytes = 16;
  machine_.ring.entry_channels = 5;  // 5, 5, 5 and 1 channels
  mapping_.groups = 1;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 4 + kMerge + kDrain);
}

TEST_F(OnePass, IsAsFastAsSlotsAreTaken) {
  // No zeros: 16 slots in 4 rows, of 4 lanes each.
  layer_.input_density = 1;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 4 + kMerge + kDrain);
  layer_.densest_row = 0.75;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 3 + kMerge + kDrain);
  layer_.densest_row = 0.25;  // but a step retires two rows at most
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 2 + kMerge + kDrain);
  machine_.ca.pattern = "L<3,1>";
  machine_.ca.chunk = 16;
  machine_.ring.entry_channels = 16;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 2 + kMerge + kDrain);  // two network cycles
  machine_.network_bytes = 18;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 1 + kMerge + kDrain);
}

TEST_F(OnePass, VisitsEachChunkOfItsGroup) {
  machine_.ca.chunk = 3;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 6 + kMerge + kDrain);
  node_.groups = 2;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 3 + kMerge + kDrain);
}

TEST_F(OnePass, MultipliesEachActivationInDirectMode) {
  layer_.direct = true;
  // 32 weights, 4 maps of two bytes, and half a burst: 72 bytes. Eight activations, two a cycle.
  EXPECT_DOUBLE_EQ(cost().cycles, 2.25 + 16 + 4 * 4 + kMerge + kDrain);
  layer_.densest_row = 0.75;
  EXPECT_DOUBLE_EQ(cost().cycles, 2.25 + 16 + 4 * 3 + kMerge + kDrain);
  layer_.densest_row = 0;  // a position takes a cycle for each chunk, and one at least
  EXPECT_DOUBLE_EQ(cost().cycles, 2.25 + 16 + 4 * 2 + kMerge + kDrain);
  machine_.ca.chunk = 16;
  machine_.ring.entry_channels = 16;
  EXPECT_DOUBLE_EQ(cost().cycles, 2.25 + 16 + 4 * 1 + kMerge + kDrain);
}

TEST_F(OnePass, TakesOneActivationACycleInDirectModeForAKernelOfSeveralTaps) {
  layer_.direct = true;
  node_.window.s = 2;
  layer_.in.w = 5;
  layer_.coefficients.assign(4 * 16 * 2, 1);
  // 64 weights, 8 bytes of maps; five positions of eight activations of one cycle.
  EXPECT_DOUBLE_EQ(cost().cycles, 104 / 32.0 + 16 + 5 * 8 + kMerge + kDrain);
  machine_.mac.multipliers = 1;
  EXPECT_DOUBLE_EQ(cost().cycles, 104 / 32.0 + 16 + 5 * 16 + kMerge + kDrain);
}

TEST_F(OnePass, BypassesTheMacUnitsWithACycleForEachEntry) {
  layer_.bypass = true;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 2 + kMerge + kDrain);
  machine_.ring.entry_channels = 4;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 4 * 4 + kMerge + kDrain);
}

TEST_F(OnePass, MergesTheChannelsOfASliceAndTheTermsOfAFold) {
  machine_.merge_words = 3;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + kPositions + 2 + 8 + kDrain);
  mapping_.per_slice = 3;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + kPositions + 6 + 8 + kDrain);
  mapping_.per_slice = 5;  // slower than the positions
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 10 + 10 + 8 + kDrain);
}

TEST_F(OnePass, DrainsWholeBlocksAndThenTheLastOne) {
  machine_.post_lanes = 7;
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + kPositions + kMerge + 3);
  machine_.post_lanes = 8;
  mapping_.per_block = 3;  // two images: 12 + 64 bytes; 12 and 4 sums
  EXPECT_DOUBLE_EQ(cost().cycles, 2.375 + 16 + kPositions + kMerge + 2 + 1);
}

TEST_F(OnePass, MeetsAsManyTapsAsAStrideLetsIt) {
  node_.window.r = node_.window.s = 3;
  node_.window.stride_h = node_.window.stride_w = 2;
  layer_.in = {16, 5, 9};
  layer_.out = {4, 2, 4};
  mapping_.row_tiles = {{0, 2}};
  mapping_.bank_rows = 2;
  // In each of nine columns the middle row meets 4 or 2 taps, 2 or 1 cycles; four rows meet 2 or 1.
  // Of two elements, none of eight activations makes one in 256 zero, but both take a cycle of the
  // CA unit; 32 sums.
  EXPECT_DOUBLE_EQ(cost().cycles,
                   kCoefficients + 9 * (1.5 * 2 * 255 / 256 + 4 * 2) + kMerge + 2 * kDrain);
}

TEST_F(OnePass, IsNotSentThePositionsThatAStrideSkips) {
  node_.window.stride_h = node_.window.stride_w = 2;
  layer_.in = {16, 3, 7};
  layer_.out = {4, 2, 4};
  mapping_.row_tiles = {{0, 2}};
  mapping_.bank_rows = 2;
  // Two rows of four positions.
  EXPECT_DOUBLE_EQ(cost().cycles, kCoefficients + 2 * 4 * 2 + kMerge + 2 * kDrain);
  // Of a row of its own, too, every other position is sent.
  mapping_.bank_rows = 1;
  EXPECT_DOUBLE_EQ(cost().delivered_bytes, 2 * 4 * 16 * 5 / 8.0);
}

TEST_F(OnePass, WaitsForAFlattenedInputInOnePiece) {
  room_.input_resident = false;
  room_.whole_input = true;
  room_.whole_input_bytes = 640;  // half of them zero: 10 cycles, before the coefficients
  EXPECT_DOUBLE_EQ(cost().cycles, 10 + kCoefficients + kPositions + kMerge + kDrain);
  EXPECT_DOUBLE_EQ(cost().dram_bytes, 320 + 44);
}

TEST_F(OnePass, WaitsForItsInputStepByStep) {
  room_.input_resident = false;
  room_.input_segment_columns = 4;
  room_.input_segment_channels = 8;
  mapping_.load_by_step = true;
  mapping_.channel_step = 8;
  // Two loads of 20 + 32 bytes and two of 6 + 32: input, coefficients, and again. A step takes four
  // positions of one cycle.
  const double input = 52 / 32.0, coefficients = 38 / 32.0;
  EXPECT_DOUBLE_EQ(cost().dram_bytes, 2 * 52 + 2 * 38);
  EXPECT_DOUBLE_EQ(cost().cycles, std::max(input + coefficients + 4, 2 * (input + coefficients)) +
                                      16 + 4 + kMerge + kDrain);
  mapping_.load_by_step = false;  // all channels, in two segments
  EXPECT_DOUBLE_EQ(cost().dram_bytes, 40 + 64 + 2 * 38);
}

TEST_F(OnePass, SharesTheBusOfDramBetweenLoadsAndStores) {
  room_.input_resident = false;
  room_.input_segment_columns = 4;
  room_.input_segment_channels = 16;
  room_.output_stored = true;
  machine_.dram.burst_ns = 32;  // two bytes a cycle
  const auto cycles = [&](int batch) {
    room_.batch = batch;
    return cost().cycles;
  };
  // Image and coefficients, of 36 and 22 cycles, end at 58. From 74 on the first pass takes 8, its
  // merge 9, its drain 2 and its store, from 93 on, 21.
  EXPECT_DOUBLE_EQ(cycles(1), 93 + 21);
  // The second load has had 35 of its cycles at 93, and half of the bus for the last one. Its
  // pass begins 16 cycles after 95, and its store 19 after that.
  EXPECT_DOUBLE_EQ(cycles(2), 95 + 16 + 19 + 21);
  // The third load shares the bus with the 20 cycles that are left of the first store, to 135, and
  // for its last 16 with the second store, to 167.
  EXPECT_DOUBLE_EQ(cycles(3), 167 + 16 + 19 + 21);
  // So it goes on, with one bus for everything.
  EXPECT_GE(cycles(40), cost().dram_bytes / 2);
  EXPECT_LE(cycles(40), cost().dram_bytes / 2 + 93);
  EXPECT_DOUBLE_EQ(cost().dram_bytes, 44 + 40 * (40 + 32) + 40 * (10 + 32));
}

TEST_F(OnePass, GivesTheRestOfAStoreItsShareOfTheBus) {
  room_.input_resident = false;
  room_.input_segment_columns = 4;
  room_.input_segment_channels = 16;
  room_.output_stored = true;
  machine_.dram.burst_ns = 73.5;
  const double cycle = 64 / 73.5;  // bytes
  const double coefficients = 44 / cycle, load = 72 / cycle, store = 42 / cycle;
  // From the end of a load, and of the coefficients, to the store: as above.
  const double pass = 16 + 19;
  const double second = coefficients + load + pass + 2 * (load - pass);
  const double rest = store - (load - pass);  // of the first store, when the second load ends
  EXPECT_GT(rest, 0.5);
  EXPECT_LT(rest, 0.6);
  // The third load has the bus to itself for all but `rest` of the cycles until the second store,
  // and shares it with that.
  const double third = second + pass + 2 * (load - (pass - rest));
  room_.batch = 3;
  EXPECT_NEAR(cost().cycles, third + pass + store, 1e-9);
}

TEST_F(OnePass, WaitsForNoTransferThatComesLater) {
  // Two tiles of two columns: the second one's input, of 20 + 32 bytes in its own segment, comes
  // before the first one's output, of 5 + 32 bytes, is stored.
  room_.input_resident = false;
  room_.input_segment_columns = 2;
  room_.input_segment_channels = 16;
  room_.output_stored = true;
  mapping_.column_tiles = {{0, 2}, {2, 4}};
  const double input = 52 / 32.0, coefficients = 44 / 32.0, output = 37 / 32.0;
  // Two positions of two cycles, the last merge 1 + 8 cycles later, and eight sums to drain, twice.
  EXPECT_DOUBLE_EQ(cost().cycles, input + coefficients + 16 + 2 * 4 + 9 + 1 + output);
}

TEST_F(OnePass, LeavesDramItsTimeForRefreshes) {
  machine_.dram.refresh_interval_ns = 1000;
  machine_.dram.refresh_ns = 200;
  EXPECT_DOUBLE_EQ(cost().cycles, 44 / 25.6 + 16 + kPositions + kMerge + kDrain);
}

TEST_F(OnePass, ReckonsWithTheDensitiesOfAllThatItMoves) {
  room_.input_resident = false;
  room_.input_segment_columns = room_.residual_segment_columns = 4;
  room_.input_segment_channels = 16;
  room_.residual_segment_channels = 4;
  room_.residual_loaded = room_.output_stored = true;
  // 64 values and 32 bytes, 44 of coefficients, and twice 16 values and 32 bytes.
  layer_.input_density = 1;
  EXPECT_DOUBLE_EQ(cost().dram_bytes, (64 + 8 + 32) + 44 + 2 * (8 + 2 + 32));
  layer_.residual_density = 0.25;
  EXPECT_DOUBLE_EQ(cost().dram_bytes, (64 + 8 + 32) + 44 + (4 + 2 + 32) + (8 + 2 + 32));
  layer_.output_density = 1;
  EXPECT_DOUBLE_EQ(cost().dram_bytes, (64 + 8 + 32) + 44 + (4 + 2 + 32) + (16 + 2 + 32));
}

TEST_F(OnePass, UsesABankAgainWhenItIsDrained) {
  // Three passes of a row of their own, slowly drained: the third one waits for the first one's
  // bank, and its merge ends 17 cycles after that.
  layer_.in = {16, 3, 4};
  layer_.out = {4, 3, 4};
  mapping_.row_tiles = {{0, 3}};
  machine_.post_lanes = 1;  // 16 cycles a drain
  const double first = kCoefficients + kPositions + kMerge;
  EXPECT_DOUBLE_EQ(cost().cycles, first + 16 + 16 + 17);
  machine_.post_lanes = 16;
  EXPECT_DOUBLE_EQ(cost().cycles, first + 1 + 1 + 17);
}

TEST_F(OnePass, CostsWhatItCostsAtLeast) {
  const MappingCost least = least_mapping_cost(machine_, layer_, room_, mapping_);
  EXPECT_DOUBLE_EQ(least.cycles, cost().cycles);
  EXPECT_DOUBLE_EQ(least.dram_bytes, cost().dram_bytes);
  EXPECT_DOUBLE_EQ(least.delivered_bytes, cost().delivered_bytes);
  room_.input_resident = false;
  EXPECT_DOUBLE_EQ(least_mapping_cost(machine_, layer_, room_, mapping_).dram_bytes,
                   cost().dram_bytes);
  room_.input_resident = true;
  // Parts of it might begin with less, and leave less to the end.
  EXPECT_DOUBLE_EQ(least_cost_in_parts(machine_, layer_, room_, mapping_).cycles, kPositions);
}

}  // namespace
}  // namespace escalate
