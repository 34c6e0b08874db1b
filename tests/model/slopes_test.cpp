// Layers whose sums below 0 have factors of their own (PReLU by channel).
#include <gtest/gtest.h>

#include "model/simulation.h"
#include "tests/support/simulated.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

constexpr int kOutputs = 20;

IntegerNetwork layer(bool has_slopes) {
  IntegerNetwork network =
      draw_network(parse_quick_layer("C=24,K=20,R=3,H=9,density=0.4,activation_density=0.6"), {})
          .network;
  IntegerNode& conv = network.nodes.at(1);
  for (int k = 0; has_slopes && k < kOutputs; ++k) {
    const FixedPoint& factor = conv.requant[std::size_t(k)];
    conv.negative_requant.push_back(
        {k % 2 == 0 ? factor.multiplier : -factor.multiplier, factor.shift + k % 4});
  }
  return network;
}

LayerRun run(const IntegerNetwork& network, View view) {
  SimulationOptions options;
  options.verify = Verify::kAll;
  options.view = view;
  const SimulationOutcome outcome =
      simulated(compile(network, MachineConfig{}), drawn_images(network, 1), options);
  EXPECT_EQ(outcome.verification.mismatches, 0) << outcome.verification.first_mismatch;
  EXPECT_EQ(outcome.outputs.at(0).values,
            run_network(network, synthetic_input(network, 0)).back().values);
  return outcome.layers.at(0);
}

TEST(Slopes, CostFiveBytesAChannelAndNoWork) {
  for (const View view : {View::kTransaction, View::kCycle}) {
    const LayerRun plain = run(layer(false), view), sloped = run(layer(true), view);
    EXPECT_EQ(sloped.counters.coefficient_bytes_loaded,
              plain.counters.coefficient_bytes_loaded + 5 * kOutputs);
    EXPECT_EQ(sloped.counters.post_busy_cycles, plain.counters.post_busy_cycles);
    EXPECT_EQ(sloped.counters.outputs_requantized, plain.counters.outputs_requantized);
    EXPECT_EQ(sloped.counters.table_lookups, 0);
  }
}

TEST(Slopes, MakeOtherValuesOfSumsBelow0Alone) {
  const IntegerNetwork plain = layer(false), sloped = layer(true);
  const auto before = run_network(plain, synthetic_input(plain, 0)).back().values;
  const auto after = run_network(sloped, synthetic_input(sloped, 0)).back().values;
  bool any = false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(before[i] <= 0 || after[i] == before[i]) << i;
    any = any || (before[i] < 0 && after[i] > 0);
  }
  EXPECT_TRUE(any);
}

}  // namespace
}  // namespace escalate
