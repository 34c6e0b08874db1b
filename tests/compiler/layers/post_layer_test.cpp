// Instructions of layers without weights, one by one.
#include <gtest/gtest.h>

#include "compiler/layers/machine_layer.h"

namespace escalate {
namespace {

using Operations = std::vector<Operation>;

/// Places for input and output tensors: resident ones at multiples of 1000, with `row` and
/// `position` bytes; those in DRAM in segments of whole rows and four channels.
class PostLayerTest : public testing::Test {
 protected:
  static TensorPlace resident(int base, const Shape& shape) {
    TensorPlace place;
    place.shape = shape;
    place.resident = true;
    const int position = (shape.c + 7) / 8 * 8;
    place.region = {base, position * shape.w, position};
    place.image_stride = position * shape.w * shape.h;
    return place;
  }
  static TensorPlace in_dram(int dram, const Shape& shape) {
    TensorPlace place;
    place.shape = shape;
    SegmentBox& box = place.segments;
    box.dram = std::uint32_t(dram);
    box.directory = dram / 100;
    box.stride = 64;
    box.width = box.segment_columns = shape.w;
    box.channels = shape.c;
    box.segment_channels = 4;
    place.dram_image_stride = 5000;
    place.directory_image_stride = 50;
    return place;
  }

  Operations emit(const std::vector<TensorPlace>& inputs, const TensorPlace& output,
                  const PostPlan& plan, bool clear_padding = false, int batch = 1) {
    std::vector<const TensorPlace*> places;
    for (const TensorPlace& place : inputs) places.push_back(&place);
    Operations operations;
    DataWriter data(5000, 64);
    for (const Instruction& instruction : machine_layer(node_.op).emit(
             machine_, node_, places, output, plan, clear_padding, {100, 1000}, batch, data)) {
      EXPECT_EQ(instruction.waits, 0);
      EXPECT_EQ(instruction.signals, 0);
      operations.push_back(instruction.operation);
    }
    return operations;
  }

  MachineConfig machine_;
  IntegerNode node_;
};

TEST_F(PostLayerTest, PoolsTileByTileAndClearsThePaddingOfEachImage) {
  node_.op = IntegerOp::kMaxPool;
  node_.window = {.r = 2, .s = 3, .stride_h = 4, .stride_w = 5, .pad_top = 1, .pad_left = 2};
  node_.requant = {{77, 7}};
  node_.out = {5, 2, 3};
  const auto pool = [&](int image, int row) {
    Pool op;
    op.kind = 0;
    op.source = {1000 + image * 9 * 11 * 8, 11 * 8, 8};
    op.destination = {2000 + image * 2 * 3 * 8, 3 * 8, 8};
    op.window = {9, 11, 2, 3, 4, 5, 1, 2};
    op.image = image;
    op.channels = 5;
    op.row_begin = row;
    op.row_end = row + 1;
    op.column_end = 3;
    return op;
  };
  const auto fill = [](int image) { return Fill{{2000 + image * 48 + 5, 24, 8}, 2, 3, 3}; };
  const PostPlan plan{{{0, 1}, {1, 2}}, 5, 5};
  EXPECT_EQ(emit({resident(1000, {5, 9, 11})}, resident(2000, node_.out), plan, true, 2),
            (Operations{fill(0), pool(0, 0), pool(0, 1), fill(1), pool(1, 0), pool(1, 1)}));
  EXPECT_EQ(emit({resident(1000, {5, 9, 11})}, resident(2000, node_.out), plan),
            (Operations{pool(0, 0), pool(0, 1)}));
}

TEST_F(PostLayerTest, RequantisesAveragesOverTheInsideOrOverThePaddingToo) {
  node_.op = IntegerOp::kAvgPool;
  node_.requant = {{77, 7}};
  node_.clamp_low = -3;
  node_.clamp_high = 4;
  node_.out = {8, 1, 1};
  const auto kind = [&] {
    const auto operations =
        emit({resident(1000, {8, 1, 1})}, resident(2000, node_.out), {{{0, 1}}, 8, 8});
    const Pool& op = std::get<Pool>(operations.at(0));
    EXPECT_EQ(op.multiplier, 77);
    EXPECT_EQ(op.shift, 7);
    EXPECT_EQ(op.low, -3);
    EXPECT_EQ(op.high, 4);
    return op.kind;
  };
  EXPECT_EQ(kind(), int(PoolKind::kAverageInside));
  node_.count_include_pad = true;
  EXPECT_EQ(kind(), int(PoolKind::kAverage));
  node_.count_include_pad = false;
  node_.op = IntegerOp::kRescale;
  EXPECT_EQ(kind(), int(PoolKind::kAverage));
}

TEST_F(PostLayerTest, HasOnePlaceForASingleTile) {
  node_.op = IntegerOp::kRescale;
  node_.requant = {{77, 7}};
  node_.out = {4, 2, 3};
  const auto operations =
      emit({in_dram(10000, node_.out)}, in_dram(20000, node_.out), {{{0, 2}}, 4, 4});
  ASSERT_EQ(operations.size(), 3U);
  EXPECT_EQ(std::get<LoadTile>(operations[0]).region.base, 100);
  EXPECT_EQ(std::get<Pool>(operations[1]).destination.base, 100 + 2 * 3 * 8);
}

TEST_F(PostLayerTest, LoadsAndStoresTilesInTwoPlacesOfWholeSegments) {
  node_.op = IntegerOp::kRescale;
  node_.requant = {{77, 7}};
  node_.out = {12, 2, 3};
  const PostPlan plan{{{0, 1}, {1, 2}}, 6, 6};
  const auto load = [](int row, int first, int last, int base, int position) {
    SegmentBox box = in_dram(10000, {12, 2, 3}).segments;
    box.row_begin = row;
    box.row_end = row + 1;
    box.column_group_begin = 0;
    box.column_group_end = 1;
    box.channel_group_begin = first;
    box.channel_group_end = last;
    return LoadTile{box, {base, 3 * position, position}};
  };
  const auto store = [](int row, int first, int last, int base) {
    SegmentBox box = in_dram(20000, {12, 2, 3}).segments;
    box.segment_channels = 6;
    box.row_begin = row;
    box.row_end = row + 1;
    box.column_group_begin = 0;
    box.column_group_end = 1;
    box.channel_group_begin = first;
    box.channel_group_end = last;
    return StoreTile{box, {base, 24, 8}};
  };
  const auto pool = [](int row, int channel, int source, int destination) {
    Pool op;
    op.kind = int(PoolKind::kAverage);
    op.source = {source, 24, 8};
    op.destination = {destination, 24, 8};
    op.window = {2, 3, 1, 1, 1, 1, 0, 0};
    op.first_channel = channel;
    op.channels = 6;
    op.row_begin = row;
    op.row_end = row + 1;
    op.column_end = 3;
    op.multiplier = 77;
    op.shift = 7;
    return op;
  };
  TensorPlace output = in_dram(20000, node_.out);
  output.segments.segment_channels = 6;
  // Six channels are in two segments of four: 3 x 8 bytes. Row r is at place - r * 24, and channels
  // 6 to 11 begin two behind the first one loaded.
  EXPECT_EQ(emit({in_dram(10000, {12, 2, 3})}, output, plan),
            (Operations{load(0, 0, 2, 100, 8), pool(0, 0, 100, 148), store(0, 0, 1, 148),
                        load(0, 1, 3, 124, 8), pool(0, 6, 126, 172), store(0, 1, 2, 172),
                        load(1, 0, 2, 100, 8), pool(1, 0, 76, 124), store(1, 0, 1, 148),
                        load(1, 1, 3, 124, 8), pool(1, 6, 102, 148), store(1, 1, 2, 172)}));
}

TEST_F(PostLayerTest, WritesEachInputOfAConcatenationBesideTheOther) {
  node_.op = IntegerOp::kConcat;
  node_.requant = {{11, 1}, {22, 2}};
  node_.clamp_low = -5;
  node_.clamp_high = 6;
  node_.out = {7, 1, 2};
  const auto pool = [](int first, int channels, Region source, int multiplier) {
    Pool op;
    op.kind = int(PoolKind::kAverage);
    op.source = source;
    op.destination = {3000 + first, 16, 8};
    op.window = {1, 2, 1, 1, 1, 1, 0, 0};
    op.first_channel = first;
    op.channels = channels;
    op.column_end = 2;
    op.multiplier = multiplier;
    op.shift = multiplier / 11;
    op.low = -5;
    op.high = 6;
    return op;
  };
  EXPECT_EQ(emit({resident(1000, {3, 1, 2}), resident(2000, {4, 1, 2})}, resident(3000, node_.out),
                 {{{0, 1}}, 7, 7}),
            (Operations{pool(0, 3, {1000, 16, 8}, 11), pool(3, 4, {2000, 16, 8}, 22)}));
}

TEST_F(PostLayerTest, ClearsTheNewChannelsOfAPaddingAndCopiesTheOthers) {
  node_.op = IntegerOp::kChannelPad;
  node_.pad_before = 2;
  node_.pad_after = 3;
  node_.out = {9, 2, 2};
  Pool copy;
  copy.source = {1000, 16, 8};
  copy.destination = {2002, 32, 16};
  copy.window = {2, 2, 1, 1, 1, 1, 0, 0};
  copy.first_channel = 2;
  copy.channels = 4;
  copy.row_begin = 1;
  copy.row_end = 2;
  copy.column_end = 2;
  EXPECT_EQ(emit({resident(1000, {4, 2, 2})}, resident(2000, node_.out), {{{1, 2}}, 9, 9}),
            (Operations{Fill{{2032, 32, 16}, 1, 2, 2}, Fill{{2038, 32, 16}, 1, 2, 3}, copy}));
  node_.pad_before = 0;
  node_.pad_after = 5;
  EXPECT_EQ(emit({resident(1000, {4, 2, 2})}, resident(2000, node_.out), {{{1, 2}}, 9, 9}).size(),
            2u);
}

TEST_F(PostLayerTest, MultipliesByOneValueAChannelOrAPosition) {
  node_.op = IntegerOp::kMultiply;
  node_.requant = {{11, 3}};
  node_.out = {16, 2, 3};
  Add op;
  op.kind = int(AddKind::kMultiply);
  op.left = {1000, 48, 16};
  op.right = {2000, 0, 0};
  op.destination = {3000, 48, 16};
  op.channels = 16;
  op.row_end = 2;
  op.columns = 3;
  op.left_multiplier = 11;
  op.shift = 3;
  const PostPlan plan{{{0, 2}}, 16, 16};
  EXPECT_EQ(emit({resident(1000, node_.out), resident(2000, {16, 1, 1})}, resident(3000, node_.out),
                 plan),
            (Operations{op}));
  op.right = {2000, 24, 8};
  op.right_single = 1;
  EXPECT_EQ(
      emit({resident(1000, node_.out), resident(2000, {1, 2, 3})}, resident(3000, node_.out), plan),
      (Operations{op}));
}

TEST_F(PostLayerTest, LoadsATableForEachRunOfChannelsThatShareOne) {
  node_.op = IntegerOp::kTable;
  node_.out = {3, 2, 1};
  node_.table.assign(2 * kTableEntries, 5);
  node_.table.resize(3 * kTableEntries, 6);
  const auto pool = [](int row, int first, int channels, int table) {
    Pool op;
    op.source = {1000 + first, 8, 8};
    op.destination = {2000 + first, 8, 8};
    op.window = {2, 1, 1, 1, 1, 1, 0, 0};
    op.first_channel = first;
    op.channels = channels;
    op.row_begin = row;
    op.row_end = row + 1;
    op.table = table;
    return op;
  };
  // The program's data begin at 5000; both tables stay in their banks for the second tile.
  EXPECT_EQ(emit({resident(1000, node_.out)}, resident(2000, node_.out), {{{0, 1}, {1, 2}}, 3, 3}),
            (Operations{LoadTable{5000, 0}, pool(0, 0, 2, 0), LoadTable{5256, 1}, pool(0, 2, 1, 1),
                        pool(1, 0, 2, 0), pool(1, 2, 1, 1)}));
}

TEST_F(PostLayerTest, SelectsBoxesOfEqualStepsAndFillsZeros) {
  node_.op = IntegerOp::kSelect;
  node_.requant = {{11, 1}};
  node_.selection = {0, {2, 3, -1}, {1, 1, 0, 0}, {4, 2, 0}};
  node_.out = {3, 4, 3};
  const TensorPlace input = resident(1000, {4, 2, 5});
  const TensorPlace output = resident(2000, node_.out);
  const auto pool = [](int row, int source_row) {
    Pool op;
    op.kind = int(PoolKind::kAverage);
    op.source = {1000 + 40 * source_row + 32 + 2, 0, -16};
    op.destination = {2000, 24, 8};
    op.window = {4, 3, 1, 1, 1, 1, 0, 0};
    op.channels = 2;
    op.row_begin = row;
    op.row_end = row + 2;
    op.column_end = 3;
    op.multiplier = 11;
    op.shift = 1;
    return op;
  };
  EXPECT_EQ(emit({input}, output, {{{0, 4}}, 3, 3}),
            (Operations{Fill{{2002, 24, 8}, 2, 3, 1}, Fill{{2050, 24, 8}, 2, 3, 1}, pool(0, 1),
                        pool(2, 0)}));
}

TEST_F(PostLayerTest, SelectsOneByOneWhatLiesTooFarFromTheFirstRow) {
  node_.op = IntegerOp::kSelect;
  node_.requant = {{11, 1}};
  node_.selection = {0, {}, {-1, -1, 2, 1, 0}, {}};
  node_.out = {8, 5, 1};
  TensorPlace input = resident(1000, {8, 3, 1});
  input.region.row_stride = 3 << 27;  // five of them are no address
  const TensorPlace output = resident(2000, node_.out);
  std::vector<std::pair<int, int>> rows;
  for (const Operation& operation : emit({input}, output, {{{0, 5}}, 8, 8})) {
    const Pool* pool = std::get_if<Pool>(&operation);
    if (pool == nullptr) continue;
    EXPECT_EQ(pool->rows(), 1);
    rows.emplace_back(pool->row_begin, pool->source.at(pool->row_begin, 0));
  }
  EXPECT_EQ(rows, (std::vector<std::pair<int, int>>{
                      {2, 1000 + 2 * (3 << 27)}, {3, 1000 + (3 << 27)}, {4, 1000}}));
}

TEST_F(PostLayerTest, SelectsAnEnlargementByItsPhases) {
  node_.op = IntegerOp::kSelect;
  node_.requant = {{11, 1}};
  node_.selection = {0, {}, {0, 0, 1, 1, 2, 2}, {}};
  node_.out = {8, 6, 1};
  const TensorPlace input = resident(1000, {8, 3, 1});
  const TensorPlace output = resident(2000, node_.out);
  std::vector<int> rows;
  for (const Operation& operation : emit({input}, output, {{{0, 6}}, 8, 8})) {
    const Pool& pool = std::get<Pool>(operation);
    EXPECT_EQ(pool.source, (Region{1000, 8, 0}));
    EXPECT_EQ(pool.row_step, 2);
    EXPECT_EQ(pool.rows(), 3);
    rows.push_back(pool.row_begin);
  }
  EXPECT_EQ(rows, (std::vector<int>{0, 1}));
}

TEST_F(PostLayerTest, SelectsFromSegmentsThatHoldWhatATileTakes) {
  node_.op = IntegerOp::kSelect;
  node_.requant = {{11, 1}, {22, 2}};
  node_.selection = {1, {5}, {0, 3}, {1}};
  node_.out = {1, 2, 1};
  const TensorPlace first = in_dram(10000, {12, 2, 3});
  const TensorPlace second = in_dram(20000, {12, 2, 3});
  const TensorPlace output = resident(2000, node_.out);
  std::vector<std::string> lines;
  for (const Operation& operation : emit({first, second}, output, {{{0, 2}}, 1, 1})) {
    lines.emplace_back(Instruction{operation, 0, 0}.name());
    if (const auto* load = std::get_if<LoadTile>(&operation)) {
      EXPECT_EQ(load->segments.row_end - load->segments.row_begin, 1);
      EXPECT_EQ(load->segments.channel_group_begin, 1);
      EXPECT_EQ(load->segments.channel_group_end, 2);
    }
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"load_tile", "load_tile", "pool", "pool"}));
}

TEST_F(PostLayerTest, AddsTileByTile) {
  node_.op = IntegerOp::kAdd;
  node_.add_multiplier[0] = 11;
  node_.add_multiplier[1] = 22;
  node_.add_shift = 3;
  node_.clamp_low = -5;
  node_.clamp_high = 6;
  node_.out = {16, 2, 3};
  const auto add = [](int image, int channel) {
    Add op;
    op.left = {1000 + 96 * image + channel, 48, 16};
    op.right = {2000 + 96 * image + channel, 48, 16};
    op.destination = {3000 + 96 * image + channel, 48, 16};
    op.image = image;
    op.first_channel = channel;
    op.channels = 8;
    op.row_begin = 1;
    op.row_end = 2;
    op.columns = 3;
    op.left_multiplier = 11;
    op.right_multiplier = 22;
    op.shift = 3;
    op.low = -5;
    op.high = 6;
    return op;
  };
  EXPECT_EQ(emit({resident(1000, node_.out), resident(2000, node_.out)}, resident(3000, node_.out),
                 {{{1, 2}}, 8, 8}, false, 2),
            (Operations{add(0, 0), add(0, 8), add(1, 0), add(1, 8)}));
}

}  // namespace
}  // namespace escalate
