#include "pe/transaction/row_timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/error.h"
#include "pe/transaction/concentrator.h"
#include "tests/pe/row_ticking_reference.h"

namespace escalate {
namespace {

MachineConfig small_machine() {
  MachineConfig machine;
  machine.ca.chunk = 8;
  machine.ca.lanes = 4;
  machine.ca.pattern = "L<1,1>";
  machine.ca.slot_queue_rows = 4;
  machine.ca.element_queue = 1;
  return machine;
}

ElementTimes process(RowTimeline& row, const reference::Element& element,
                     const MachineConfig& machine) {
  if (element.direct) {
    return row.process_direct({element.visible, element.taken,
                               element.one_by_one ? machine.mac.multipliers : 1, element.taps,
                               element.line_end, element.line_free});
  }
  // The form that rows share must give the same; it is taken for about half of the elements.
  if (element.visible % 2 == 0 && element.step_ends.back() <= 64) {
    std::uint64_t bases = 1;
    for (const int end : element.step_ends) {
      if (end < element.step_ends.back()) bases |= std::uint64_t{1} << end;
    }
    return row.process(SharedDilution(element.visible, element.slots, machine.ca.lanes), bases,
                       element.pushed, element.mac_cycles, element.line_free);
  }
  return row.process({element.visible, element.slots, element.step_ends, element.pushed,
                      element.mac_cycles, element.line_free});
}

TEST(RowTimeline, TakesOneCycleForEachUnitOfAnEmptyElement) {
  MachineConfig machine = small_machine();
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> steps = {1};
  const ElementTimes times = row.process({5, {}, steps, true, 3, 0});
  EXPECT_EQ(times.release, 5);     // visible at 5: read at 5
  EXPECT_EQ(times.final_step, 6);  // its slot row is visible at 6
  EXPECT_EQ(times.mac_end, 9);     // popped at 7, three cycles
  row.end_pass();
  row.close(12);
  EXPECT_EQ(row.states().wait_input, 5);
  EXPECT_EQ(row.states().work, 5);
  EXPECT_EQ(row.states().idle, 2);
}

TEST(RowTimeline, WaitsForInputUntilItIsClosedInAPassThatIsStillOpen) {
  RowTimeline row(small_machine());
  row.close(3);
  row.begin_pass(5);
  row.close(12);
  EXPECT_EQ(row.states(), (RowStates{.wait_input = 7, .idle = 5}));
}

TEST(RowTimeline, WaitsForTheWindowBeforeItSteps) {
  MachineConfig machine = small_machine();  // window of two rows
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> slots = {8,
                                            8};  // four slot rows, one pushed with the first chunk
  const std::vector<std::uint16_t> steps = {1, 2, 3, 4};
  const ElementTimes times = row.process({0, slots, steps, true, 1, 0});
  EXPECT_EQ(times.release, 1);
  EXPECT_EQ(times.final_step, 5);  // the second row is pushed at 1: steps at 2, 3, 4, 5
}

TEST(RowTimeline, HoldsItsFinalStepWhileTheElementQueueIsFull) {
  MachineConfig machine = small_machine();
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> steps = {1};
  row.process({0, {}, steps, true, 10, 0});  // MAC 2..11
  row.process({0, {}, steps, true, 10, 0});  // queued from 3
  const ElementTimes third = row.process({0, {}, steps, true, 10, 0});
  EXPECT_EQ(third.final_step, 13);  // the second is popped at 12
}

// Two multipliers, a port of two bytes, room for one element.
MachineConfig small_direct_machine() {
  MachineConfig machine = small_machine();
  machine.mac.multipliers = 2;
  machine.mac.weight_port_bytes = 2;
  return machine;
}

TEST(RowTimeline, TakesOneActivationACycleInDirectModeAndAtLeastOneCycleForEachChunk) {
  MachineConfig machine = small_direct_machine();
  machine.ca.element_queue = 8;
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> taken = {2, 0, 1};
  // Kernel 1 x 2, both taps met: one busy cycle and one port cycle an element.
  const ElementTimes times = row.process_direct({3, taken, 1, 2, false, 0});
  EXPECT_EQ(times.release, 6);  // 3 and 4, 5 for nothing, 6
  EXPECT_EQ(times.mac_end, 7);
  row.end_pass();
  row.close(10);
  EXPECT_EQ(row.ca_busy_cycles(), 4);
  EXPECT_EQ(row.mac_busy_cycles(), 3);
  EXPECT_EQ(row.states(), (RowStates{.work = 5, .wait_input = 3, .idle = 2}));
}

TEST(RowTimeline, CountsTheExcessOfTheWeightPortAsAStallOnWeights) {
  MachineConfig machine = small_direct_machine();
  machine.mac.weight_port_bytes = 1;
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> taken = {2};
  // A corner of a 3 x 3 kernel: 4 taps are two busy cycles, their weights four port cycles.
  const ElementTimes times = row.process_direct({0, taken, 1, 4, false, 0});
  EXPECT_EQ(times.release, 2);  // room once the first is popped at 1
  EXPECT_EQ(times.mac_end, 8);  // 1 to 4 and 5 to 8
  row.end_pass();
  row.close(9);
  EXPECT_EQ(row.mac_busy_cycles(), 4);
  EXPECT_EQ(row.states(), (RowStates{.work = 5, .wait_weights = 4}));
}

TEST(RowTimeline, ReducesAsManyActivationsAsItHasMultipliersForAKernelOfOneTap) {
  MachineConfig machine = small_direct_machine();
  machine.mac.weight_port_bytes = 1;
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> taken = {3, 1};
  // Taken at 0 (two), 2 (one) and 4 (one), each when the one before it has been popped.
  const ElementTimes times = row.process_direct({0, taken, 2, 1, false, 0});
  EXPECT_EQ(times.release, 4);
  EXPECT_EQ(times.mac_end, 5);  // 1 and 2 (a weight too many for the port), 3, 5
  row.end_pass();
  row.close(6);
  EXPECT_EQ(row.mac_busy_cycles(), 3);
  EXPECT_EQ(row.states(), RowStates{.work = 6});  // in the excess cycle 2 it takes an activation
}

TEST(RowTimeline, PushesTheLastCycleOfALineEndEvenIfItTakesNothing) {
  RowTimeline row(small_direct_machine());
  row.begin_pass(0);
  const std::vector<std::uint16_t> taken = {0, 0};
  EXPECT_EQ(row.process_direct({0, taken, 1, 9, false, 0}), (ElementTimes{1, 1, -1}));
  EXPECT_EQ(row.process_direct({0, {}, 1, 9, false, 0}), (ElementTimes{2, 2, -1}));
  EXPECT_EQ(row.process_direct({0, taken, 1, 9, true, 0}), (ElementTimes{4, 4, 5}));
}

TEST(RowTimeline, LeavesOutTakingCyclesThatPushNothingWithAnIdealCaUnit) {
  MachineConfig machine = small_direct_machine();
  machine.ideal.ca = true;
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> nothing = {0, 0, 0};
  const std::vector<std::uint16_t> one = {0, 1, 0};
  EXPECT_EQ(row.process_direct({0, nothing, 1, 1, false, 0}), (ElementTimes{0, 0, -1}));
  EXPECT_EQ(row.process_direct({0, one, 1, 1, false, 0}), (ElementTimes{1, 1, 2}));
  // The first is popped at 2, room from 3; that taken at 3 is popped at 4, room from 5.
  EXPECT_EQ(row.process_direct({0, one, 1, 1, true, 0}), (ElementTimes{5, 5, 6}));
}

TEST(RowTimeline, TakesOneCycleAnElementWithIdealUnits) {
  MachineConfig machine = small_machine();
  machine.ideal.ca = machine.ideal.mac = true;
  RowTimeline row(machine);
  row.begin_pass(0);
  const std::vector<std::uint16_t> slots = {8, 8, 8};
  const std::vector<std::uint16_t> steps = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(row.process({2, slots, steps, true, 9, 0}), (ElementTimes{2, 2, 3}));
  // It waits for the place that the first leaves at 3; the entry does not.
  EXPECT_EQ(row.process({2, slots, steps, true, 9, 0}), (ElementTimes{3, 4, 5}));
}

rc::Gen<reference::Element> arbitrary_direct_entry(const MachineConfig& machine) {
  return rc::gen::exec([machine] {
    reference::Element entry;
    entry.direct = true;
    entry.one_by_one = *rc::gen::inRange(0, 2) == 0;
    const int most = *rc::gen::element(1, 4, machine.ca.chunk);
    for (int chunks = *rc::gen::inRange(0, 4); chunks > 0; --chunks) {
      entry.taken.push_back(std::uint16_t(std::max(0, *rc::gen::inRange(-1, most + 1))));
    }
    if (!entry.one_by_one) {
      entry.taps = *rc::gen::inRange(1, 26);
    }
    entry.visible = *rc::gen::inRange(0, 25);
    entry.line_end = *rc::gen::inRange(0, 4) == 0;
    entry.line_free = *rc::gen::inRange(0, 8) == 0 ? *rc::gen::inRange(0, 400) : 0;
    return entry;
  });
}

// One of both modes; rows change between them freely here, although layers do not.
rc::Gen<reference::Element> arbitrary_element(const MachineConfig& machine, int direct_percent) {
  return rc::gen::exec([machine, direct_percent] {
    if (*rc::gen::inRange(0, 100) < direct_percent) return *arbitrary_direct_entry(machine);
    reference::Element element;
    const int chunks = *rc::gen::inRange(0, 6);
    int slots = 0;
    for (int i = 0; i < chunks; ++i) {
      element.slots.push_back(std::uint16_t(*rc::gen::inRange(0, machine.ca.chunk + 1)));
      slots += element.slots.back();
    }
    const int rows = num_slot_rows(slots, machine.ca.lanes);
    for (int base = 0; base < rows;) {
      base = std::min(rows, base + *rc::gen::inRange(1, machine.look_ahead() + 2));
      element.step_ends.push_back(std::uint16_t(base));
    }
    element.visible = *rc::gen::inRange(0, 25);
    element.pushed = *rc::gen::inRange(0, 4) != 0;
    element.mac_cycles = *rc::gen::inRange(1, 12);
    element.line_free = *rc::gen::inRange(0, 8) == 0 ? *rc::gen::inRange(0, 400) : 0;
    return element;
  });
}

MachineConfig arbitrary_machine() {
  MachineConfig machine;
  machine.ca.chunk = 8 * *rc::gen::inRange(1, 5);
  machine.ca.lanes = *rc::gen::inRange(1, 20);
  machine.ring.entry_channels = 8 * machine.ca.chunk;
  const int look_ahead = *rc::gen::inRange(0, 5);
  machine.ca.pattern = "L<" + std::to_string(look_ahead) + ",0>";
  const int least = look_ahead + (machine.ca.chunk + machine.ca.lanes - 1) / machine.ca.lanes + 1;
  machine.ca.slot_queue_rows = least + *rc::gen::inRange(0, 6);
  machine.ca.element_queue = *rc::gen::inRange(1, 5);
  machine.mac.multipliers = *rc::gen::inRange(1, 9);
  machine.mac.weight_port_bytes = *rc::gen::inRange(1, 9);
  machine.ideal.ca = *rc::gen::inRange(0, 4) == 0;
  machine.ideal.mac = *rc::gen::inRange(0, 4) == 0;
  machine.validate();
  return machine;
}

TEST(RowTimeline, SharesNoDilutionOfMoreSlotRowsThanAWordHasBits) {
  const std::vector<std::uint16_t> slots = {60, 70};
  const SharedDilution shared(0, slots, 1);
  EXPECT_EQ(shared.rows, 130);
  RowTimeline row(small_machine());
  row.begin_pass(0);
  EXPECT_THROW(row.process(shared, 1, true, 1, 0), InternalError);
  const SharedDilution most(0, slots, 3);
  EXPECT_EQ(most.rows, 44);
  EXPECT_EQ(most.push_cycle[18], 0);  // 57 slots fill 19 rows, and one beyond them has come
  EXPECT_EQ(most.push_cycle[19], 1);
}

TEST(RowTimeline, EqualsATickingRowToTheCycleInTimesAndStates) {
  EXPECT_TRUE(rc::check("recurrences equal ticking", [] {
    const MachineConfig machine = arbitrary_machine();
    auto elements = *rc::gen::container<std::vector<reference::Element>>(
        *rc::gen::inRange<std::size_t>(1, 40),
        arbitrary_element(machine, *rc::gen::element(0, 100, 50)));
    Cycle visible = *rc::gen::inRange(0, 10);
    const Cycle pass_begin = *rc::gen::inRange<Cycle>(0, visible + 1);
    for (auto& element : elements) {
      element.visible = visible += element.visible;
      element.pass_begin = pass_begin;
    }
    RowTimeline row(machine);
    row.begin_pass(pass_begin);
    std::vector<ElementTimes> times;
    Cycle end = 0;
    for (const auto& element : elements) {
      times.push_back(process(row, element, machine));
      end = std::max({end, times.back().final_step, times.back().mac_end});
    }
    end += *rc::gen::inRange(1, 10);
    row.end_pass();
    row.close(end);
    reference::TickingRow reference(machine, elements);
    reference.run_until(end);
    RC_ASSERT(times.size() == reference.times().size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      RC_ASSERT(times[i].release == reference.times()[i].release);
      RC_ASSERT(times[i].final_step == reference.times()[i].final_step);
      RC_ASSERT(times[i].mac_end == reference.times()[i].mac_end);
    }
    RC_ASSERT(row.states().work == reference.states().work);
    RC_ASSERT(row.states().wait_input == reference.states().wait_input);
    RC_ASSERT(row.states().wait_weights == reference.states().wait_weights);
    RC_ASSERT(row.states().queue_full == reference.states().queue_full);
    RC_ASSERT(row.states().wait_merge == reference.states().wait_merge);
    RC_ASSERT(row.states().idle == reference.states().idle);
    RC_ASSERT(row.ca_busy_cycles() == reference.ca_busy_cycles());
    RC_ASSERT(row.mac_busy_cycles() == reference.mac_busy_cycles());
    RC_ASSERT(row.states().total() == end);
  }));
}

}  // namespace
}  // namespace escalate
