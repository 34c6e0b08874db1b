#include "baselines/tensor_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "baselines/validation_runs.h"
#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

constexpr auto kAll = {CoreSparsity::kNone, CoreSparsity::kPattern, CoreSparsity::kDual};

TensorCoreConfig core(CoreSparsity sparsity) {
  TensorCoreConfig config;
  config.sparsity = sparsity;
  return config;
}

TensorCoreConfig random_config() {
  TensorCoreConfig config = core(*rc::gen::elementOf(std::vector<CoreSparsity>(kAll)));
  config.subpartitions = *rc::gen::inRange(1, 5);
  config.rows = *rc::gen::inRange(1, 17);
  config.columns = *rc::gen::inRange(1, 17);
  config.sums = config.rows * config.columns * *rc::gen::inRange(1, 9);
  config.shared_memory_words = *rc::gen::inRange(1, 100);
  return config;
}

/// `layer` with the weights that a 2:4 pattern leaves, the first non-zeros of each group.
LayerWorkload in_pattern(LayerWorkload layer) {
  BitTensor kept(layer.weights.size());
  const int area = layer.window.r * layer.window.s;
  for (std::int64_t k = 0; k < layer.out.c; ++k) {
    for (int tap = 0; tap < area; ++tap) {
      for (int c = 0, in_group = 0; c < layer.channels_per_group(); ++c) {
        if (c % 4 == 0) in_group = 0;
        const std::int64_t weight = k * layer.weights_per_filter() + c * area + tap;
        if (layer.weights.at(weight) && ++in_group <= 2) kept.set(weight);
      }
    }
  }
  layer.weights = kept;
  return layer;
}

LayerWorkload matrices(int filters, int channels, int positions, double weights, double inputs) {
  return drawn_layer({channels, 1, positions}, filters, 1, Window{}, 1, weights, inputs, 1);
}

std::int64_t cycles(const TensorCoreConfig& config, const LayerWorkload& layer) {
  return TensorCore(config).run(layer).compute_cycles;
}

TEST(TensorCore, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    const LayerWorkload layer = random_layer(seed);
    const TensorCore model(random_config());
    RC_ASSERT(count_mismatches(model, layer, seed) == 0);
    RC_ASSERT(count_mismatches(model, in_pattern(layer), seed) == 0);
  }));
}

TEST(TensorCore, TakesTheCyclesCountedByHand) {
  // 4 x 16 filters, dot products of 16, a position a cycle; with two of four kept, of 32 channels.
  EXPECT_EQ(cycles(core(CoreSparsity::kNone), matrices(128, 64, 10, 1, 1)), 2 * 4 * 10);
  EXPECT_EQ(cycles(core(CoreSparsity::kPattern), in_pattern(matrices(128, 64, 10, 1, 1))),
            2 * 2 * 10);
  // 16 filters leave three subpartitions without any: they take positions of their own, each of
  // which needs 16 words, of which 42 come in a cycle.
  EXPECT_EQ(cycles(core(CoreSparsity::kNone), matrices(16, 64, 100, 1, 1)), 4 * 25 * 64 / 42 + 1);
  // 64 x 32 sums in a subpartition, 4 of those side by side: one step of 16 x 16 products for each
  // channel and part of the tile.
  TensorCoreConfig dual = core(CoreSparsity::kDual);
  dual.shared_memory_words = 1000;
  EXPECT_EQ(cycles(dual, matrices(128, 10, 64, 1, 1)), 10 * 4 * 2);
}

TEST(TensorCore, RunsWeightsWithoutThePatternAsIfTheyWereDense) {
  const LayerWorkload free = matrices(64, 64, 10, 0.5, 1);
  const LayerWorkload kept = in_pattern(free);
  EXPECT_FALSE(keeps_to_pattern(free, 2, 4));
  EXPECT_TRUE(keeps_to_pattern(kept, 2, 4));
  EXPECT_EQ(cycles(core(CoreSparsity::kPattern), free), cycles(core(CoreSparsity::kNone), free));
  EXPECT_EQ(2 * cycles(core(CoreSparsity::kPattern), kept),
            cycles(core(CoreSparsity::kNone), kept));
}

TEST(TensorCore, FindsThePatternOfADrawnNetwork) {
  const std::string shape = "C=40,K=64,R=3,H=8,activation_density=0.5,";
  const auto layer_with = [&](const std::string& weights) {
    return described_layer(shape + weights).at(0);
  };
  const LayerWorkload layer = layer_with("weight_pattern=2:4");
  EXPECT_TRUE(keeps_to_pattern(layer, 2, 4));
  EXPECT_EQ(layer.weights.count(), layer.weights.size() / 2);
  EXPECT_LT(cycles(core(CoreSparsity::kPattern), layer), cycles(core(CoreSparsity::kNone), layer));
  const LayerWorkload sparser = layer_with("weight_pattern=2:4,weight_density=0.25");
  EXPECT_TRUE(keeps_to_pattern(sparser, 2, 4));
  EXPECT_NEAR(double(sparser.weights.count()) / double(sparser.weights.size()), 0.25, 0.02);
}

TEST(TensorCore, LooksForThePatternAlongTheInputChannels) {
  Window window;
  window.r = 2;
  LayerWorkload layer = drawn_layer({4, 4, 4}, 1, 1, window, 1, 0, 1, 1);
  for (const std::int64_t weight : {0, 2, 1, 3}) layer.weights.set(weight);  // both taps of two
  EXPECT_TRUE(keeps_to_pattern(layer, 2, 4));
  layer.weights.set(4);
  EXPECT_FALSE(keeps_to_pattern(layer, 2, 4));
}

TEST(TensorCore, WaitsForTheSharedMemoryWhereOperandsAreSparse) {
  const LayerWorkload layer = matrices(128, 256, 256, 0.25, 0.25);
  const BaselineRun run = TensorCore(core(CoreSparsity::kDual)).run(layer);
  EXPECT_GT(run.multiplier_cycles.value_of("bandwidth"), 0);
  TensorCoreConfig wide = core(CoreSparsity::kDual);
  wide.shared_memory_words = 1000;
  EXPECT_LT(cycles(wide, layer), run.compute_cycles);
  EXPECT_EQ(TensorCore(wide).run(layer).multiplier_cycles.value_of("bandwidth"), 0);
}

TEST(TensorCore, NeedsNoMoreCyclesForMoreZeros) {
  EXPECT_TRUE(rc::check("zeros", [](std::uint64_t seed) {
    LayerWorkload layer = random_layer(seed);
    const TensorCoreConfig config = random_config();
    const std::int64_t before = cycles(config, layer);
    layer = in_pattern(std::move(layer));
    RC_ASSERT(cycles(config, layer) <= before);
  }));
}

TEST(TensorCore, RefusesSizesThatDoNotGoTogether) {
  TensorCoreConfig config;
  config.pattern_kept = 5;
  EXPECT_USER_ERROR(config.validate(), testing::HasSubstr("pattern_kept"));
  config = {};
  config.sums = 255;
  EXPECT_USER_ERROR(config.validate(), testing::HasSubstr("sums"));
}

TEST(TensorCore, HasEveryCounterThatItsEnergyNeeds) {
  const CostModel costs{EnergyConfig{}};
  for (const CoreSparsity sparsity : kAll) {
    const TensorCore model(core(sparsity));
    const EnergyModel energy(costs, model.components(costs));
    LayerWorkload layer = in_pattern(matrices(64, 64, 64, 0.5, 0.5));
    layer.reads_network_input = true;
    const BaselineRun run = model.run(layer);
    for (const auto& [group, pj] : energy.evaluate(run.counters, run.cycles).by_group()) {
      EXPECT_GT(pj, 0) << group;
    }
  }
}

}  // namespace
}  // namespace escalate
