#include "model/bounds.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

// 100 cycles of a machine in which 10 rows take part, all of the time.
LayerRun busy_run() {
  LayerRun run;
  run.cycles = 100;
  run.row_states.work = 1000;
  run.counters.elements = run.counters.ring_chunks_read = 300;
  run.counters.concentrator_steps = 600;
  return run;
}

TEST(Bounds, LimitsAreCyclesThatEachResourceAloneWouldNeed) {
  LayerRun run = busy_run();
  run.counters.network_busy_cycles = 50;
  run.counters.mac_busy_cycles = 700;
  run.row_states.queue_full = 20;
  run.row_states.work -= 20;
  run.counters.post_busy_cycles = 3;
  const NamedValues<double> cycles = limits(run, {}, 10);
  EXPECT_EQ(cycles.value_of("input"), 50);
  EXPECT_EQ(cycles.value_of("ca"), 60);
  EXPECT_EQ(cycles.value_of("mac"), 70);
  EXPECT_EQ(cycles.value_of("merge"), 2);
  EXPECT_EQ(cycles.value_of("dram"), 0);
  EXPECT_EQ(cycles.value_of("post"), 3);
  EXPECT_EQ(bound_by(cycles), "mac");
}

TEST(Bounds, RowsThatTakeNoPartDoNotShareTheWork) {
  EXPECT_EQ(limits(busy_run(), {}, 5).value_of("ca"), 120);
}

TEST(Bounds, CyclesOfWaitingBelongToWhatWasWaitedFor) {
  LayerRun run = busy_run();
  run.row_states.work = 200;
  run.row_states.idle = 800;
  run.waited_for_dram = 50;
  run.waited_for_post = 30;
  const NamedValues<double> cycles = limits(run, {}, 10);
  EXPECT_EQ(cycles.value_of("dram"), 50);
  EXPECT_EQ(cycles.value_of("post"), 30);
  run.row_states.work = 600;  // half of the waiting beside the work
  run.row_states.idle = 400;
  EXPECT_EQ(limits(run, {}, 10).value_of("dram"), 25);
  EXPECT_EQ(limits(run, {}, 10).value_of("post"), 15);
}

TEST(Bounds, TheWeightPortIsNamedWhereItTakesLongerThanTheProducts) {
  LayerRun run = busy_run();
  run.counters.mac_busy_cycles = 100;
  run.row_states.wait_weights = 400;
  run.row_states.work -= 400;
  EXPECT_EQ(limits(run, {}, 10).value_of("weights"), 50);
}

TEST(Bounds, AResourceThatIsFreeBoundsNothing) {
  LayerRun run = busy_run();
  run.counters.dram_read_bytes = 10000;
  MachineConfig machine;
  machine.ideal = {.dram = true, .input = true, .ca = true, .mac = true};
  for (const auto& [name, value] : limits(run, machine, 10)) {
    EXPECT_TRUE(name == "merge" || name == "post") << name;
  }
}

TEST(Bounds, OfEqualLimitsTheFirstIsNamed) {
  EXPECT_EQ(bound_by({{"input", 3}, {"ca", 7}, {"mac", 7}}), "ca");
  EXPECT_EQ(bound_by({}), "");
}

TEST(Bounds, ThePeakOfDramIsBytesOfACycle) {
  MachineConfig machine;
  machine.dram.channels = 2;
  machine.dram.burst_bytes = 64;
  machine.dram.burst_ns = 5;
  machine.clock_mhz = 1000;
  EXPECT_DOUBLE_EQ(peaks(machine).value_of("dram"), 25.6);
  EXPECT_EQ(peaks(machine).value_of("mac"), machine.multipliers());
  EXPECT_EQ(peaks(machine).value_of("ca"), machine.adder_inputs());
}

}  // namespace
}  // namespace escalate
