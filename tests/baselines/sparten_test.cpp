#include "baselines/sparten.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

SpartenConfig random_config() {
  SpartenConfig config;
  config.clusters = *rc::gen::inRange(1, 5);
  config.units = *rc::gen::inRange(1, 9);
  config.chunk = 8 * *rc::gen::inRange(1, 17);
  config.balancing = *rc::gen::element(Balancing::kNone, Balancing::kSoftware, Balancing::kHybrid);
  config.sparsity = *rc::gen::element(Sparsity::kTwoSided, Sparsity::kTwoSided, Sparsity::kOneSided,
                                      Sparsity::kDense);
  return config;
}

SpartenConfig with(Balancing balancing, Sparsity sparsity = Sparsity::kTwoSided) {
  SpartenConfig config;
  config.balancing = balancing;
  config.sparsity = sparsity;
  return config;
}

std::int64_t cycles(const SpartenConfig& config, const LayerWorkload& layer) {
  return Sparten(config).run(layer).compute_cycles;
}

TEST(Sparten, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    RC_ASSERT(count_mismatches(Sparten(random_config()), random_layer(seed), seed) == 0);
  }));
}

TEST(Sparten, MakesEveryProductThatItCounts) {
  EXPECT_TRUE(rc::check("products", [](std::uint64_t seed) {
    std::int64_t products = 0;
    const BaselineRun run =
        Sparten(random_config()).run(random_layer(seed), [&](const Product&) { ++products; });
    RC_ASSERT(run.macs == products);
  }));
}

TEST(Sparten, IsNeverFasterThanItsProductsOverItsMultipliers) {
  EXPECT_TRUE(rc::check("bound", [](std::uint64_t seed) {
    const Sparten sparten(random_config());
    const LayerWorkload layer = random_layer(seed);
    RC_ASSERT(sparten.run(layer).compute_cycles * sparten.multipliers() >=
              matched_pairs(layer, sparten.skips()));
  }));
}

TEST(Sparten, TakesTheCyclesCountedByHandOnADenseLayer) {
  // 16 positions on 32 clusters, one each; chunks of 128 and 72 of 200 channels.
  const LayerWorkload layer = drawn_layer({200, 4, 4}, 32, 1, Window{}, 1, 1, 1, 1);
  EXPECT_EQ(cycles(with(Balancing::kNone), layer), 200);
  EXPECT_EQ(cycles(with(Balancing::kNone, Sparsity::kDense), layer), 200);
  // 64 positions are two for each cluster; pairs of 64 filters make one group, of twice the work.
  const LayerWorkload large = drawn_layer({200, 8, 8}, 64, 1, Window{}, 1, 1, 1, 1);
  EXPECT_EQ(cycles(with(Balancing::kNone), large), 2 * 2 * 200);
  EXPECT_EQ(cycles(with(Balancing::kSoftware), large), 2 * 2 * 200);
}

TEST(Sparten, OfAllOnesTakesAsLongAsItsDenseVariant) {
  EXPECT_TRUE(rc::check("ones", [](std::uint64_t seed) {
    LayerWorkload layer = random_layer(seed);
    layer.weights = BitTensor::ones(layer.weights.size());
    for (BitTensor& input : layer.inputs) input = BitTensor::ones(input.size());
    SpartenConfig config = random_config();
    config.balancing = Balancing::kNone;
    config.sparsity = Sparsity::kTwoSided;
    const std::int64_t two_sided = cycles(config, layer);
    config.sparsity = Sparsity::kDense;
    RC_ASSERT(cycles(config, layer) == two_sided);
  }));
}

TEST(Sparten, WaitsForTheUnitWithMostMatches) {
  // One position; filter 0 matches all 128 channels, the others none, which takes a cycle to see.
  LayerWorkload layer = drawn_layer({128, 1, 1}, 32, 1, Window{}, 1, 0, 1, 1);
  for (int c = 0; c < 128; ++c) layer.weights.set(c);
  const BaselineRun run = Sparten(with(Balancing::kNone)).run(layer);
  EXPECT_EQ(run.compute_cycles, 128);
  EXPECT_EQ(run.multiplier_cycles.value_of("no_match"), 31);
  EXPECT_EQ(run.multiplier_cycles.value_of("barrier"), 31 * 127);
  EXPECT_EQ(run.multiplier_cycles.value_of("idle_clusters"), 31 * 32 * 128);
}

TEST(Sparten, BalancesFiltersInSoftwareAndChunksInHardware) {
  // Even filters are dense in the first chunk and empty in the second, odd ones the other way round
  // in a half of the filters; the rest are as dense as their neighbours throughout.
  LayerWorkload layer = drawn_layer({256, 8, 8}, 64, 1, Window{}, 1, 0, 1, 1);
  for (std::int64_t k = 0; k < 64; ++k) {
    const int first = k % 2 == 0 ? 0 : 128;
    for (int c = first; c < first + 128; ++c) layer.weights.set(k * 256 + c);
  }
  // Whole filters are equally dense, so their order stays: pairs (0, 63), (1, 62), ... of an even
  // and an odd one, 128 + 1 matches in each chunk.
  EXPECT_EQ(cycles(with(Balancing::kHybrid), layer), 2 * 2 * 129);
  // Dense filters first: without balancing, groups of 32 dense and 32 empty filters.
  LayerWorkload skewed = drawn_layer({256, 8, 8}, 64, 1, Window{}, 1, 0, 1, 1);
  for (std::int64_t k = 0; k < 64; k += 2) {
    for (int c = 0; c < 256; ++c) skewed.weights.set(k * 256 + c);
  }
  EXPECT_EQ(cycles(with(Balancing::kNone), skewed), 2 * 2 * 256);
  EXPECT_EQ(cycles(with(Balancing::kSoftware), skewed), 2 * 2 * 129);
}

TEST(Sparten, OneSidedSkipsOnlyZeroActivations) {
  LayerWorkload layer = drawn_layer({128, 4, 4}, 32, 1, Window{}, 1, 0.1, 0.5, 1);
  const BaselineRun run = Sparten(with(Balancing::kNone, Sparsity::kOneSided)).run(layer);
  EXPECT_EQ(run.macs, layer.input_nonzeros() * 32);
  EXPECT_EQ(run.multiplier_cycles.value_of("barrier"), 0);
}

TEST(Sparten, HasEveryCounterThatItsEnergyNeeds) {
  const CostModel costs{EnergyConfig{}};
  const LayerWorkload layer = drawn_layer({64, 16, 16}, 64, 1, Window{}, 1, 0.5, 0.5, 1);
  for (const Sparsity sparsity : {Sparsity::kTwoSided, Sparsity::kOneSided, Sparsity::kDense}) {
    const Sparten sparten(with(Balancing::kHybrid, sparsity));
    const EnergyModel energy(costs, sparten.components(costs));
    const BaselineRun run = sparten.run(layer);
    for (const auto& [group, pj] : energy.evaluate(run.counters, run.cycles).by_group()) {
      EXPECT_GT(pj, 0) << group;
    }
  }
}

TEST(Sparten, RefusesChunksThatAreNoWholeBytes) {
  SpartenConfig config;
  config.chunk = 100;
  EXPECT_USER_ERROR(Sparten{config}, testing::HasSubstr("chunk"));
}

}  // namespace
}  // namespace escalate
