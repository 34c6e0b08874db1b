#include "baselines/scnn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>

#include "baselines/dcnn.h"
#include "baselines/scnn_pe.h"
#include "common/config.h"
#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

ScnnConfig random_config() {
  ScnnConfig config;
  config.pe_rows = *rc::gen::inRange(1, 5);
  config.pe_columns = *rc::gen::inRange(1, 5);
  config.accumulator_banks = 1 << *rc::gen::inRange(3, 7);
  config.accumulator_entries = *rc::gen::inRange(4, 33);
  config.bank_queue = *rc::gen::inRange(0, 5);
  return config;
}

TEST(Scnn, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    RC_ASSERT(count_mismatches(Scnn(random_config()), random_layer(seed), seed) == 0);
  }));
}

TEST(Scnn, CountsTheSameProductByProductAndBrickByBrick) {
  EXPECT_TRUE(rc::check("counts", [](std::uint64_t seed) {
    const Scnn scnn(random_config());
    const LayerWorkload layer = random_layer(seed);
    std::int64_t products = 0;
    const BaselineRun one_by_one = scnn.run(layer, [&](const Product&) { ++products; });
    const BaselineRun run = scnn.run(layer);
    RC_ASSERT(run.compute_cycles == one_by_one.compute_cycles);
    RC_ASSERT(run.counters == one_by_one.counters);
    RC_ASSERT(run.multiplier_cycles == one_by_one.multiplier_cycles);
    RC_ASSERT(run.macs == products);
  }));
}

TEST(Scnn, IsNeverFasterThanItsProductsOverItsMultipliers) {
  EXPECT_TRUE(rc::check("bound", [](std::uint64_t seed) {
    const Scnn scnn(random_config());
    const LayerWorkload layer = random_layer(seed);
    RC_ASSERT(scnn.run(layer).compute_cycles * scnn.multipliers() >= matched_pairs(layer));
  }));
}

TEST(Scnn, TakesTheCyclesCountedByHandOnADensePointwiseLayer) {
  // A PE has 2 x 2 activations of each of 2 channels, one vector, and meets 8 weights of each, two
  // vectors: 4 bricks without conflicts. Then 4 positions x 8 filters drain, four a cycle.
  const LayerWorkload layer = drawn_layer({2, 16, 16}, 8, 1, Window{}, 1, 1, 1, 1);
  const BaselineRun run = Scnn(ScnnConfig{}).run(layer);
  EXPECT_EQ(run.compute_cycles, 4 + 8);
  EXPECT_EQ(run.counters.value_of("weight_vectors_read"), 64 * 4);
  EXPECT_EQ(run.counters.value_of("halo_sums"), 0);
  EXPECT_EQ(run.multiplier_cycles.value_of("drain"), 8 * 1024);
  EXPECT_EQ(run.multiplier_cycles.value_of("macs"), 4 * 1024);
}

TEST(Scnn, SendsHaloSumsToTheNeighbours) {
  // Four PEs with 2 x 2 inputs each reach 3 x 3 outputs of the padded 4 x 4 plane, 4 their own.
  ScnnConfig config;
  config.pe_rows = config.pe_columns = 2;
  Window window;
  window.r = window.s = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  const BaselineRun run = Scnn(config).run(drawn_layer({1, 4, 4}, 2, 1, window, 1, 1, 1, 1));
  EXPECT_EQ(run.counters.value_of("halo_sums"), 4 * 5 * 2);
  EXPECT_EQ(run.counters.value_of("drained_sums"), 16 * 2);
}

TEST(Scnn, ReadsActivationsFromDramOnlyIfTheyDoNotFit) {
  LayerWorkload layer = drawn_layer({16, 16, 16}, 16, 1, Window{}, 1, 1, 1, 1);
  const std::int64_t weight_bytes = 16 * 16 * 20 / 8;
  EXPECT_EQ(Scnn(ScnnConfig{}).run(layer).counters.value_of("dram_read_bytes"), weight_bytes);
  layer.reads_network_input = true;
  const std::int64_t input_bytes = 16 * 16 * 16 * 20 / 8;
  EXPECT_EQ(Scnn(ScnnConfig{}).run(layer).counters.value_of("dram_read_bytes"),
            weight_bytes + input_bytes);
  layer.reads_network_input = false;
  ScnnConfig small;
  small.activation_ram_bytes = 100;
  EXPECT_EQ(Scnn(small).run(layer).counters.value_of("dram_read_bytes"),
            weight_bytes + input_bytes);
}

TEST(Scnn, RefusesBanksThatAreNoPowerOfTwo) {
  ScnnConfig config;
  config.accumulator_banks = 24;
  EXPECT_USER_ERROR(Scnn{config}, testing::AllOf(testing::HasSubstr("accumulator_banks"),
                                                 testing::HasSubstr("power of two")));
}

TEST(Scnn, HasEveryCounterThatItsEnergyNeeds) {
  const Scnn scnn{ScnnConfig{}};
  const CostModel costs{EnergyConfig{}};
  const EnergyModel energy(costs, scnn.components(costs));
  const BaselineRun run = scnn.run(drawn_layer({8, 16, 16}, 8, 1, Window{}, 1, 0.5, 0.5, 1));
  const EnergyReport report = energy.evaluate(run.counters, run.cycles);
  for (const auto& [group, pj] : report.by_group()) EXPECT_GT(pj, 0) << group;
}

TEST(OperandStreams, StoreAZeroForEverySixteenZeros) {
  const auto size_with_gap = [](std::int64_t zeros) {
    OperandStreams streams(4);
    streams.start_stream();
    streams.append(0, {});
    streams.append(zeros + 1, {});
    return streams.size_of(0);
  };
  EXPECT_EQ(size_with_gap(15), 2);
  EXPECT_EQ(size_with_gap(16), 3);
  EXPECT_EQ(size_with_gap(31), 3);
  EXPECT_EQ(size_with_gap(32), 4);
}

TEST(BankQueues, StallAsQueuesOfProductsWould) {
  EXPECT_TRUE(rc::check("stalls", [] {
    const int banks = 1 << *rc::gen::inRange(0, 6);
    const int depth = *rc::gen::inRange(0, 4);
    BankQueues queues(banks, depth);
    std::vector<std::deque<int>> reference(static_cast<std::size_t>(banks));
    const auto serve = [&] {
      for (auto& queue : reference) {
        if (!queue.empty()) queue.pop_front();
      }
    };
    const auto longest = [&] {
      std::size_t most = 0;
      for (const auto& queue : reference) most = std::max(most, queue.size());
      return static_cast<int>(most);
    };
    const auto bricks = *rc::gen::container<std::vector<std::vector<int>>>(
        rc::gen::resize(16, rc::gen::arbitrary<std::vector<int>>()));
    for (const std::vector<int>& brick : bricks) {
      for (const int hash : brick) {
        queues.add(hash);
        reference[static_cast<std::size_t>(((hash % banks) + banks) % banks)].push_back(hash);
      }
      int stalls = 0;
      for (serve(); longest() > depth; serve()) ++stalls;
      RC_ASSERT(queues.step() == stalls);
    }
    RC_ASSERT(queues.flush() == longest());
  }));
}

TEST(Dcnn, SumsAreThoseOfADenseConvolution) {
  EXPECT_TRUE(rc::check("sums", [](std::uint64_t seed) {
    DcnnConfig config;
    config.pe_rows = *rc::gen::inRange(1, 5);
    config.pe_columns = *rc::gen::inRange(1, 5);
    RC_ASSERT(count_mismatches(Dcnn(config), random_layer(seed), seed) == 0);
  }));
}

TEST(Dcnn, TakesTheCyclesCountedByHand) {
  // 3 x 3 x 3 weights are two vectors of 16; the largest tile of a 10 x 10 plane is 2 x 2.
  Window window;
  window.r = window.s = 3;
  const LayerWorkload layer = drawn_layer({3, 12, 12}, 5, 1, window, 2, 0.1, 0.1, 1);
  EXPECT_EQ(Dcnn(DcnnConfig{}).run(layer).compute_cycles, 2 * 2 * 2 * 5 * 2);
}

TEST(Dcnn, DoesNotDependOnZeros) {
  EXPECT_TRUE(rc::check("zeros", [](std::uint64_t seed) {
    LayerWorkload layer = random_layer(seed);
    const BaselineRun sparse = Dcnn(DcnnConfig{}).run(layer);
    layer.weights = BitTensor::ones(layer.weights.size());
    for (BitTensor& input : layer.inputs) input = BitTensor::ones(input.size());
    const BaselineRun dense = Dcnn(DcnnConfig{}).run(layer);
    RC_ASSERT(sparse.cycles == dense.cycles);
    RC_ASSERT(sparse.counters == dense.counters);
  }));
}

TEST(Dcnn, OptimizedSavesMultiplicationsButNoCycles) {
  DcnnConfig config;
  const LayerWorkload layer = drawn_layer({8, 12, 12}, 8, 1, Window{}, 1, 1, 0.25, 1);
  const BaselineRun plain = Dcnn(config).run(layer);
  config.optimized = true;
  const BaselineRun optimized = Dcnn(config).run(layer);
  EXPECT_EQ(optimized.compute_cycles, plain.compute_cycles);
  EXPECT_EQ(optimized.counters.value_of("multiplications"), 8 * layer.input_nonzeros());
  EXPECT_EQ(plain.counters.value_of("multiplications"), layer.dense_macs());
}

TEST(Dcnn, IsFasterThanScnnOnADenseNetworkAndSlowerOnASparseOne) {
  // Published for GoogLeNet: 0.79 times the dense speed at densities of 1, 24 times at 0.1.
  Window window;
  window.r = window.s = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  const auto speedup = [&](double density) {
    const LayerWorkload layer = drawn_layer({64, 14, 14}, 64, 1, window, 1, density, density, 1);
    return static_cast<double>(Dcnn(DcnnConfig{}).run(layer).compute_cycles) /
           static_cast<double>(Scnn(ScnnConfig{}).run(layer).compute_cycles);
  };
  EXPECT_LT(speedup(1), 1);
  EXPECT_GT(speedup(0.1), 10);
}

}  // namespace
}  // namespace escalate
