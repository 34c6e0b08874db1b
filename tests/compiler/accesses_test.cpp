#include "compiler/accesses.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace escalate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

using Pass = Run;  // in a test, Run is GoogleTest's

/// Each access as "buffer 0 to 8 read".
std::vector<std::string> accesses(const Operation& operation) {
  static const char* const kNames[] = {"buffer",     "dram",   "directory", "coefficients",
                                       "parameters", "tables", "outputs"};
  std::vector<std::string> texts;
  for (const Access& access : accesses_of({operation, 0, 0})) {
    texts.push_back(fmt::format("{} {} to {} {}", kNames[int(access.space)], access.begin,
                                access.end, access.is_write ? "written" : "read"));
  }
  return texts;
}

TEST(Access, ConflictsIfOneOfTwoWritesWhatTheOtherUses) {
  const Access read{Space::kDram, 10, 20, false};
  const Access write{Space::kDram, 10, 20, true};
  EXPECT_FALSE(read.conflicts(read));
  EXPECT_TRUE(read.conflicts(write));
  EXPECT_TRUE(write.conflicts(read));
  EXPECT_TRUE(write.conflicts(write));
  EXPECT_FALSE(write.conflicts({Space::kDirectory, 10, 20, true}));
}

TEST(Access, ConflictsOnlyWhereRangesOverlap) {
  const Access write{Space::kDram, 10, 20, true};
  const auto with = [&](std::int64_t begin, std::int64_t end) {
    const Access other{Space::kDram, begin, end, false};
    EXPECT_EQ(write.conflicts(other), other.conflicts(write));
    return write.conflicts(other);
  };
  EXPECT_FALSE(with(5, 10));
  EXPECT_TRUE(with(5, 11));
  EXPECT_TRUE(with(12, 13));
  EXPECT_TRUE(with(19, 25));
  EXPECT_FALSE(with(20, 25));
}

TEST(Accesses, OfAFillReachFromItsLowestToItsHighestByte) {
  EXPECT_THAT(accesses(Fill{{100, 50, 10}, 2, 3, 4}), ElementsAre("buffer 100 to 174 written"));
  // In a damaged program strides may be negative.
  EXPECT_THAT(accesses(Fill{{100, -50, 10}, 2, 3, 4}), ElementsAre("buffer 50 to 124 written"));
  EXPECT_THAT(accesses(Fill{{100, 50, -10}, 2, 3, 4}), ElementsAre("buffer 80 to 154 written"));
  EXPECT_THAT(accesses(Fill{{100, -50, -10}, 2, 3, 4}), ElementsAre("buffer 30 to 104 written"));
  EXPECT_THAT(accesses(Fill{{100, 50, 10}, 0, 3, 4}), IsEmpty());
  EXPECT_THAT(accesses(Fill{{100, 50, 10}, 2, 0, 4}), IsEmpty());
}

TEST(Accesses, OfAnAdditionAreItsOperandsAndItsSum) {
  Add add;
  add.left = {1000, 100, 10};
  add.right = {2000, 200, 20};
  add.destination = {3000, 300, 30};
  add.channels = 8;
  add.row_begin = 2;
  add.row_end = 4;
  add.columns = 5;
  EXPECT_THAT(accesses(add), ElementsAre("buffer 1200 to 1348 read", "buffer 2400 to 2688 read",
                                         "buffer 3600 to 4028 written"));
}

TEST(Accesses, OfAnOperandThatIsBroadcastAreWhatThereIsOfIt) {
  Add add;
  add.left = {1000, 0, 0};
  add.right = {2000, 200, 20};
  add.right_single = 1;
  add.destination = {3000, 300, 30};
  add.channels = 8;
  add.row_begin = 2;
  add.row_end = 4;
  add.columns = 5;
  EXPECT_THAT(accesses(add), ElementsAre("buffer 1000 to 1008 read", "buffer 2400 to 2681 read",
                                         "buffer 3600 to 4028 written"));
  std::swap(add.left_single, add.right_single);
  EXPECT_THAT(accesses(add), ElementsAre("buffer 1000 to 1001 read", "buffer 2400 to 2688 read",
                                         "buffer 3600 to 4028 written"));
}

TEST(Accesses, OfAPoolOfStepsEndWithItsLastRowAndColumn) {
  Pool pool;
  pool.source = {1000, 100, 10};
  pool.destination = {5000, 100, 10};
  pool.window = {9, 9, 1, 1, 1, 1, 0, 0};
  pool.channels = 4;
  pool.row_begin = 1;
  pool.row_end = 6;
  pool.row_step = 2;
  pool.column_begin = 3;
  pool.column_end = 9;
  pool.column_step = 3;
  // Rows 1, 3 and 5 from rows 0, 1 and 2; columns 3 and 6 from columns 1 and 2.
  EXPECT_THAT(accesses(pool),
              ElementsAre("buffer 1010 to 1224 read", "buffer 5130 to 5564 written"));
}

TEST(Accesses, OfAPoolAreTheInputsThatItsWindowsMeet) {
  Pool pool;
  pool.source = {1000, 100, 10};
  pool.destination = {5000, 100, 10};
  pool.window = {8, 9, 3, 2, 2, 3, 1, 1};
  pool.channels = 4;
  pool.row_begin = 1;
  pool.row_end = 3;
  pool.column_begin = 0;
  pool.column_end = 2;
  // Rows 1 to 5 (2p - 1, three each); columns 0 to 3 (3q - 1, two each), the first in the padding.
  EXPECT_THAT(accesses(pool),
              ElementsAre("buffer 1100 to 1534 read", "buffer 5100 to 5214 written"));
  // The last ones end with the input.
  pool.row_end = 4;
  pool.column_begin = 1;
  pool.column_end = 4;
  pool.window.height = 7;
  EXPECT_THAT(accesses(pool),
              ElementsAre("buffer 1120 to 1684 read", "buffer 5110 to 5334 written"));
}

Pass some_pass() {
  Pass pass;
  pass.input = {1000, 100, 10};
  pass.channels = 4;
  pass.window = {8, 9, 3, 2, 2, 3, 1, 1};
  pass.coefficient_bank = 1;
  pass.output.column_begin = 0;
  pass.output.column_end = 2;
  pass.output.bank = 1;
  pass.output.groups = {{0, 3, 1, 6, 1, 3}, {3, 4, 6, 6, 3, 3}};
  return pass;
}

TEST(Accesses, OfALookupAreItsTablesBank) {
  EXPECT_THAT(accesses(LoadTable{4000000000u, 1}),
              ElementsAre("dram 4000000000 to 4000000256 read", "tables 1 to 2 written"));
  Pool pool;
  pool.window.width = 1;
  EXPECT_EQ(accesses(pool).size(), 2u);
  pool.table = 1;
  EXPECT_THAT(accesses(pool), Contains("tables 1 to 2 read"));
  Drain drain;
  drain.table = 0;
  EXPECT_THAT(accesses(drain), Contains("tables 0 to 1 read"));
}

TEST(Accesses, OfAPassAreTheRowsOfEachGroupAndTheBanks) {
  Pass pass = some_pass();
  EXPECT_THAT(accesses(pass), ElementsAre("buffer 1100 to 1534 read", "coefficients 1 to 2 read",
                                          "outputs 1 to 2 written"));
  pass.output.groups[1].in_end = 8;
  pass.output.column_begin = 1;
  pass.output.column_end = 4;
  pass.coefficient_bank = pass.output.bank = 0;
  EXPECT_THAT(accesses(pass), ElementsAre("buffer 1120 to 1584 read", "buffer 1620 to 1784 read",
                                          "coefficients 0 to 1 read", "outputs 0 to 1 written"));
}

TEST(Accesses, OfADrainAreTheRowsOfEachGroupTheBanksAndAResidualOperand) {
  Drain drain;
  drain.output = some_pass().output;
  drain.output.channels = 4;
  drain.destination = {1000, 100, 10};
  drain.residual = {2000, 100, 10};
  drain.parameter_bank = 1;
  EXPECT_THAT(accesses(drain), ElementsAre("buffer 1100 to 1214 written", "parameters 1 to 2 read",
                                           "outputs 1 to 2 read"));
  drain.add = 1;
  drain.output.groups[1].out_end = 4;
  drain.output.column_begin = 1;
  EXPECT_THAT(accesses(drain),
              ElementsAre("buffer 1110 to 1214 written", "buffer 2110 to 2214 read",
                          "buffer 1310 to 1314 written", "buffer 2310 to 2314 read",
                          "parameters 1 to 2 read", "outputs 1 to 2 read"));
}

TEST(Accesses, OfCoefficientsAndParametersAreTheirBytesAndTheirBank) {
  LoadCoefficients coefficients;
  coefficients.dram = 4000000000u;
  coefficients.bytes = 500;
  coefficients.bank = 1;
  EXPECT_THAT(accesses(coefficients),
              ElementsAre("dram 4000000000 to 4000000500 read", "coefficients 1 to 2 written"));
  EXPECT_THAT(accesses(LoadParameters{4000000000u, 0, 10}),
              ElementsAre("dram 4000000000 to 4000000090 read", "parameters 0 to 1 written"));
  EXPECT_THAT(accesses(LoadSlopedParameters{4000000000u, 1, 10}),
              ElementsAre("dram 4000000000 to 4000000140 read", "parameters 1 to 2 written"));
}

/// 10 columns in segments of 4, 20 channels in segments of 8: 3 x 3 segments a row.
SegmentBox some_segments() {
  SegmentBox box;
  box.dram = 10000;
  box.stride = 64;
  box.directory = 500;
  box.width = 10;
  box.channels = 20;
  box.segment_columns = 4;
  box.segment_channels = 8;
  box.row_begin = 2;
  box.row_end = 4;
  box.column_group_begin = 0;
  box.column_group_end = 2;
  box.channel_group_begin = 1;
  box.channel_group_end = 2;
  return box;
}

TEST(SegmentNumbers, GoFromTheFirstToTheLastSegmentOfABox) {
  SegmentBox box = some_segments();
  EXPECT_EQ(box.column_groups(), 3);
  EXPECT_EQ(box.channel_groups(), 3);
  // (2 * 3 + 0) * 3 + 1 and (3 * 3 + 1) * 3 + 1.
  EXPECT_EQ(segment_numbers(box).begin, 19);
  EXPECT_EQ(segment_numbers(box).end, 32);
  box.width = 8;
  box.channels = 16;
  EXPECT_EQ(box.column_groups(), 2);
  EXPECT_EQ(box.channel_groups(), 2);
  EXPECT_EQ(segment_numbers(box).begin, 9);
  EXPECT_EQ(segment_numbers(box).end, 16);
}

TEST(Accesses, OfATileAreItsSegmentsTheirEntriesAndItsPlaceInTheBuffer) {
  SegmentBox box = some_segments();
  // Two rows of 8 columns of 8 channels.
  EXPECT_THAT(accesses(LoadTile{box, {1000, 200, 8}}),
              ElementsAre("dram 11216 to 12048 read", "directory 519 to 532 read",
                          "buffer 1000 to 1264 written"));
  EXPECT_THAT(accesses(StoreTile{box, {1000, 200, 8}}),
              ElementsAre("dram 11216 to 12048 written", "directory 519 to 532 written",
                          "buffer 1000 to 1264 read"));
  // The last segments are narrower: 6 columns of 12 channels.
  box.column_group_begin = 1;
  box.column_group_end = 3;
  box.channel_group_end = 3;
  EXPECT_THAT(accesses(LoadTile{box, {1000, 200, 12}}),
              ElementsAre("dram 11408 to 12304 read", "directory 522 to 536 read",
                          "buffer 1000 to 1272 written"));
}

}  // namespace
}  // namespace escalate
