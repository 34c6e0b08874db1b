#include "baselines/systolic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"

namespace escalate {
namespace {

constexpr auto kAll = {Stationary::kWeights, Stationary::kOutputs, Stationary::kInputs};

SystolicConfig array(int rows, int columns, Stationary stationary, bool overlapped = false) {
  SystolicConfig config;
  config.rows = rows;
  config.columns = columns;
  config.stationary = stationary;
  config.overlapped = overlapped;
  return config;
}

SystolicConfig random_config() {
  SystolicConfig config =
      array(*rc::gen::inRange(1, 12), *rc::gen::inRange(1, 12),
            *rc::gen::elementOf(std::vector<Stationary>(kAll)), *rc::gen::arbitrary<bool>());
  config.accumulators = *rc::gen::element(1, 7, 4096);
  config.weight_buffer_bytes = *rc::gen::element(16, 4096);
  return config;
}

LayerWorkload convolution(const Shape& in, int filters, int kernel) {
  Window window;
  window.r = window.s = kernel;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = kernel / 2;
  return drawn_layer(in, filters, 1, window, 1, 0.5, 0.5, 1);
}

std::int64_t cycles(const SystolicConfig& config, const LayerWorkload& layer) {
  return Systolic(config).run(layer).compute_cycles;
}

TEST(Systolic, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    RC_ASSERT(count_mismatches(Systolic(random_config()), random_layer(seed), seed) == 0);
  }));
}

TEST(Systolic, TakesTheCyclesOfScaleSimWhereNothingOverlaps) {
  // 32 x 32 PEs, weights stay; SCALE-Sim counts from cycle 0.
  const SystolicConfig config = array(32, 32, Stationary::kWeights);
  EXPECT_EQ(cycles(config, convolution({64, 56, 56}, 64, 3)), 116279 + 1);
  EXPECT_EQ(cycles(config, convolution({512, 7, 7}, 512, 3)), 329471 + 1);
}

TEST(Systolic, TakesTheCyclesCountedByHand) {
  // 5 channels, 3 filters, 6 positions on 2 x 2 PEs: 3 x 2 folds of 6 steps, 2 cycles of loading
  // and 2 until the last PE has the first word; 3 x 3 folds that 3 filters stream through, or 5
  // taps.
  const LayerWorkload layer = convolution({5, 2, 3}, 3, 1);
  EXPECT_EQ(cycles(array(2, 2, Stationary::kWeights), layer), 6 * (6 + 2 + 2));
  EXPECT_EQ(cycles(array(2, 2, Stationary::kInputs), layer), 9 * (3 + 2 + 2));
  EXPECT_EQ(cycles(array(2, 2, Stationary::kOutputs), layer), 6 * (5 + 2 + 2));
  EXPECT_EQ(cycles(array(2, 2, Stationary::kWeights, true), layer), 6 * 6 + 2 + 2);
  EXPECT_EQ(cycles(array(2, 2, Stationary::kInputs, true), layer), 9 * 3 + 2 + 2);
  // One position does not hide the loading of the next two rows of weights.
  EXPECT_EQ(cycles(array(2, 2, Stationary::kWeights, true), convolution({4, 1, 1}, 2, 1)),
            2 * 2 + 2 + 2);
}

TEST(Systolic, CountsTheWordsThatEnterTheArray) {
  const LayerWorkload layer = convolution({5, 2, 3}, 3, 1);
  const auto counted = [&](Stationary stationary, const char* counter) {
    return Systolic(array(2, 2, stationary)).run(layer).counters.value_of(counter);
  };
  // 5 taps, 6 positions, 3 filters; parts of 2.
  EXPECT_EQ(counted(Stationary::kWeights, "weight_words"), 5 * 3);
  EXPECT_EQ(counted(Stationary::kWeights, "input_words"), 5 * 6 * 2);
  EXPECT_EQ(counted(Stationary::kWeights, "sums_added"), 3 * 6 * 3);
  EXPECT_EQ(counted(Stationary::kInputs, "input_words"), 5 * 6);
  EXPECT_EQ(counted(Stationary::kInputs, "weight_words"), 5 * 3 * 3);
  EXPECT_EQ(counted(Stationary::kOutputs, "input_words"), 5 * 6 * 2);
  EXPECT_EQ(counted(Stationary::kOutputs, "weight_words"), 5 * 3 * 3);
  EXPECT_EQ(counted(Stationary::kOutputs, "sums_added"), 0);
}

TEST(Systolic, IsNoSlowerWhenFoldsOverlap) {
  EXPECT_TRUE(rc::check("overlap", [](std::uint64_t seed) {
    SystolicConfig config = random_config();
    const LayerWorkload layer = random_layer(seed);
    config.overlapped = true;
    const std::int64_t overlapped = cycles(config, layer);
    config.overlapped = false;
    RC_ASSERT(overlapped <= cycles(config, layer));
  }));
}

TEST(Systolic, LoadsWeightsAgainWhereNoBufferKeepsThem) {
  const LayerWorkload layer = convolution({8, 4, 4}, 4, 1);
  const auto read = [&](Stationary stationary, std::int64_t buffer_bytes) {
    SystolicConfig config = array(2, 2, stationary);
    config.accumulators = 4;
    config.weight_buffer_bytes = buffer_bytes;
    return Systolic(config).run(layer).counters.value_of("weights_filled");
  };
  EXPECT_EQ(read(Stationary::kWeights, 8 * 2), 8 * 4);
  EXPECT_EQ(read(Stationary::kWeights, 8 * 2 - 1), 8 * 4 * 4);
  EXPECT_EQ(read(Stationary::kOutputs, 8 * 2 - 1), 8 * 4 * 8);
  EXPECT_EQ(read(Stationary::kInputs, 8 * 4), 8 * 4);
  EXPECT_EQ(read(Stationary::kInputs, 8 * 4 - 1), 8 * 4 * 8);
}

TEST(Systolic, HasEveryCounterThatItsEnergyNeeds) {
  const CostModel costs{EnergyConfig{}};
  for (const Stationary stationary : kAll) {
    const Systolic systolic(array(8, 8, stationary));
    const EnergyModel energy(costs, systolic.components(costs));
    LayerWorkload layer = convolution({16, 8, 8}, 16, 3);
    layer.reads_network_input = true;
    const BaselineRun run = systolic.run(layer);
    for (const auto& [group, pj] : energy.evaluate(run.counters, run.cycles).by_group()) {
      EXPECT_GT(pj, 0) << group;
    }
  }
}

}  // namespace
}  // namespace escalate
