// The clocked units one by one, by hand and against the bit-parallel cores.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pe/cycle/adder_tree.h"
#include "pe/cycle/concentrator.h"
#include "pe/cycle/dilution.h"
#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"
#include "tests/pe/clocked_scenario.h"

namespace escalate {
namespace {

MachineConfig small_machine() {
  MachineConfig machine;
  machine.ca.chunk = 8;
  machine.ca.lanes = 4;
  machine.ca.pattern = "L<1,1>";
  machine.ca.slot_queue_rows = 4;
  machine.ring.entry_channels = 16;
  return machine;
}

SlotRow slot_row(std::uint64_t matches, bool marked) {
  SlotRow row;
  row.num_slots = 4;
  row.matches = matches;
  row.marked = marked;
  for (int lane = 0; lane < 4; ++lane) row.values[lane] = std::int8_t(10 + lane);
  return row;
}

TEST(DilutionClocked, PushesARowOnlyWhenASlotBeyondItComes) {
  const MachineConfig machine = small_machine();
  DilutionClocked dilution(machine);
  SlotQueue queue(machine.ca.slot_queue_rows);
  // Four activations in the first chunk, exactly one row; one in the second.
  const Entry entry =
      make_entry(std::vector<std::int8_t>{1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, 8);
  CoefficientTile coefficients(2, 8);
  coefficients.add_row(std::vector<std::int8_t>{1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1});
  const DilutionClocked::Input input{&entry, &coefficients, 0, {}};
  EXPECT_TRUE(dilution.tick(input, queue).began);
  queue.clock();
  EXPECT_EQ(queue.size(), 0);
  const auto second = dilution.tick(input, queue);
  EXPECT_FALSE(second.began);
  EXPECT_TRUE(second.released);
  EXPECT_EQ(queue.size(), 0) << "pushed in this cycle, seen in the next";
  queue.clock();
  ASSERT_EQ(queue.size(), 2);
  EXPECT_FALSE(queue.front(0).marked);
  EXPECT_EQ(queue.front(0).matches, 0b0101u);
  EXPECT_EQ(queue.front(0).negative, 0b0100u);
  EXPECT_TRUE(queue.front(1).marked);
  EXPECT_EQ(queue.front(1).values[0], 5);
  EXPECT_EQ(queue.front(1).negative, 0b1u);
}

TEST(DilutionClocked, WaitsUntilAllRowsOfACycleFindRoom) {
  const MachineConfig machine = small_machine();
  DilutionClocked dilution(machine);
  SlotQueue queue(2);
  const Entry entry = make_entry(std::vector<std::int8_t>{1, 1, 1, 1, 1, 1, 1, 1}, 8);
  CoefficientTile coefficients(1, 8);
  coefficients.add_row(std::vector<std::int8_t>{1});
  const DilutionClocked::Input input{&entry, &coefficients, 0, {}};
  queue.push(slot_row(0, true));
  queue.clock();
  EXPECT_FALSE(dilution.tick(input, queue).began) << "two rows, one place";
  queue.pop();
  EXPECT_FALSE(dilution.tick(input, queue).began) << "a place popped is free in the next cycle";
  queue.clock();
  EXPECT_TRUE(dilution.tick(input, queue).released);
}

TEST(ConcentratorClocked, TakesOwnSlotsThenLooksAheadThenAside) {
  const MachineConfig machine = small_machine();
  ConcentratorClocked concentrator(machine);
  SlotQueue queue(4);
  queue.push(slot_row(0b0001, false));
  queue.push(slot_row(0b0110, true));
  queue.clock();
  const auto step = concentrator.tick(queue, true);
  EXPECT_TRUE(step.final_step);
  EXPECT_EQ(step.retired, 2);
  // Lane 0 its own; then (1,0): lanes 1 and 2 one row ahead; nothing is left for (1,-1).
  const std::vector<LanePick> expected = {
      {0, 0, 0, 10, false}, {1, 1, 1, 11, false}, {2, 1, 2, 12, false}};
  EXPECT_EQ(concentrator.picks(), expected);
}

TEST(ConcentratorClocked, TakesALeftNeighboursSlotUnderLookAside) {
  const MachineConfig machine = small_machine();
  ConcentratorClocked concentrator(machine);
  SlotQueue queue(4);
  queue.push(slot_row(0b0010, false));
  queue.push(slot_row(0b0010, true));
  queue.clock();
  // Lane 1 is busy with its own slot, so lane 2 takes (1, 2-1).
  EXPECT_TRUE(concentrator.tick(queue, true).final_step);
  const std::vector<LanePick> expected = {{1, 0, 1, 11, false}, {2, 1, 1, 11, false}};
  EXPECT_EQ(concentrator.picks(), expected);
}

TEST(ConcentratorClocked, WaitsForAFullWindowOrTheMarkedRow) {
  const MachineConfig machine = small_machine();
  ConcentratorClocked concentrator(machine);
  SlotQueue queue(4);
  queue.push(slot_row(1, false));
  queue.clock();
  EXPECT_FALSE(concentrator.tick(queue, true).stepped);
  queue.push(slot_row(1, true));
  EXPECT_FALSE(concentrator.tick(queue, true).stepped) << "pushed in this cycle";
  queue.clock();
  EXPECT_TRUE(concentrator.tick(queue, true).stepped);
}

TEST(ConcentratorClocked, IsBlockedInTheFinalStepOnly) {
  const MachineConfig machine = small_machine();
  ConcentratorClocked concentrator(machine);
  SlotQueue queue(4);
  queue.push(slot_row(0b1111, false));
  queue.push(slot_row(0b1111, true));
  queue.clock();
  EXPECT_TRUE(concentrator.tick(queue, false).stepped) << "not the final step";
  queue.clock();
  EXPECT_TRUE(concentrator.tick(queue, false).blocked);
  EXPECT_TRUE(concentrator.picks().empty());
  queue.clock();
  EXPECT_TRUE(concentrator.tick(queue, true).final_step);
  EXPECT_EQ(concentrator.picks().size(), 4u);
}

TEST(AdderTreeClocked, AddsAndSubtractsIntoItsAccumulator) {
  const MachineConfig machine = small_machine();
  AdderTreeClocked tree(machine);
  const std::vector<LanePick> first = {{0, 0, 0, 100, false}, {3, 0, 3, -128, true}};
  EXPECT_EQ(tree.step(first, false), 228);
  const std::vector<LanePick> second = {{2, 0, 2, 28, true}};
  EXPECT_EQ(tree.step(second, true), 200);
  EXPECT_EQ(tree.step({}, true), 0) << "a new element starts from zero";
  EXPECT_EQ(tree.counters().ca_additions, 3);
  EXPECT_EQ(tree.counters().elements, 2);
  EXPECT_EQ(tree.counters().nonzero_elements, 1);
}

// Pick for pick against the bit-parallel concentrator, over random elements.
TEST(ConcentratorClocked, TakesThePicksOfTheBitParallelCoreInTheSameOrder) {
  EXPECT_TRUE(rc::check("picks are equal", [] {
    MachineConfig machine = scenario::arbitrary_machine();
    machine.ca.slot_queue_rows = 64;
    Random random(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
    const int lanes = machine.ca.lanes;
    const int slots = scenario::any_in(0, 60 * lanes + 1);
    BitString mask;
    for (int s = 0; s < slots; ++s) mask.append(random.below(2), 1);
    SlotQueue queue(64);
    const int rows = num_slot_rows(slots, lanes);
    for (int r = 0; r < rows; ++r) {
      SlotRow row;
      row.matches = slot_bits(mask.words(), slots, r * lanes, lanes);
      row.marked = r + 1 == rows;
      queue.push(row);
    }
    queue.clock();
    ConcentratorClocked concentrator(machine);
    std::vector<SlotPick> picks;
    int base = 0;
    int steps = 0;
    for (bool done = false; !done; queue.clock(), ++steps) {
      const auto step = concentrator.tick(queue, true);
      for (const LanePick& pick : concentrator.picks()) {
        picks.push_back({steps, pick.lane, base + pick.row, pick.slot_lane});
      }
      base += step.retired;
      done = step.final_step;
    }
    std::size_t next = 0;
    const auto pattern = ConcentratorPattern::parse(machine.ca.pattern);
    const int expected = concentrate(
        pattern, lanes, mask.words(), slots,
        [&](const SlotPick& pick) {
          RC_ASSERT(next < picks.size());
          RC_ASSERT(pick.step == picks[next].step);
          RC_ASSERT(pick.lane == picks[next].lane);
          RC_ASSERT(pick.slot_row == picks[next].slot_row);
          RC_ASSERT(pick.slot_lane == picks[next].slot_lane);
          ++next;
        },
        [](int, int) {});
    RC_ASSERT(steps == expected);
    RC_ASSERT(next == picks.size());
  }));
}

}  // namespace
}  // namespace escalate
