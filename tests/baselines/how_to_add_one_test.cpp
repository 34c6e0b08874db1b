// Follows docs/baselines.md, "How to add one": the machine that the page shows is compiled here,
// run and held against a dense convolution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "baselines/accelerator_model.h"
#include "baselines/baselines_config.h"
#include "baselines/registry.h"
#include "common/atomic_file.h"
#include "common/math.h"
#include "energy/energy_model.h"
#include "tests/baselines/functional_check.h"
#include "tests/support/places.h"

// [the page]
namespace escalate {

struct GridConfig {
  int multipliers = 1024;
  std::int64_t buffer_bytes = 1 << 20;
  double clock_mhz = 1000;
  SharedParts shared;

  void validate() const { shared.validate(); }
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"multipliers", "multipliers", "All take one output channel", "made up", 1},
          self.multipliers);
    visit(FieldDoc{"buffer_bytes", "bytes", "Activations on chip", "made up", 1},
          self.buffer_bytes);
    visit(FieldDoc{"clock_mhz", "MHz", "Clock", "made up", 1e-3}, self.clock_mhz);
    SharedParts::fields(self.shared, visit);
  }
};

/// A multiplier for each output position; all of them take the same weight in a cycle.
class Grid : public AcceleratorModel {
 public:
  explicit Grid(const GridConfig& config)
      : AcceleratorModel(config.clock_mhz, config.shared), config_(config) {}
  std::string name() const override { return "grid"; }
  std::int64_t multipliers() const override { return config_.multipliers; }
  Skips skips() const override { return Skips::kNothing; }
  int word_bits() const override { return 8; }
  Json config() const override { return fields_to_json(config_); }

  MachineComponents components(const CostModel& costs) const override {
    using L = ComponentList;
    ComponentList list = shared_components(costs, config_.clock_mhz, config_.shared);
    list.add_buffer("buffer", "buffer", config_.buffer_bytes / 8, 16,
                    {L::use("read", "activations_read", 1.0 / 8)});
    list.add_multipliers(8, 8, multipliers(), {L::use("multiply", "multiplications")});
    list.add_adders("adders", "multipliers", 32, multipliers(), {L::use("add", "multiplications")});
    return list.take();
  }

 protected:
  BaselineRun compute(const LayerWorkload& layer, const ProductSink& sink) const override {
    const std::int64_t positions = std::int64_t{layer.out.h} * layer.out.w;
    const std::int64_t weights = layer.images() * layer.weights.size();
    BaselineRun run;
    run.compute_cycles = weights * ceil_div(positions, multipliers());
    for (int image = 0; image < layer.images(); ++image) {
      for (std::int64_t output = 0; output < layer.out.size(); ++output) {
        run.macs += make_products(layer, image, output, sink);
      }
    }
    run.multiplier_cycles["padding"] = weights * positions - run.macs;
    run.multiplier_cycles["empty"] = run.compute_cycles * multipliers() - weights * positions;
    run.counters["multiplications"] = run.counters["activations_read"] = run.macs;
    run.counters["dram_read_bytes"] = weights + layer.images() * layer.in.size();
    run.counters["dram_written_bytes"] = layer.images() * layer.out.size();
    return run;
  }

 private:
  /// The products of one output, padding left out; returns their number.
  static std::int64_t make_products(const LayerWorkload& layer, int image, std::int64_t output,
                                    const ProductSink& sink) {
    const Window& window = layer.window;
    const auto filter = int(output / (layer.out.h * layer.out.w));
    const auto p = int(output / layer.out.w % layer.out.h), q = int(output % layer.out.w);
    const int first_channel = filter / layer.filters_per_group() * layer.channels_per_group();
    std::int64_t products = 0;
    for (std::int64_t w = 0; w < layer.weights_per_filter(); ++w) {
      const auto channel = first_channel + int(w / (window.r * window.s));
      const int y = p * window.stride_h - window.pad_top + int(w / window.s % window.r);
      const int x = q * window.stride_w - window.pad_left + int(w % window.s);
      if (y < 0 || y >= layer.in.h || x < 0 || x >= layer.in.w) continue;
      ++products;
      if (!sink) continue;
      const std::int64_t activation = (std::int64_t{channel} * layer.in.h + y) * layer.in.w + x;
      sink({image, filter * layer.weights_per_filter() + w, activation, output});
    }
    return products;
  }

  GridConfig config_;
};

void add_grid(BaselineRegistry& registry) {
  registry.add(BaselineOf<GridConfig>("grid", "Grid", 2024)
                   .on_common_terms([](GridConfig& config, const CommonTerms& terms) {
                     config.buffer_bytes = terms.buffer_bytes;
                     config.clock_mhz = terms.clock_mhz;
                     config.shared = terms.shared;
                   })
                   .variant<Grid>("grid")
                   .take());
}

}  // namespace escalate
// [end]

namespace escalate {
namespace {

using testing::HasSubstr;

LayerWorkload small_layer() {
  return drawn_layer(
      {4, 6, 6}, 5, 1,
      Window{.r = 3, .s = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1}, 1, 1,
      0.5, 7);
}

TEST(HowToAddOne, IsFollowedByThePagesOwnMachine) {
  const std::string page = read_file(source_folder() + "/docs/baselines.md");
  const std::string source =
      read_file(source_folder() + "/tests/baselines/how_to_add_one_test.cpp");
  const std::string begin = "// [the page]\n", end = "// [end]\n";
  const std::size_t from = source.find("\n" + begin) + 1 + begin.size();
  EXPECT_THAT(page, HasSubstr("```cpp\n" + source.substr(from, source.find("\n" + end) + 1 - from) +
                              "```\n"));
}

TEST(HowToAddOne, ItsMachineComputesTheConvolutionInCyclesCountedByHand) {
  const Grid grid(GridConfig{});
  EXPECT_EQ(count_mismatches(grid, small_layer(), 3), 0);
  // A cycle for each of 5 x 4 x 9 weights: 36 positions fit on 1,024 multipliers.
  EXPECT_EQ(grid.run(small_layer()).compute_cycles, 180);
}

TEST(HowToAddOne, ItsMachineTakesCommonTermsAndHasEnergyAndArea) {
  BaselineRegistry registry = builtin_baselines();
  add_grid(registry);
  CommonTerms terms;
  terms.clock_mhz = 500;
  terms.buffer_bytes = 1 << 16;
  const auto grid = make_baseline("grid", comparable_baselines(terms, registry));
  EXPECT_EQ(grid->clock_mhz(), 500);
  const CostModel costs{EnergyConfig{}};
  const EnergyModel model(costs, grid->components(costs));
  EXPECT_GT(model.area_mm2_by_group().value_of("buffer"), 0);
  const BaselineRun run = grid->run(small_layer());
  EXPECT_GE(run.cycles, run.compute_cycles);
  EXPECT_EQ(run.counters.value_of("multiplications"), run.macs);
}

TEST(HowToAddOne, HasBeenFollowedByEveryMachine) {
  const BaselineRegistry registry = builtin_baselines();
  const std::string page = read_file(source_folder() + "/docs/baselines.md");
  const std::string configuration = read_file(source_folder() + "/docs/configuration.md");
  for (const Baseline& machine : registry.machines()) {
    std::string file = machine.name;
    std::replace(file.begin(), file.end(), '-', '_');
    for (const std::string& path : {"baselines/" + file + ".h", "baselines/" + file + ".cpp",
                                    "configs/" + machine.name + ".yaml"}) {
      EXPECT_TRUE(std::filesystem::exists(source_folder() + "/" + path)) << path;
    }
    EXPECT_THAT(page, HasSubstr("### " + machine.title));
    EXPECT_THAT(configuration, HasSubstr("### " + machine.title));
  }
}

}  // namespace
}  // namespace escalate
