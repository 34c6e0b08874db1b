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

}  // namespace
}  // namespace escalate
