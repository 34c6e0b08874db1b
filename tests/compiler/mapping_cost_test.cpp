#include "compiler/mapping_cost.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace escalate
