#include "report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/baselines_config.h"
#include "report/baseline_result.h"
#include "report/result_energy.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

LayerResult layer(const std::string& name, std::int64_t cycles, double pj) {
  LayerResult result;
  result.name = name;
  result.kind = "conv";
  result.cycles = cycles;
  result.energy_pj["multipliers"] = pj;
  return result;
}

Result run(const std::string& accelerator, std::vector<LayerResult> layers, double clock_hz) {
  Result result;
  result.accelerator = accelerator;
  result.network = "network";
  result.layers = std::move(layers);
  sum_up(result, clock_hz);
  return result;
}

Comparison example() {
  // The other one has twice the clock.
  return Comparison(
      {run("ours", {layer("a", 100, 10), layer("pool", 50, 1), layer("b", 100, 30)}, 1e9),
       run("other", {layer("b", 1600, 60), layer("a", 400, 10)}, 2e9)});
}

TEST(Comparison, ComparesOnlyLayersThatAllHave) {
  const Comparison comparison = example();
  EXPECT_THAT(comparison.left_out(), ElementsAre("pool"));
  ASSERT_EQ(comparison.results()[1].layers.size(), 2u);
  EXPECT_EQ(comparison.results()[1].layers[0].name, "a");
  EXPECT_EQ(comparison.results()[0].total.cycles, 200);
  EXPECT_EQ(comparison.results()[1].total.cycles, 2000);
}

TEST(Comparison, TakesTimesNotCycles) {
  const Comparison comparison = example();
  EXPECT_DOUBLE_EQ(comparison.layer(1, 0).speedup, 2);
  EXPECT_DOUBLE_EQ(comparison.layer(1, 1).speedup, 8);
  EXPECT_DOUBLE_EQ(comparison.total(1).speedup, 5);
  EXPECT_DOUBLE_EQ(comparison.total(1).energy, 70.0 / 40);
  EXPECT_DOUBLE_EQ(comparison.mean_of_layers(1).speedup, 4);
  EXPECT_DOUBLE_EQ(comparison.mean_of_layers(1).energy, std::sqrt(2.0));
}

TEST(Comparison, ChargesPoolsToAllAlikeOrToNone) {
  const auto with_pool = [](const std::string& accelerator) {
    return Comparison(
        {run(accelerator, {layer("a", 100, 10), layer("pool", 50, 1), layer("b", 100, 30)}, 1e9),
         run("other", {layer("b", 1600, 60), layer("a", 400, 10)}, 2e9)});
  };
  EXPECT_FALSE(with_pool("ours").rest()) << "it is the machine's pool that is charged";
  const Comparison comparison = with_pool("escalate");
  ASSERT_TRUE(comparison.rest());
  EXPECT_DOUBLE_EQ(comparison.rest()->seconds, 50e-9);
  EXPECT_DOUBLE_EQ(comparison.total(1).speedup, 1000.0 / 200);
  EXPECT_DOUBLE_EQ(comparison.total_of_all(1).speedup, 1050.0 / 250);
  EXPECT_DOUBLE_EQ(comparison.total_of_all(1).energy, 71.0 / 41);
  EXPECT_THAT(comparison.total_table().csv(), HasSubstr("\"escalate, all layers\""));
  EXPECT_THAT(network_table({comparison, comparison}).csv(),
              AllOf(HasSubstr("\"network, all layers\",,4.20x,1.73x"),
                    HasSubstr("\"geometric mean, all layers\",,4.20x,1.73x")));
  EXPECT_DOUBLE_EQ(
      comparison.to_json().at("total_of_all_layers").at("other").at("speedup").get<double>(), 4.2);
}

TEST(Comparison, GivesTheGeometricMeanOfNetworks) {
  const Comparison slow(
      {run("ours", {layer("a", 100, 1)}, 1e9), run("other", {layer("a", 1250, 4)}, 1e9)});
  const std::vector<Comparison> both = {example(), slow};
  EXPECT_NEAR(mean_of_networks(both, 1).speedup, std::sqrt(5 * 12.5), 1e-12);
  const Json json = comparisons_to_json(both);
  EXPECT_EQ(json.at("schema"), kComparisonSchema);
  EXPECT_EQ(json.at("reference"), "ours");
  EXPECT_EQ(json.at("networks").size(), 2u);
  EXPECT_NEAR(json.at("geometric_mean").at("other").at("speedup").get<double>(),
              std::sqrt(5 * 12.5), 1e-12);
}

TEST(Comparison, PrintsALineForEachLayerAndItsTotals) {
  const std::string text = example().layer_table().markdown();
  EXPECT_THAT(text, HasSubstr("| a | conv | 100 | 2.00x | 1.00x |"));
  EXPECT_THAT(text, HasSubstr("| total |  | 200 | 5.00x | 1.75x |"));
  EXPECT_THAT(text, HasSubstr("| geometric mean |  |  | 4.00x | 1.41x |"));
}

TEST(Comparison, SaysWhatBindsEachAcceleratorAndWhatKeepsItFromWork) {
  LayerResult fast = layer("a", 100, 1);
  fast.bound_by = "ca";
  LayerResult slow = layer("b", 300, 1);
  slow.bound_by = "dram";
  LayerResult other = layer("a", 1, 1);
  other.bound_by = "mac";
  other.row_states = {{"macs", 70}, {"imbalance", 20}, {"padding", 10}};
  LayerResult last = layer("b", 1, 1);
  last.bound_by = "dram";
  last.row_states = {{"macs", 80}, {"imbalance", 20}};
  const std::vector<Comparison> comparisons = {
      Comparison({run("ours", {fast, slow}, 1e9), run("other", {other, last}, 1e9)})};
  EXPECT_DOUBLE_EQ(comparisons[0].bound_by(0).value_of("dram"), 0.75);
  EXPECT_DOUBLE_EQ(comparisons[0].bound_by(1).value_of("mac"), 0.5);
  EXPECT_EQ(comparisons[0].largest_loss(0), "");
  EXPECT_EQ(comparisons[0].largest_loss(1), "imbalance 20.0%");
  EXPECT_THAT(bound_table(comparisons).markdown(),
              AllOf(HasSubstr("| network | ours | 25.0% | 75.0% | 0.0% |  |"),
                    HasSubstr("| network | other | 0.0% | 50.0% | 50.0% | imbalance 20.0% |")));
  EXPECT_THAT(comparison_document(comparisons),
              AllOf(HasSubstr("| geometric mean |"), HasSubstr("| network | 400 | 0.01x |")));
}

TEST(Comparison, RefusesResultsWithoutACommonLayer) {
  EXPECT_USER_ERROR(
      Comparison({run("ours", {layer("a", 1, 1)}, 1e9), run("other", {layer("b", 1, 1)}, 1e9)}),
      HasSubstr("no layer in common"));
}

TEST(BaselineResult, HoldsEveryLayerWithEnergyThatCanBeTraced) {
  const CostModel costs{EnergyConfig{}};
  const std::vector<LayerWorkload> layers =
      make_yaml_workloads(source_folder() + "/workloads/zoo/resnet20-cifar10.yaml", 1, 0);
  CommonTerms terms;
  terms.clock_mhz = 800;
  terms.buffer_bytes = 1 << 20;
  for (const std::string& name : baseline_names()) {
    const auto model = make_baseline(name, comparable_baselines(terms));
    EXPECT_EQ(model->name(), name);
    EXPECT_EQ(model->multipliers(), 1024);
    const Result result = baseline_result(*model, "resnet20", layers, costs);
    EXPECT_EQ(result.layers.size(), 20u);
    EXPECT_GT(result.total.energy_pj, 0);
    check_energy(result, name);
    for (const LayerResult& of_layer : result.layers) {
      EXPECT_EQ(of_layer.row_states.sum(), 1024 * of_layer.counters.value_of("compute_cycles"));
      EXPECT_GE(of_layer.cycles, of_layer.counters.value_of("compute_cycles"));
    }
    EXPECT_EQ(result_from_json(result_to_json(result), "file").total, result.total);
  }
}

TEST(BaselineResult, NamesTheNearestAccelerator) {
  EXPECT_USER_ERROR(make_baseline("spartan", BaselinesConfig{}), HasSubstr("sparten"));
}

}  // namespace
}  // namespace escalate
