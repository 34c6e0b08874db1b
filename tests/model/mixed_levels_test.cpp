// Clocked blocks of the cycle view in an accelerator of the transaction view: nobody can tell.
#include <gtest/gtest.h>

#include <string>

#include "common/named_values.h"
#include "pe/transaction/pe_block.h"
#include "tests/pe/clocked_block_model.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

MachineConfig small_machine() {
  MachineConfig machine;
  machine.blocks = 3;
  machine.slices = 2;
  machine.rows = 4;
  machine.ca.chunk = 16;
  machine.ca.lanes = 4;
  machine.ring.entry_channels = 32;
  machine.ring.chunks = 8;
  machine.output_bank_words = 256;
  machine.coefficient_bank_bytes = 1024;
  machine.global_buffer_bytes = 16384;
  return machine;
}

// Block n is clocked if bit n of `clocked` is set.
SimulationOutcome outcome_of(const Program& program, const std::vector<Activations>& images,
                             unsigned clocked) {
  SimulationOptions options;
  options.verify = Verify::kAll;
  options.make_block = [=](const char* name, const MachineConfig& machine, const LayerClock& clock,
                           int block) -> std::unique_ptr<BlockModel> {
    if ((clocked >> block & 1) == 0) return std::make_unique<PeBlock>(name, machine, clock);
    return std::make_unique<ClockedBlockModel>(name, machine, clock);
  };
  return simulated(program, images, options);
}

void expect_the_same(const std::string& layer, const MachineConfig& machine) {
  SCOPED_TRACE(layer);
  const IntegerNetwork network = draw_network(parse_quick_layer(layer), {}).network;
  const Program program = compile(network, machine);
  const auto images = drawn_images(network, 1);
  SimulationOptions options;
  options.verify = Verify::kAll;
  const SimulationOutcome expected = simulated(program, images, options);
  for (const unsigned clocked : {0U, 2U, 5U, 7U}) {
    SCOPED_TRACE(clocked);
    const SimulationOutcome outcome = outcome_of(program, images, clocked);
    EXPECT_EQ(outcome.verification.mismatches, 0);
    ASSERT_EQ(outcome.layers.size(), expected.layers.size());
    for (std::size_t i = 0; i < outcome.layers.size(); ++i) {
      EXPECT_GT(outcome.layers[i].counters.passes, 1);
      const NamedCounts counts = named_counts(expected.layers[i]);
      for (const auto& [name, count] : named_counts(outcome.layers[i])) {
        EXPECT_EQ(count, counts.value_of(name)) << name;
      }
    }
    EXPECT_EQ(outcome.outputs[0].values, expected.outputs[0].values);
  }
}

TEST(MixedLevels, ClockedBlocksBehindTheSocketTakeTheSameCyclesAndCounts) {
  expect_the_same("C=40,K=20,R=3,H=9,density=0.3,activation_density=0.5,M=2", small_machine());
}

TEST(MixedLevels, ClockedBlocksAgreeInDirectMode) {
  expect_the_same("C=20,K=14,R=3,H=32,stride=2,form=direct,activation_density=0.5",
                  small_machine());
}

TEST(MixedLevels, ClockedBlocksAgreeOnPointwiseLayersThatAccumulate) {
  MachineConfig machine = small_machine();
  machine.coefficient_bank_bytes = 128;
  expect_the_same("C=96,K=24,R=1,H=6,density=0.3,activation_density=0.5", machine);
}

TEST(MixedLevels, ClockedBlocksAgreeBehindAFreeNetwork) {
  MachineConfig machine = small_machine();
  machine.ideal.input = true;
  expect_the_same("C=40,K=20,R=3,H=7,density=0.3,activation_density=0.5,M=2", machine);
}

}  // namespace
}  // namespace escalate
