// Laws that hold for every baseline.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "baselines/baselines_config.h"
#include "tests/baselines/naive_layer.h"

namespace escalate {
namespace {

/// A layer of random shape without any zero.
LayerWorkload random_dense_layer(std::uint64_t seed) {
  const LayerWorkload shape = random_layer(seed);
  LayerWorkload layer = drawn_layer(shape.in, shape.out.c, shape.groups, shape.window,
                                    static_cast<int>(shape.images()), 1, 1, seed);
  layer.kind = shape.kind;
  return layer;
}

std::int64_t products_of(const LayerWorkload& layer) {
  std::int64_t products = 0;
  for_each_product(layer, [&](int, int, int, std::int64_t, std::int64_t) { ++products; });
  return products * layer.images();
}

TEST(EveryBaseline, IsNoFasterThanItsPeakOnADenseLayer) {
  EXPECT_TRUE(rc::check("peak", [](std::uint64_t seed) {
    const LayerWorkload layer = random_dense_layer(seed);
    const std::int64_t products = products_of(layer);
    for (const std::string& name : baseline_names()) {
      const auto model = make_baseline(name, BaselinesConfig{});
      const BaselineRun run = model->run(layer);
      RC_ASSERT(run.macs == products);
      RC_ASSERT(run.compute_cycles * model->multipliers() >= products);
    }
  }));
}

TEST(EveryBaseline, MovesTheNetworksInputAndOutputThroughDram) {
  EXPECT_TRUE(rc::check("ends of a network", [](std::uint64_t seed) {
    LayerWorkload layer = random_layer(seed);
    layer.reads_network_input = layer.writes_network_output = false;
    LayerWorkload first = layer;
    first.reads_network_input = true;
    LayerWorkload last = layer;
    last.writes_network_output = true;
    for (const std::string& name : baseline_names()) {
      const auto model = make_baseline(name, BaselinesConfig{});
      const auto moved = [&](const LayerWorkload& one, const char* counter) {
        return model->run(one).counters.value_of(counter);
      };
      const std::int64_t word_bytes = model->word_bits() / 8;
      // Eyeriss alone leaves out the rows that no window reads.
      RC_ASSERT(name == "eyeriss" ||
                moved(first, "dram_read_bytes") >= layer.input_nonzeros() * word_bytes);
      RC_ASSERT(moved(first, "dram_read_bytes") >= moved(layer, "dram_read_bytes"));
      RC_ASSERT(moved(last, "dram_written_bytes") >= layer.output_nonzeros * word_bytes);
      RC_ASSERT(moved(last, "dram_read_bytes") == moved(layer, "dram_read_bytes"));
    }
  }));
}

TEST(EveryBaseline, KeepsItsMultipliersBusyForAtMostAllCycles) {
  EXPECT_TRUE(rc::check("utilization", [](std::uint64_t seed) {
    const LayerWorkload layer = random_layer(seed);
    for (const std::string& name : baseline_names()) {
      const auto model = make_baseline(name, BaselinesConfig{});
      const BaselineRun run = model->run(layer);
      RC_ASSERT(run.utilization >= 0);
      RC_ASSERT(run.utilization <= 1);
      RC_ASSERT(run.multiplier_cycles.sum() == run.compute_cycles * model->multipliers());
    }
  }));
}

}  // namespace
}  // namespace escalate
