#include "pe/transaction/block_timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/pe/block_scenario.h"

namespace escalate {
namespace {

TEST(BlockTimeline, EqualsATickingBlockToTheCycle) {
  EXPECT_TRUE(rc::check("recurrences equal ticking", [] {
    Scenario run = arbitrary_scenario();
    const auto delays =
        *rc::gen::container<std::vector<int>>(run.passes.size(), rc::gen::inRange(0, 60));
    const Outcome outcome = run_timelines(run, delays);
    reference::TickingBlock reference(run.machine, run.passes, run.entries);
    reference.run_until(outcome.end);
    RC_ASSERT(outcome.visible == reference.visible());
    RC_ASSERT(outcome.complete == reference.pass_complete());
    const RowStates expected = reference.states();
    RC_ASSERT(outcome.states.work == expected.work);
    RC_ASSERT(outcome.states.wait_input == expected.wait_input);
    RC_ASSERT(outcome.states.wait_weights == expected.wait_weights);
    RC_ASSERT(outcome.states.queue_full == expected.queue_full);
    RC_ASSERT(outcome.states.wait_merge == expected.wait_merge);
    RC_ASSERT(outcome.states.idle == expected.idle);
    RC_ASSERT(outcome.ca_busy_cycles == reference.ca_busy_cycles());
    RC_ASSERT(outcome.mac_busy_cycles == reference.mac_busy_cycles());
    RC_ASSERT(outcome.states.total() == outcome.end * run.machine.slices * run.machine.rows);
  }));
}

// Delays of passes beyond what 32 bits count are among them.
TEST(BlockTimeline, GivesRowsSideBySideTheTimesThatTheyHaveAlone) {
  EXPECT_TRUE(rc::check("lanes equal rows", [] {
    Scenario run = arbitrary_scenario();
    const auto delays = *rc::gen::container<std::vector<int>>(
        run.passes.size(),
        rc::gen::oneOf(rc::gen::inRange(0, 60), rc::gen::element(1 << 20, 1 << 28, 2147483000)));
    const Outcome alone = run_timelines(run, delays, HostSimd::kPortable, false);
    for (const HostSimd set : available_host_simd()) {
      RC_ASSERT(run_timelines(run, delays, set) == alone);
    }
  }));
}

TEST(BlockTimeline, CountsOnInAPassThatIsLongerThanLanesCount) {
  Scenario run;
  run.machine.slices = 1;
  run.machine.rows = 3;
  run.machine.validate();
  BlockPass pass;
  pass.geometry = {{1, 1, 0, 6, 0, 6}, {1, 1, 0, 1, 0, 1}};
  pass.active_rows = {3};
  run.passes = {pass};
  BlockTimeline together(run.machine), alone(run.machine);
  for (BlockTimeline* block : {&together, &alone}) block->begin_pass(pass);
  for (int h = 0; h < 6; ++h) {
    reference::Entry entry;
    entry.h = h;
    entry.line_end = true;
    entry.slots = {40};
    reference::Element element;
    element.shares = true;
    element.slots = entry.slots;
    element.step_ends = {1, 3};
    entry.elements.assign(3, element);
    const Cycle visible = h * (Cycle{3} << 29);
    process(together, run, entry, visible, true);
    process(alone, run, entry, visible, false);
    EXPECT_EQ(together.end_of_work(), alone.end_of_work());
    EXPECT_EQ(together.space_for(1), alone.space_for(1));
  }
  EXPECT_EQ(together.end_pass(), alone.end_pass());
  const Cycle end = together.end_of_work();
  together.close(end);
  alone.close(end);
  EXPECT_EQ(together.states(), alone.states());
  EXPECT_EQ(together.states().total(), 3 * end);
}

}  // namespace
}  // namespace escalate
