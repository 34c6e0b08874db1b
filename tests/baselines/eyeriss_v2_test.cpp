#include "baselines/eyeriss_v2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "baselines/eyeriss_v2_operands.h"
#include "baselines/validation.h"
#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/data_folder.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

EyerissV2Config random_config() {
  EyerissV2Config config;
  config.cluster_rows = *rc::gen::inRange(2, 5);
  config.cluster_columns = *rc::gen::inRange(1, 3);
  config.pe_columns = *rc::gen::inRange(1, 5);
  config.macs = *rc::gen::inRange(1, 4);
  config.sparse = *rc::gen::arbitrary<bool>();
  config.zero_run_bits = *rc::gen::inRange(1, 5);
  config.sum_bank_bytes = *rc::gen::element(200, 1920);
  return config;
}

LayerWorkload pointwise(int channels, int filters, int positions, double weights, double inputs) {
  return drawn_layer({channels, 1, positions}, filters, 1, Window{}, 1, weights, inputs, 1);
}

TEST(EyerissV2, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    RC_ASSERT(count_mismatches(EyerissV2(random_config()), random_layer(seed), seed) == 0);
  }));
}

TEST(EyerissV2, TakesTheCyclesCountedByHand) {
  // One PE with two multipliers; 4 inputs of 2 channels, of which 3 are not zero, meet columns of 5
  // and of 2 weights: 3 cycles and 1.
  LayerWorkload layer = pointwise(2, 5, 2, 0, 0);
  for (const std::int64_t weight : {0, 2, 4, 6, 8, 1, 3}) layer.weights.set(weight);  // [k][c]
  for (const std::int64_t input : {0, 1, 3}) layer.inputs[0].set(input);              // [c][w]
  EyerissV2Config config;
  config.cluster_rows = config.cluster_columns = config.pe_rows = config.pe_columns = 1;
  const BaselineRun run = EyerissV2(config).run(layer);
  EXPECT_EQ(run.counters.value_of("pe_cycles"), 3 + 3 + 1);
  EXPECT_EQ(run.macs, 5 + 5 + 2);
  EXPECT_EQ(run.multiplier_cycles.value_of("unpaired"), 2);
  config.sparse = false;
  EXPECT_EQ(EyerissV2(config).run(layer).counters.value_of("pe_cycles"), 4 * 3);
}

TEST(EyerissV2, StoresAZeroForARunThatTheCountHasNoNumberFor) {
  LayerWorkload layer = pointwise(1, 32, 1, 0, 1);
  layer.weights.set(0);
  layer.weights.set(17);
  EyerissV2Config config;
  config.macs = 1;
  EXPECT_EQ(WeightTiles(config, layer, 32).words(0, 0, 0, 0), 3);  // 16 zeros between both
  EXPECT_EQ(WeightTiles(config, layer, 16).all_words(), 2);
  config.zero_run_bits = 5;
  EXPECT_EQ(WeightTiles(config, layer, 32).words(0, 0, 0, 0), 2);
  config.macs = 4;
  EXPECT_EQ(WeightTiles(config, layer, 32).words(0, 0, 0, 0), 4);
}

TEST(EyerissV2, SkipsNothingInDepthwiseLayers) {
  Window window;
  window.r = window.s = 3;
  LayerWorkload layer = drawn_layer({8, 6, 6}, 8, 8, window, 1, 0.3, 0.3, 1);
  layer.kind = "depthwise";
  const EyerissV2 machine{EyerissV2Config{}};
  EXPECT_EQ(machine.skips_of(layer), Skips::kNothing);
  const BaselineRun run = machine.run(layer);
  EXPECT_EQ(run.macs, layer.dense_macs());
  // One of the two multipliers has no second filter to work on.
  EXPECT_EQ(run.counters.value_of("pe_cycles"), layer.dense_macs());
}

TEST(EyerissV2, WaitsForWeightsWhereEachIsUsedOnce) {
  LayerWorkload layer = pointwise(512, 512, 1, 1, 1);
  layer.kind = "fc";
  const BaselineRun run = EyerissV2(EyerissV2Config{}).run(layer);
  EXPECT_GT(run.multiplier_cycles.value_of("load"), run.multiplier_cycles.value_of("macs"));
}

TEST(EyerissV2, NeedsFewerCyclesForMoreZeros) {
  const EyerissV2 machine{EyerissV2Config{}};
  Window window;
  window.r = window.s = 3;
  std::int64_t before = 0;
  for (const double density : {0.1, 0.3, 0.6, 1.0}) {
    const LayerWorkload layer = drawn_layer({64, 18, 18}, 64, 1, window, 1, density, density, 1);
    const std::int64_t cycles = machine.run(layer).compute_cycles;
    EXPECT_GT(cycles, before);
    before = cycles;
  }
}

TEST(EyerissV2, NamesALayerWhoseKernelIsTooLarge) {
  EyerissV2Config config;
  config.input_window = 2;
  Window window;
  window.r = window.s = 3;
  EXPECT_USER_ERROR(EyerissV2(config).run(drawn_layer({1, 6, 6}, 1, 1, window, 1, 1, 1, 1)),
                    testing::HasSubstr("3 x 3 kernel"));
}

TEST(EyerissV2, HasEveryCounterThatItsEnergyNeeds) {
  const CostModel costs{EnergyConfig{}};
  const EyerissV2 machine{EyerissV2Config{}};
  const EnergyModel energy(costs, machine.components(costs));
  const BaselineRun run = machine.run(drawn_layer({64, 16, 16}, 64, 1, Window{}, 1, 0.5, 0.5, 1));
  for (const auto& [group, pj] : energy.evaluate(run.counters, run.cycles).by_group()) {
    EXPECT_GT(pj, 0) << group;
  }
}

/// The zeros and ones of a compressed file.
BitTensor read_mask(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      popen(("xz -dc '" + path.string() + "'").c_str(), "r"), pclose);
  std::vector<int> values;
  for (int letter = std::fgetc(pipe.get()); letter != EOF; letter = std::fgetc(pipe.get())) {
    if (std::isdigit(letter)) values.push_back(letter - '0');
  }
  return BitTensor::nonzeros_of(values);
}

/// A pointwise layer of the artifact: weights as [M][C], inputs as [position][C].
LayerWorkload masked_layer(const std::filesystem::path& folder, const std::string& name,
                           int channels, int filters, int side) {
  LayerWorkload layer = drawn_layer({channels, side, side}, filters, 1, Window{}, 1, 0, 0, 1);
  layer.weights = read_mask(folder / (name + "_weights.txt.xz"));
  const BitTensor by_position = read_mask(folder / (name + "_iacts.txt.xz"));
  EXPECT_EQ(by_position.size(), layer.in.size()) << name;
  by_position.for_each(0, by_position.size(), [&](std::int64_t i) {
    layer.inputs[0].set(i % channels * side * side + i / channels);
  });
  layer.validate();
  return layer;
}

TEST(EyerissV2, TakesTheCyclesOfTheArtifactOnItsMaskedLayers) {
  const std::filesystem::path folder = data_folder() / "baselines/eyeriss_v2_pe";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no masks in " << folder;
  const EyerissV2 machine(eyeriss_v2_single_pe());
  const auto cycles = [&](const std::string& name, int channels, int filters, int side) {
    const LayerWorkload layer = masked_layer(folder, name, channels, filters, side);
    return machine.run(layer).counters.value_of("pe_cycles");
  };
  EXPECT_EQ(cycles("L07", 64, 64, 32), 1702140);
  EXPECT_EQ(cycles("L09", 64, 128, 16), 1499682);
  EXPECT_EQ(cycles("L13", 128, 256, 8), 1144158);
  EXPECT_EQ(cycles("L19", 256, 256, 8), 1457458);
  EXPECT_EQ(cycles("L21", 256, 256, 8), 1677684);
  EXPECT_EQ(cycles("L23", 256, 256, 8), 1821557);
  EXPECT_EQ(cycles("L25", 256, 512, 4), 948572);
  EXPECT_EQ(cycles("L27", 512, 512, 4), 775316);
}

}  // namespace
}  // namespace escalate
