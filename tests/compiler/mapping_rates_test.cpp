#include "compiler/mapping_rates.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

#include "tests/compiler/drawn_layer.h"

namespace escalate {
namespace {

/// A 3x3 convolution of 9 x 9 positions, padded by one.
class Rates : public testing::Test {
 protected:
  Rates() {
    node_.window.r = node_.window.s = 3;
    node_.window.pad_top = node_.window.pad_bottom = 1;
    node_.window.pad_left = node_.window.pad_right = 1;
    layer_.node = &node_;
    layer_.in = layer_.out = {16, 9, 9};
    layer_.coefficients.assign(16 * 16, 1);
    mapping_.per_block = 4;
    mapping_.rounds = {{0, 16}};
    mapping_.folds = {{0, 1}};
    mapping_.channel_step = 16;
    mapping_.column_tiles = {{0, 9}};
    mapping_.row_tiles = {{0, 9}};
    mapping_.bank_rows = 3;
  }
  MappingRates rates() const { return {machine_, layer_, room_, mapping_}; }

  IntegerNode node_;
  ConvLayer layer_;
  MachineConfig machine_;
  MappingRoom room_;
  ConvMapping mapping_;
};

TEST_F(Rates, KnowWhatAWindowReadsWithinTheMap) {
  EXPECT_EQ(rates().input_rows({0, 3}), (Range{0, 4}));
  EXPECT_EQ(rates().input_columns({3, 6}), (Range{2, 7}));
  EXPECT_EQ(rates().sent_columns({0, 9}), 9);
}

TEST_F(Rates, GoOnWithTheRowsBehindThoseOfThePassBefore) {
  std::vector<int> sent;
  rates().for_each_pass({0, 9}, [&](int rows, int outputs, const RowsByTaps& by_taps) {
    EXPECT_EQ(outputs, 3);
    EXPECT_EQ(std::accumulate(by_taps.begin(), by_taps.end(), 0), rows);
    sent.push_back(rows);
  });
  EXPECT_EQ(sent, (std::vector<int>{4, 3, 2}));
}

TEST_F(Rates, SendAllRowsOfAPassThatDoesNotGoOn) {
  mapping_.channel_step = 8;  // two steps add up in a bank
  std::vector<int> sent;
  rates().for_each_pass({0, 9}, [&](int rows, int, const RowsByTaps&) { sent.push_back(rows); });
  EXPECT_EQ(sent, (std::vector<int>{4, 5, 4}));
  int steps = 0;
  rates().for_each_step({0, 16}, [&](Range channels, Range) {
    EXPECT_EQ(channels.size(), 8);
    ++steps;
  });
  EXPECT_EQ(steps, 2);
}

TEST_F(Rates, DrainWholeBlocksAndThenTheLastOne) {
  machine_.post_lanes = 8;
  EXPECT_DOUBLE_EQ(rates().drain_cycles(3, 16), 4 * 2);      // four blocks of 12 sums
  EXPECT_DOUBLE_EQ(rates().drain_cycles(3, 14), 3 * 2 + 1);  // the last of 6
}

// Each pair of an input row and an output row that reads it is one.
TEST(MappingRates, MeetAsManyKernelRowsAsOutputsRead) {
  EXPECT_TRUE(rc::check([] {
    const DrawnLayer drawn(40);
    const MachineConfig machine = drawn_machine();
    const MappingRoom room = drawn_room(drawn.layer);
    ConvMapping mapping;
    mapping.rounds = {{0, drawn.layer.out.c}};
    mapping.folds = {{0, drawn.layer.terms}};
    mapping.channel_step = drawn.layer.in.c;
    mapping.column_tiles = {{0, drawn.layer.out.w}};
    mapping.row_tiles = {{0, drawn.layer.out.h}};
    mapping.bank_rows = *rc::gen::inRange(1, drawn.layer.out.h + 1);
    const MappingRates rates(machine, drawn.layer, room, mapping);
    int met = 0;
    rates.for_each_pass(mapping.row_tiles[0], [&](int, int, const RowsByTaps& rows) {
      for (std::size_t taps = 0; taps < rows.size(); ++taps) met += int(taps) * rows[taps];
    });
    int expected = 0;
    for (int p = 0; p < drawn.layer.out.h; ++p) expected += rates.input_rows({p, p + 1}).size();
    RC_ASSERT(met == expected);
  }));
}

}  // namespace
}  // namespace escalate
