#include "pe/transaction/row_lanes.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "common/error.h"
#include "tests/pe/held_elements.h"

namespace escalate {
namespace {

constexpr int kRows = 3;

std::array<Cycle, RowLanes::kGroup> no_lines() { return {}; }

/// Times of one entry of two slot rows, which every row retires in two steps.
LaneTimes process(RowLanes& lanes, Cycle visible, int mac_cycles) {
  static const std::vector<std::uint16_t> slots = {20};
  const auto line_free = no_lines();
  const SharedDilution shared(visible, slots, 16);
  HeldElements elements;
  for (int row = 0; row < kRows; ++row) elements.add({}, {}, false, 0b11);
  lanes.set_elements(0, elements.all());
  return lanes.process({shared, false, mac_cycles, line_free.data()});
}

RowMoment new_row(const MachineConfig& machine, Cycle pass_begin) {
  RowTimeline row(machine);
  row.begin_pass(pass_begin);
  return row.moment();
}

TEST(RowLanes, TakeTheTimesOfARowForAllThatHaveEntered) {
  const MachineConfig machine;
  RowLanes lanes(machine, kRows);
  EXPECT_TRUE(lanes.is_empty());
  for (const int row : {0, 2}) EXPECT_TRUE(lanes.enter(row, new_row(machine, 0)));
  EXPECT_FALSE(lanes.has(1));
  const LaneTimes times = process(lanes, 5, 4);
  EXPECT_EQ(times.release, 5);
  EXPECT_EQ(times.end_of_work, 12);  // steps at 6 and 7, multiplied from 8 to 11
  EXPECT_EQ(lanes.mac_free(2), 12);
  EXPECT_EQ(lanes.mac_busy_cycles(), 2 * 4);
  EXPECT_EQ(lanes.states(), (RowStates{.work = 2 * 3, .wait_input = 2 * 5}));
}

TEST(RowLanes, LetARowGoOnAloneFromWhereItIs) {
  const MachineConfig machine;
  RowLanes lanes(machine, kRows);
  lanes.enter(1, new_row(machine, 3));
  EXPECT_EQ(lanes.states(), RowStates{.idle = 3});
  process(lanes, 5, 4);
  const RowMoment moment = lanes.leave(1, true);
  EXPECT_TRUE(lanes.is_empty());
  EXPECT_TRUE(moment.in_pass);
  EXPECT_EQ(moment.dilution, 5);
  EXPECT_EQ(moment.step, 7);
  EXPECT_EQ(moment.accounted, 8);
  EXPECT_EQ(moment.mac_free, 12);
  EXPECT_EQ(moment.slot_row_pops.back(), 7);
  EXPECT_EQ(moment.element_pops.back(), 8);
  ASSERT_EQ(moment.mac.size(), 1);
  EXPECT_EQ(moment.mac[0].end, 12);
  EXPECT_THROW(lanes.leave(1, true), InternalError);
}

TEST(RowLanes, TakeActivationsOneByOneInDirectMode) {
  MachineConfig machine;
  machine.mac.multipliers = 2;
  machine.mac.weight_port_bytes = 1;
  RowLanes lanes(machine, kRows);
  for (const int row : {0, 1}) lanes.enter(row, new_row(machine, 0));
  const std::vector<std::uint16_t> one = {1}, none;
  lanes.set_taken(0, one);
  lanes.set_taken(1, none);
  const auto line_free = no_lines();
  const LaneTimes times = lanes.process_direct({3, 1, 4, false, line_free.data()});
  EXPECT_EQ(times.release, 3);
  EXPECT_EQ(times.end_of_work, 8);  // two busy cycles from 4 on, and two more of the port
  EXPECT_EQ(lanes.mac_free(0), 8);
  EXPECT_EQ(lanes.mac_free(1), 0);
  EXPECT_EQ(lanes.states(), (RowStates{.work = 2, .wait_input = 2 * 3}));
  const RowMoment moment = lanes.leave(0, true);
  ASSERT_EQ(moment.mac.size(), 2);
  EXPECT_EQ(moment.mac[1].kind, MacHistory::Kind::kWeights);
  EXPECT_TRUE(lanes.enter(0, moment));
  EXPECT_EQ(lanes.leave(0, true).mac.size(), 2);
}

TEST(RowLanes, DoNotTakeARowThatBeginsFarFromTheirBase) {
  const MachineConfig machine;
  RowLanes lanes(machine, kRows);
  const RowMoment late = new_row(machine, Cycle{1} << 40);
  EXPECT_FALSE(lanes.enter(0, late));
  lanes.move_base(Cycle{1} << 40);
  EXPECT_TRUE(lanes.enter(0, late));
  EXPECT_EQ(lanes.states().idle, Cycle{1} << 40);
  EXPECT_EQ(process(lanes, Cycle{1} << 40, 1).release, Cycle{1} << 40);
  EXPECT_THROW(lanes.move_base(0), InternalError);
}

TEST(RowLanes, ServeMachinesWithShortElementQueuesAndRealCaUnits) {
  MachineConfig machine;
  EXPECT_TRUE(RowLanes::serve(machine));
  machine.ca.element_queue = 4096;
  EXPECT_FALSE(RowLanes::serve(machine));
  machine = {};
  machine.ideal.ca = true;
  EXPECT_FALSE(RowLanes::serve(machine));
}

}  // namespace
}  // namespace escalate
