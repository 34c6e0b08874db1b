#include "report/layer_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine/config.h"

namespace escalate {
namespace {

using testing::ElementsAre;

/// A result of the default machine whose one layer has these limits, of which the first binds.
Result limited(const NamedValues<double>& limits) {
  Result result;
  result.config = fields_to_json(MachineConfig{});
  result.peak_per_cycle = {{"dram", 64}};
  LayerResult layer;
  layer.name = "conv1";
  layer.limits = limits;
  layer.bound_by = limits.begin()->first;
  layer.cycles = 1000;
  result.layers = {layer};
  sum_up(result, 1e9);
  return result;
}

std::string reason(const Result& result) { return reason_of_bound(result, result.layers.front()); }

TEST(LayerLimits, NamesWhatNearlyTiesWithTheLargest) {
  const Result result = limited({{"input", 1000}, {"mac", 899}, {"ca", 900}, {"dram", 950}});
  EXPECT_THAT(binding_resources(result.layers.front()), ElementsAre("input", "dram", "ca"));
  EXPECT_EQ(binding_text(result.layers.front()), "input, dram, ca");
}

TEST(LayerLimits, NamesNoTiesWhereNothingIsLimited) {
  LayerResult layer;
  layer.bound_by = "imbalance";
  EXPECT_EQ(binding_text(layer), "imbalance");
  layer.limits = {{"input", 0}, {"mac", 0}};
  layer.bound_by = "input";
  EXPECT_EQ(binding_text(layer), "input");
}

TEST(LayerLimits, ShowsAllOfACycleOrMoreLargestFirst) {
  EXPECT_EQ(limits_text({{"ca", 593.4}, {"mac", 171234}, {"input", 182345}, {"merge", 0.2}}),
            "input 182k, mac 171k, ca 593");
}

TEST(LayerLimits, TellsEntriesOfTheNetworkFromItsBytes) {
  Result result = limited({{"input", 1000}});
  EXPECT_EQ(reason(result), "");
  result.layers[0].counters["entries_sent"] = 990;
  EXPECT_EQ(reason(result), "entries a cycle");
  result.layers[0].counters["entries_sent"] = 500;
  EXPECT_EQ(reason(result), "bytes a cycle");
}

TEST(LayerLimits, TellsWhichStepOfTheCaUnitTakesLongest) {
  Result result = limited({{"ca", 1000}});
  EXPECT_EQ(reason(result), "taking cycles");
  result.layers[0].counters = {
      {"elements", 300}, {"ring_chunks_read", 500}, {"concentrator_steps", 400}};
  EXPECT_EQ(reason(result), "ring chunks");
  result.layers[0].counters["concentrator_steps"] = 600;
  EXPECT_EQ(reason(result), "concentrator steps");
}

TEST(LayerLimits, TellsFullMultipliersFromRoundingToWholeCycles) {
  Result result = limited({{"mac", 1000}});
  result.layers[0].counters = {{"mac_busy_cycles", 100}, {"macs", 450}};  // of 500
  EXPECT_EQ(reason(result), "multipliers");
  result.layers[0].counters["macs"] = 300;
  EXPECT_EQ(reason(result), "whole cycles");
  result.layers[0].row_states = {{"wait_weights", 20}};
  EXPECT_EQ(reason(result), "whole cycles");
  result.layers[0].row_states = {{"wait_weights", 26}};
  EXPECT_EQ(reason(result), "whole cycles, weight port");
  result.config = Json::object();
  EXPECT_EQ(reason(result), "");
}

TEST(LayerLimits, TellsReadsWritesAndLatencyOfDram) {
  Result result = limited({{"dram", 1000}});
  result.layers[0].counters = {{"dram_read_bytes", 40000}, {"dram_written_bytes", 24000}};
  EXPECT_EQ(reason(result), "reads");
  result.layers[0].counters["dram_written_bytes"] = 41000;
  EXPECT_EQ(reason(result), "writes");
  result.layers[0].counters = {{"dram_read_bytes", 4000}, {"dram_written_bytes", 0}};
  EXPECT_EQ(reason(result), "latency");
}

TEST(LayerLimits, TellsWhatPostProcessingIsBusyWith) {
  Result result = limited({{"post", 1000}});
  result.layers[0].counters = {
      {"post_busy_cycles", 990}, {"outputs_requantized", 10}, {"pool_operands", 60000}};
  EXPECT_EQ(reason(result), "pool operands");
  result.layers[0].counters["outputs_requantized"] = 61000;
  EXPECT_EQ(reason(result), "outputs");
  result.layers[0].counters["post_busy_cycles"] = 100;
  EXPECT_EQ(reason(result), "waiting for drains");
}

TEST(LayerLimits, TellsWhatHoldsUpTheMerge) {
  Result result = limited({{"merge", 1000}});
  result.layers[0].row_states = {{"queue_full", 10}, {"wait_merge", 20}};
  EXPECT_EQ(reason(result), "lines");
  EXPECT_EQ(reason(limited({{"weights", 5}})), "bytes of the weight port");
}

TEST(LayerLimits, SumsUpWhatBindsARun) {
  Result result = limited({{"input", 1000}});
  result.layers[0].counters["entries_sent"] = 1000;
  result.layers.push_back(result.layers[0]);
  result.layers[1].bound_by = "dram";
  result.layers[1].limits = {{"dram", 3000}};
  result.layers[1].cycles = 3000;
  result.layers[1].counters = {};
  sum_up(result, 1e9);
  EXPECT_EQ(bound_shares_text(result), "dram 75.0%, input 25.0% (entries a cycle)");
  EXPECT_EQ(limits_text(total_limits(result)), "dram 3.00k, input 1.00k");
  EXPECT_EQ(bound_shares_text(Result{}), "");
}

}  // namespace
}  // namespace escalate
