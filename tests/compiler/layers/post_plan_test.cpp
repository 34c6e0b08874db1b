// How layers of the post-processing unit are cut to fit their workspace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/layers/machine_layer.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PostPlanTest : public testing::Test {
 protected:
  void input(Shape shape, int segment_channels) {
    inputs_.push_back({});
    inputs_.back().shape = shape;
    inputs_.back().segments.segment_channels = segment_channels;
  }
  PostPlan plan(std::int64_t workspace) const {
    std::vector<const TensorPlace*> places;
    for (const TensorPlace& place : inputs_) places.push_back(&place);
    return machine_layer(node_.op).plan(node_, places, output_resident_, workspace, 1);
  }
  void expect_plan(std::int64_t workspace, int rows, int channels, int segment_channels) const {
    const PostPlan found = plan(workspace);
    EXPECT_EQ(found.row_tiles, split_by(node_.out.h, rows)) << workspace;
    EXPECT_EQ(found.channel_step, channels) << workspace;
    EXPECT_EQ(found.segment_channels, segment_channels) << workspace;
  }
  void expect_refused(std::int64_t workspace) const {
    EXPECT_USER_ERROR(plan(workspace), AllOf(HasSubstr("'layer'"), HasSubstr("smallest tiles"),
                                             HasSubstr("global_buffer_bytes")));
  }

  PostPlanTest() { node_.name = "layer"; }

  IntegerNode node_;
  std::vector<TensorPlace> inputs_;
  bool output_resident_ = false;
};

TEST_F(PostPlanTest, HalvesTheRowsOfAPoolAndThenItsChannels) {
  node_.op = IntegerOp::kMaxPool;
  node_.window.r = node_.window.s = 3;
  node_.window.stride_h = node_.window.stride_w = 2;
  node_.out = {100, 4, 4};
  input({100, 9, 8}, 16);
  // Two places of each tile, and eight bytes more: 9, 5 or 3 rows of 8 input positions, and 4, 2
  // or 1 rows of 4 outputs. Less than all channels may come with 15 more on each side.
  const std::int64_t four_rows = 2 * (9 * 8 * 104 + 8) + 2 * (4 * 4 * 104 + 8);
  const std::int64_t two_rows = 2 * (5 * 8 * 104 + 8) + 2 * (2 * 4 * 104 + 8);
  const std::int64_t one_row = 2 * (3 * 8 * 104 + 8) + 2 * (4 * 104 + 8);
  const std::int64_t channels_48 = 2 * (3 * 8 * 80 + 8) + 2 * (4 * 48 + 8);
  const std::int64_t channels_24 = 2 * (3 * 8 * 56 + 8) + 2 * (4 * 24 + 8);
  const std::int64_t channels_8 = 2 * (3 * 8 * 40 + 8) + 2 * (4 * 8 + 8);
  expect_plan(four_rows, 4, 100, 64);
  expect_plan(four_rows - 1, 2, 100, 64);
  expect_plan(two_rows, 2, 100, 64);
  expect_plan(two_rows - 1, 1, 100, 64);
  expect_plan(one_row, 1, 100, 64);
  expect_plan(one_row - 1, 1, 48, 48);
  expect_plan(channels_48, 1, 48, 48);
  expect_plan(channels_48 - 1, 1, 24, 24);
  expect_plan(channels_24 - 1, 1, 8, 8);
  expect_plan(channels_8, 1, 8, 8);
  expect_refused(channels_8 - 1);
}

TEST_F(PostPlanTest, CutsManyChannelsIntoWholeSegments) {
  node_.op = IntegerOp::kRescale;
  node_.out = {300, 1, 1};
  output_resident_ = true;
  input({300, 1, 1}, 1);
  const auto least = [](int channels) { return 2 * ((channels + 7) / 8 * 8 + 8); };
  expect_plan(least(300), 1, 300, 64);
  expect_plan(least(300) - 1, 1, 192, 64);
  expect_plan(least(192) - 1, 1, 128, 64);
  expect_plan(least(128) - 1, 1, 64, 64);
  expect_plan(least(64) - 1, 1, 32, 32);
  expect_plan(least(8), 1, 8, 8);
  expect_refused(least(8) - 1);
}

TEST_F(PostPlanTest, RoundsHalvesOfRowsUpAndTakesTheInputsRowsWithoutAWindow) {
  node_.op = IntegerOp::kAdd;
  node_.out = {8, 7, 3};
  input({8, 7, 3}, 8);
  input({8, 7, 3}, 8);
  const auto least = [](int rows) { return 3 * 2 * (rows * 3 * 8 + 8); };
  expect_plan(least(7), 7, 8, 8);
  expect_plan(least(7) - 1, 4, 8, 8);
  expect_plan(least(4) - 1, 2, 8, 8);
  expect_plan(least(2) - 1, 1, 8, 8);
  expect_refused(least(1) - 1);
  inputs_[1].resident = true;
  expect_plan(2 * 2 * (7 * 3 * 8 + 8), 7, 8, 8);
}

TEST_F(PostPlanTest, KeepsAllChannelsOfAConcatenationTogether) {
  node_.op = IntegerOp::kConcat;
  node_.out = {30, 2, 1};
  input({20, 2, 1}, 4);
  input({10, 2, 1}, 4);
  const std::int64_t one_row = 2 * (24 + 8) + 2 * (16 + 8) + 2 * (32 + 8);
  expect_plan(one_row, 1, 30, 30);
  expect_refused(one_row - 1);
}

}  // namespace
}  // namespace escalate
