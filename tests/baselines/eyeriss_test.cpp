#include "baselines/eyeriss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

EyerissConfig random_config() {
  EyerissConfig config;
  config.rows = *rc::gen::inRange(4, 13);
  config.columns = *rc::gen::inRange(1, 15);
  config.sum_scratchpad = *rc::gen::inRange(1, 25);
  config.batch = *rc::gen::inRange(1, 4);
  config.buffer_bytes = *rc::gen::element(2000, 8000, 102400);
  return config;
}

LayerWorkload alexnet_layer(const Shape& in, int filters, int kernel, int groups) {
  Window window;
  window.r = window.s = kernel;
  window.stride_h = window.stride_w = kernel == 11 ? 4 : 1;
  const int pad = kernel == 11 ? 0 : kernel / 2;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = pad;
  return drawn_layer(in, filters, groups, window, 4, 0.4, 0.5, 1);
}

TEST(Eyeriss, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    RC_ASSERT(count_mismatches(Eyeriss(random_config()), random_layer(seed), seed) == 0);
  }));
}

TEST(Eyeriss, IsNeverFasterThanItsMultipliers) {
  EXPECT_TRUE(rc::check("bound", [](std::uint64_t seed) {
    const Eyeriss eyeriss(random_config());
    const LayerWorkload layer = random_layer(seed);
    RC_ASSERT(eyeriss.run(layer).compute_cycles * eyeriss.multipliers() >= layer.dense_macs());
  }));
}

TEST(Eyeriss, KeepsTheMappingInsideTheMachine) {
  EXPECT_TRUE(rc::check("mapping", [](std::uint64_t seed) {
    const EyerissConfig config = random_config();
    const Eyeriss eyeriss(config);
    const LayerWorkload layer = random_layer(seed);
    const EyerissMapping mapping = eyeriss.map(layer);
    RC_ASSERT(mapping.q * layer.window.s <= config.input_scratchpad);
    RC_ASSERT(mapping.p * mapping.q * layer.window.s <= config.filter_scratchpad);
    RC_ASSERT(mapping.p <= config.sum_scratchpad);
    RC_ASSERT(eyeriss.active_pes(layer, mapping) <= config.rows * config.columns);
    RC_ASSERT(std::int64_t{mapping.n} * std::min(mapping.m, layer.filters_per_group()) * mapping.e *
                  layer.out.w * 2 <=
              config.buffer_bytes);
  }));
}

TEST(Eyeriss, UsesThePublishedNumberOfPesOnAlexNet) {
  // Eyeriss, JSSC 2017: CONV1 to CONV5, batch 4.
  const Eyeriss eyeriss{EyerissConfig{}};
  const auto active = [&](const LayerWorkload& layer) {
    return eyeriss.active_pes(layer, eyeriss.map(layer));
  };
  EXPECT_EQ(active(alexnet_layer({3, 227, 227}, 96, 11, 1)), 154);
  EXPECT_EQ(active(alexnet_layer({96, 27, 27}, 256, 5, 2)), 135);
  EXPECT_EQ(active(alexnet_layer({256, 13, 13}, 384, 3, 1)), 156);
  EXPECT_EQ(active(alexnet_layer({384, 13, 13}, 384, 3, 2)), 156);
  EXPECT_EQ(active(alexnet_layer({384, 13, 13}, 256, 3, 2)), 156);
}

TEST(Eyeriss, TakesTheCyclesCountedByHand) {
  // One pass: 3 rows of PEs by 4 output rows, one filter, one channel. 9 weights by the bus of 4
  // words in 3 cycles, windows of 3 words of 6 rows in 18; then 4 outputs of 3 taps, during which
  // 36
  // - 18 more inputs stream in: 18 cycles.
  EyerissConfig config;
  config.rows = 3;
  config.columns = 4;
  Window window;
  window.r = window.s = 3;
  const LayerWorkload layer = drawn_layer({1, 6, 6}, 1, 1, window, 1, 1, 1, 1);
  const BaselineRun run = Eyeriss(config).run(layer);
  EXPECT_EQ(run.counters.value_of("passes"), 1);
  EXPECT_EQ(run.compute_cycles, 3 + 18 + 18);
  EXPECT_EQ(run.multiplier_cycles.value_of("macs"), 144);
  EXPECT_EQ(run.multiplier_cycles.value_of("load"), 21 * 12);
  EXPECT_EQ(run.multiplier_cycles.value_of("bandwidth"), 6 * 12);
  EXPECT_EQ(run.multiplier_cycles.value_of("idle_pes"), 0);
}

TEST(Eyeriss, SavesEnergyButNoCyclesOnZeroActivations) {
  EXPECT_TRUE(rc::check("zeros", [](std::uint64_t seed) {
    const Eyeriss eyeriss{EyerissConfig{}};
    LayerWorkload layer = random_layer(seed);
    const BaselineRun sparse = eyeriss.run(layer);
    for (BitTensor& input : layer.inputs) input = BitTensor::ones(input.size());
    const BaselineRun dense = eyeriss.run(layer);
    RC_ASSERT(sparse.compute_cycles == dense.compute_cycles);
    RC_ASSERT(sparse.counters.value_of("multiplications") <=
              dense.counters.value_of("multiplications"));
    RC_ASSERT(sparse.counters.value_of("multiplications") +
                  sparse.counters.value_of("gated_multiplications") ==
              layer.dense_macs());
  }));
}

TEST(Eyeriss, HasEveryCounterThatItsEnergyNeeds) {
  const CostModel costs{EnergyConfig{}};
  const Eyeriss eyeriss{EyerissConfig{}};
  const EnergyModel energy(costs, eyeriss.components(costs));
  const BaselineRun run = eyeriss.run(drawn_layer({64, 16, 16}, 64, 1, Window{}, 1, 0.5, 0.5, 1));
  for (const auto& [group, pj] : energy.evaluate(run.counters, run.cycles).by_group()) {
    EXPECT_GT(pj, 0) << group;
  }
}

TEST(Eyeriss, WaitsForPartialSumsWhereAPassHasOneChannel) {
  // 13 output rows, 4 x 8 filters and one channel in a pass: for each output column 13 x 32 sums
  // come and go, 4 a cycle, while a PE multiplies 8 x 3 weights.
  Window window;
  window.r = window.s = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  LayerWorkload layer = drawn_layer({4, 13, 112}, 32, 1, window, 1, 0.5, 0.5, 1);
  layer.name = "layer";
  const EyerissMappings mappings = {{"layer", {1, 32, 13, 8, 1, 1, 4}}};
  const BaselineRun run = Eyeriss(EyerissConfig{}, mappings).run(layer);
  const std::int64_t sums = 112 * 13 * 32 / 4;
  EXPECT_EQ(run.counters.value_of("passes"), 4);
  EXPECT_EQ(run.multiplier_cycles.value_of("bandwidth"), 4 * (sums - 112 * 8 * 3) * 168);
  EXPECT_EQ(count_mismatches(Eyeriss(EyerissConfig{}, mappings), layer, 1), 0);
}

TEST(Eyeriss, RefusesAMappingThatDoesNotFit) {
  LayerWorkload layer = drawn_layer({4, 16, 16}, 32, 1, Window{}, 1, 0.5, 0.5, 1);
  layer.name = "layer";
  const auto with = [&](const EyerissMapping& mapping) {
    return Eyeriss(EyerissConfig{}, {{"layer", mapping}}).map(layer);
  };
  EXPECT_EQ(with({1, 24, 14, 24, 1, 1, 1}).p, 24);
  EXPECT_USER_ERROR(with({1, 25, 14, 25, 1, 1, 1}), testing::HasSubstr("'layer'"));
  EXPECT_USER_ERROR(with({2, 24, 14, 24, 1, 1, 1}), testing::HasSubstr("does not fit"));
}

TEST(Eyeriss, NamesALayerWhoseKernelIsTooLarge) {
  EyerissConfig config;
  config.rows = 2;
  Window window;
  window.r = window.s = 3;
  EXPECT_USER_ERROR(Eyeriss(config).map(drawn_layer({1, 6, 6}, 1, 1, window, 1, 1, 1, 1)),
                    testing::HasSubstr("3 x 3 kernel"));
}

}  // namespace
}  // namespace escalate
