#include "report/simulation_result.h"

#include <gtest/gtest.h>

#include "tests/support/simulated.h"

namespace escalate {
namespace {

LayerRun run_of(const RowStates& states) {
  LayerRun run;
  run.row_states = states;
  run.counters.ca_busy_cycles = 2;
  run.counters.mac_busy_cycles = 1;
  run.waited_for_dram = 2;
  run.waited_for_post = 1;
  return run;
}

TEST(SimulationResult, ALayerIsBoundByTheStateWithMostRowCycles) {
  EXPECT_EQ(bound_by(run_of({.work = 9, .idle = 8})), "ca");
  EXPECT_EQ(bound_by(run_of({.work = 1, .wait_input = 2})), "input");
  EXPECT_EQ(bound_by(run_of({.work = 1, .wait_weights = 2})), "weights");
  EXPECT_EQ(bound_by(run_of({.work = 3, .queue_full = 2, .wait_merge = 2})), "merge");
  EXPECT_EQ(bound_by(run_of({.work = 1, .idle = 2})), "dram");
  LayerRun run = run_of({.work = 1, .idle = 2});
  run.waited_for_post = 3;
  EXPECT_EQ(bound_by(run), "post");
  run = run_of({.work = 5});
  run.counters.mac_busy_cycles = 3;
  EXPECT_EQ(bound_by(run), "mac");
}

TEST(SimulationResult, SharesAreBetweenNoneAndAllAndCyclesAddUp) {
  const IntegerNetwork network = zoo_network("resnet20-cifar10");
  const Program program = compile(network, {});
  const Result result = simulation_result(program, simulated(program, drawn_images(network, 2)), 2);
  std::int64_t cycles = 0;
  std::int64_t macs = 0;
  for (const LayerResult& layer : result.layers) {
    cycles += layer.cycles;
    macs += layer.macs_dense;
    for (const auto& values : {layer.utilization, layer.density}) {
      for (const auto& [name, value] : values) {
        EXPECT_GE(value, 0) << layer.name << " " << name;
        EXPECT_LE(value, 1) << layer.name << " " << name;
      }
    }
  }
  EXPECT_EQ(result.total.cycles, cycles);
  EXPECT_EQ(result.total.macs_dense, macs);
  EXPECT_EQ(macs, 2 * 40551040);
}

}  // namespace
}  // namespace escalate
