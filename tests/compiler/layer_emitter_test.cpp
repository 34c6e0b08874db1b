#include "compiler/layer_emitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(DataWriter, BeginsEachPieceAtAMultipleOfTheBurst) {
  DataWriter data(1024, 16);
  EXPECT_EQ(data.append({1, 2, 3}), 1024u);
  EXPECT_EQ(data.append(std::vector<std::uint8_t>(16, 4)), 1040u);
  EXPECT_EQ(data.append({5}), 1056u);
  const std::vector<std::uint8_t> bytes = data.take();
  ASSERT_EQ(bytes.size(), 48u);
  EXPECT_EQ(bytes[2], 3);
  EXPECT_EQ(bytes[3], 0);
  EXPECT_EQ(bytes[31], 4);
  EXPECT_EQ(bytes[32], 5);
}

TEST(DataWriter, RefusesWhatAnAddressCannotReach) {
  DataWriter data(0xffffffff - 20, 4);
  EXPECT_EQ(data.append(std::vector<std::uint8_t>(12, 0)), 0xffffffff - 20);
  EXPECT_EQ(data.append(std::vector<std::uint8_t>(8, 0)), 0xffffffff - 8);
  EXPECT_USER_ERROR(data.append({1}), HasSubstr("4 GiB"));
}

TEST(PlaceCache, FillsThePlaceThatWasNotUsedForLongest) {
  PlaceCache cache(2);
  const auto find = [&](int key) {
    const PlaceCache::Found found = cache.find({key});
    return std::pair(found.place, found.is_new);
  };
  EXPECT_EQ(find(1), std::pair(0, true));
  EXPECT_EQ(find(2), std::pair(1, true));
  EXPECT_EQ(find(1), std::pair(0, false));
  EXPECT_EQ(find(3), std::pair(1, true));  // 1 has just been used again
  EXPECT_EQ(find(1), std::pair(0, false));
  EXPECT_EQ(find(2), std::pair(1, true));
  EXPECT_EQ(find(3), std::pair(0, true));
}

class Emitter : public LayerEmitter {
 public:
  using LayerEmitter::Box;
  using LayerEmitter::box_of_input;
  using LayerEmitter::covering_segments;
  using LayerEmitter::make_buffers;
  using LayerEmitter::region_of_tile;
  using LayerEmitter::tile_bytes;
  using LayerEmitter::TileBuffers;
  Emitter(const MachineConfig& machine, SpanAllocator::Gap workspace)
      : LayerEmitter(machine, workspace, 1) {}
};

/// 10 columns in segments of 4, 20 channels in segments of 8; two images.
TensorPlace some_tensor() {
  TensorPlace tensor;
  tensor.segments.dram = 10000;
  tensor.segments.directory = 50;
  tensor.segments.stride = 64;
  tensor.segments.width = 10;
  tensor.segments.channels = 20;
  tensor.segments.segment_columns = 4;
  tensor.segments.segment_channels = 8;
  tensor.dram_image_stride = 5000;
  tensor.directory_image_stride = 700;
  return tensor;
}

TEST(LayerEmitter, CoversABoxWithWholeSegments) {
  Emitter::Box covered;
  SegmentBox box = Emitter::covering_segments(some_tensor(), 1, {{3, 5}, {4, 8}, {8, 16}}, covered);
  EXPECT_EQ(box.dram, 15000u);
  EXPECT_EQ(box.directory, 750);
  EXPECT_EQ(covered.rows, (Range{3, 5}));
  EXPECT_EQ(covered.columns, (Range{4, 8}));
  EXPECT_EQ(covered.channels, (Range{8, 16}));
  EXPECT_THAT((std::vector{box.row_begin, box.row_end, box.column_group_begin, box.column_group_end,
                           box.channel_group_begin, box.channel_group_end}),
              ElementsAre(3, 5, 1, 2, 1, 2));
  // One column and channel more on each side; the last segments are narrower.
  box = Emitter::covering_segments(some_tensor(), 0, {{3, 5}, {3, 9}, {7, 17}}, covered);
  EXPECT_EQ(covered.columns, (Range{0, 10}));
  EXPECT_EQ(covered.channels, (Range{0, 20}));
  EXPECT_THAT((std::vector{box.column_group_begin, box.column_group_end, box.channel_group_begin,
                           box.channel_group_end}),
              ElementsAre(0, 3, 0, 3));
}

TEST(LayerEmitter, LaysATileOutPositionByPositionInWholeWords) {
  // 9 channels take 16 bytes.
  const Emitter::Box box{{2, 5}, {3, 7}, {4, 13}};
  EXPECT_EQ(Emitter::tile_bytes(box), 3 * 4 * 16);
  const Region region = Emitter::region_of_tile(1000, box);
  EXPECT_EQ(region.row_stride, 64);
  EXPECT_EQ(region.position_stride, 16);
  EXPECT_EQ(region.at(2, 3) + 4, 1000);  // its first row, column and channel
}

TEST(LayerEmitter, TakesBuffersInWholeWordsFromTheWorkspace) {
  const MachineConfig machine;
  Emitter emitter(machine, {100, 140});
  EXPECT_THAT(emitter.make_buffers(9, 2).bases, ElementsAre(100, 116));
  EXPECT_THAT(emitter.make_buffers(8, 1).bases, ElementsAre(132));
  EXPECT_THROW(emitter.make_buffers(1, 1), InternalError);
}

TEST(LayerEmitter, LoadsABoxOnceWhileItsPlaceHoldsIt) {
  const MachineConfig machine;
  Emitter emitter(machine, {1000, 3000});
  Emitter::TileBuffers buffers = emitter.make_buffers(320, 2);
  const TensorPlace tensor = some_tensor();
  const Emitter::Box box{{3, 5}, {4, 8}, {8, 16}};
  const Region first = emitter.box_of_input(tensor, 0, box, buffers, {0});
  EXPECT_EQ(first.at(3, 4) + 8, 1000);
  EXPECT_EQ(emitter.box_of_input(tensor, 0, box, buffers, {0}), first);
  EXPECT_EQ(emitter.box_of_input(tensor, 1, box, buffers, {1}).at(3, 4) + 8, 1320);
  ASSERT_EQ(emitter.instructions().size(), 2u);
  const auto& load = std::get<LoadTile>(emitter.instructions()[1].operation);
  EXPECT_EQ(load.segments.dram, 15000u);
  EXPECT_EQ(load.region, (Region{1320, 32, 8}));
}

TEST(LayerEmitter, ReadsAResidentTensorWhereItLies) {
  const MachineConfig machine;
  Emitter emitter(machine, {1000, 3000});
  Emitter::TileBuffers none;
  TensorPlace tensor = some_tensor();
  tensor.resident = true;
  tensor.region = {200, 80, 24};
  tensor.image_stride = 400;
  EXPECT_EQ(emitter.box_of_input(tensor, 2, {{0, 1}, {0, 1}, {0, 1}}, none, {0}),
            (Region{1000, 80, 24}));
  EXPECT_TRUE(emitter.instructions().empty());
}

}  // namespace
}  // namespace escalate
