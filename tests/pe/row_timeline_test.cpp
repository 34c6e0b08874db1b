#include "pe/row_timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pe/concentrator.h"
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

TimedElement timed(const reference::Element& element) {
  return {element.visible, element.slots,      element.step_ends,
          element.pushed,  element.mac_cycles, element.line_free};
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

rc::Gen<reference::Element> arbitrary_element(const MachineConfig& machine) {
  return rc::gen::exec([machine] {
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
  machine.validate();
  return machine;
}

TEST(RowTimeline, EqualsATickingRowToTheCycleInTimesAndStates) {
  EXPECT_TRUE(rc::check("recurrences equal ticking", [] {
    const MachineConfig machine = arbitrary_machine();
    auto elements = *rc::gen::container<std::vector<reference::Element>>(
        *rc::gen::inRange<std::size_t>(1, 40), arbitrary_element(machine));
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
      times.push_back(row.process(timed(element)));
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
      const Cycle mac_end = elements[i].pushed ? reference.times()[i].mac_end : -1;
      RC_ASSERT(times[i].mac_end == mac_end);
    }
    RC_ASSERT(row.states().work == reference.states().work);
    RC_ASSERT(row.states().wait_input == reference.states().wait_input);
    RC_ASSERT(row.states().queue_full == reference.states().queue_full);
    RC_ASSERT(row.states().wait_merge == reference.states().wait_merge);
    RC_ASSERT(row.states().idle == reference.states().idle);
    RC_ASSERT(row.states().total() == end);
  }));
}

}  // namespace
}  // namespace escalate
