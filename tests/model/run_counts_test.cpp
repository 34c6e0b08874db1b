// Counters of whole runs against counts that are taken from the tensors.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/model/expected_counts.h"
#include "tests/model/random_run.h"
#include "tests/support/counter_difference.h"
#include "tests/support/simulated.h"

namespace escalate {
namespace {

std::vector<MachineCounters> expected_counts(const RandomRun& run) {
  std::vector<MachineCounters> expected(run.program.layers.size());
  const auto batch = std::size_t(run.program.batch);
  for (std::size_t first = 0; first < run.images.size(); first += batch) {
    BatchTensors tensors;
    for (std::size_t i = 0; i < batch; ++i) {
      tensors.push_back(run_network(run.program.network, run.images[first + i]));
    }
    for (std::size_t layer = 0; layer < expected.size(); ++layer) {
      add_counters(expected[layer], LayerCount(run.program, int(layer), tensors).run());
    }
  }
  return expected;
}

// Those that are not taken from tensors: times, how the concentrator steps, DRAM's rows, the global
// buffer.
MachineCounters without_uncounted(MachineCounters counters) {
  for (std::int64_t MachineCounters::*counter :
       {&MachineCounters::global_buffer_values_read, &MachineCounters::global_buffer_values_written,
        &MachineCounters::global_buffer_maps_read, &MachineCounters::global_buffer_maps_written,
        &MachineCounters::network_busy_cycles, &MachineCounters::coefficient_bytes_written,
        &MachineCounters::concentrator_steps, &MachineCounters::ca_busy_cycles,
        &MachineCounters::mac_busy_cycles, &MachineCounters::post_busy_cycles,
        &MachineCounters::dram_activations, &MachineCounters::dram_open_ps}) {
    counters.*counter = 0;
  }
  return counters;
}

void expect_counts_of_tensors() {
  const RandomRun run = random_run();
  SimulationOptions options;
  options.verify = Verify::kNone;
  const SimulationOutcome outcome = simulated(run.program, run.images, options);
  const std::vector<MachineCounters> expected = expected_counts(run);
  RC_ASSERT(outcome.layers.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const MachineCounters& counted = outcome.layers[i].counters;
    RC_LOG() << "layer " << run.program.layers[i].name << "\n";
    RC_ASSERT(counter_difference(without_uncounted(counted), without_uncounted(expected[i])) == "");
    const MachineConfig& machine = run.program.machine;
    RC_ASSERT(counted.concentrator_steps * (1 + machine.look_ahead()) >= counted.slot_rows);
    RC_ASSERT(counted.concentrator_steps * machine.ca.lanes >= counted.ca_additions);
    RC_ASSERT(counted.concentrator_steps <= counted.slot_rows);
  }
}

TEST(RunCounts, AreThoseOfTheTensors) { EXPECT_TRUE(rc::check(expect_counts_of_tensors)); }

TEST(LongRunCounts, AreThoseOfTheTensors) { EXPECT_TRUE(rc::check(expect_counts_of_tensors)); }

}  // namespace
}  // namespace escalate
