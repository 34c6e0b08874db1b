#include "report/result_energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "energy/accelerator_energy.h"
#include "machine/counters.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Two layers whose counters are set by hand, on the default machine.
Result counted_result() {
  Result result;
  MachineCounters conv;
  conv.dram_read_bytes = 4096;
  conv.macs = 1000;
  MachineCounters fc;
  fc.dram_written_bytes = 64;
  fc.coefficient_chunks_read = 77;
  result.layers.resize(2);
  result.layers[0].name = "conv";
  result.layers[0].cycles = 500;
  result.layers[0].counters = named_counts(conv);
  result.layers[1].name = "fc";
  result.layers[1].cycles = 300;
  result.layers[1].counters = named_counts(fc);
  return result;
}

Result charged_result() {
  Result result = counted_result();
  charge_energy(result, MachineConfig{}, EnergyConfig{});
  return result;
}

/// 2 pJ an addition; 1 mW of leakage at 1 GHz, 1 pJ a cycle.
EnergyModel round_model() {
  const auto table = EnergyTable::parse(R"(ERT:
  version: 0.4
  tables:
  - {name: adders, actions: [{name: add, energy: 2}], area_um2: 500000, leakage_mw: 1}
)",
                                        "round.yaml");
  MachineComponents machine;
  machine.clock_hz = 1e9;
  machine.components = {{"adders", "datapath", "adder", {{"width", 8}}, 1}};
  machine.rules = {{"adders", "add", "additions", 1}};
  EnergyConfig config;
  config.clock_ratio = 0;
  return EnergyModel(CostModel(config, table), machine);
}

TEST(ChargeEnergy, IsCountersTimesTableByHand) {
  Result result;
  result.layers.resize(2);
  result.layers[0].cycles = 100;
  result.layers[0].counters = {{"additions", 30}};
  result.layers[1].cycles = 50;
  result.layers[1].counters = {{"additions", 7}};
  charge_energy(result, round_model());
  EXPECT_EQ(result.layers[0].energy_pj, (NamedValues<double>{{"datapath", 60}, {"leakage", 100}}));
  EXPECT_EQ(result.layers[1].energy_pj, (NamedValues<double>{{"datapath", 14}, {"leakage", 50}}));
  EXPECT_EQ(result.total.energy_by_component_pj,
            (NamedValues<double>{{"datapath", 74}, {"leakage", 150}}));
  EXPECT_EQ(result.total.energy_pj, 224);
  EXPECT_EQ(result.total.cycles, 150);
  EXPECT_DOUBLE_EQ(result.total.seconds, 150e-9);
  EXPECT_EQ(result.area_mm2, (NamedValues<double>{{"datapath", 0.5}}));
}

TEST(ChargeEnergy, OfTheMachineIsThatOfItsModel) {
  const Result result = charged_result();
  const EnergyModel model = accelerator_energy(MachineConfig{}, CostModel{EnergyConfig{}});
  for (const LayerResult& layer : result.layers) {
    EXPECT_EQ(layer.energy_pj, model.evaluate(layer.counters, layer.cycles).by_group());
  }
  EXPECT_EQ(result.layers[0].energy_pj.value_of("dram"), 4096 * 8 * 8.0);  // LPDDR4: 8 pJ a bit
  EXPECT_EQ(result.layers[1].energy_pj.value_of("dram"), 64 * 8 * 8.0);
  EXPECT_EQ(result.area_mm2, model.area_mm2_by_group());
  EXPECT_EQ(result.config.at("energy").at("node_nm"), 45);
}

TEST(ChargeEnergy, CanBeDoneAgainWithAnotherTechnology) {
  Result result = charged_result();
  EnergyConfig energy;
  energy.node_nm = 22;
  charge_energy(result, MachineConfig{}, energy);
  Result fresh = counted_result();
  charge_energy(fresh, MachineConfig{}, energy);
  EXPECT_EQ(result, fresh);
  EXPECT_LT(result.total.energy_pj, charged_result().total.energy_pj);
}

TEST(ChargeEnergy, WantsEveryCounterThatItCharges) {
  Result result = counted_result();
  result.layers[1].counters = {{"macs", 5}};
  EXPECT_THROW(charge_energy(result, MachineConfig{}, EnergyConfig{}), InternalError);
}

TEST(ChargeEnergy, SumsExactlyInEveryOrder) {
  EXPECT_TRUE(rc::check("layers, groups and lines sum to the total", [] {
    Result result = counted_result();
    for (LayerResult& layer : result.layers) {
      for (const auto& [name, count] : NamedCounts(layer.counters)) {
        layer.counters[name] = count + *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
      }
      layer.cycles = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
    }
    charge_energy(result, MachineConfig{}, EnergyConfig{});
    double by_layer = 0;
    for (const LayerResult& layer : result.layers) {
      RC_ASSERT(layer_energy(result, layer).by_group() == layer.energy_pj);
      by_layer += layer.energy_pj.sum();
    }
    RC_ASSERT(by_layer == result.total.energy_pj);
    RC_ASSERT(result_energy(result).total_pj() == result.total.energy_pj);
    check_energy(result, "r.json");
  }));
}

TEST(ChargeEnergy, CanBeTracedFromTheFileAlone) {
  const Result result = charged_result();
  const Result again = result_from_json(Json::parse(result_to_json(result).dump()), "r.json");
  EXPECT_EQ(again, result);
  check_energy(again, "r.json");
  EXPECT_EQ(explain_energy(again).csv(), explain_energy(result).csv());
}

TEST(CheckEnergy, NamesWhatIsNotCountersTimesTable) {
  Result result = charged_result();
  result.layers[1].energy_pj["dram"] += 1;
  EXPECT_USER_ERROR(check_energy(result, "r.json"),
                    AllOf(HasSubstr("r.json: layers[1].energy_pj.dram: expected 4096 pJ"),
                          HasSubstr("got 4097")));
  result = charged_result();
  result.layers[0].counters["macs"] += 1;
  EXPECT_USER_ERROR(check_energy(result, "r.json"), HasSubstr("layers[0].energy_pj.multipliers"));
  result = charged_result();
  result.energy_table.clear();
  EXPECT_USER_ERROR(check_energy(result, "r.json"), HasSubstr("energy_table: is missing"));
}

TEST(ExplainEnergy, ShowsEveryLineWithItsSource) {
  const std::string text = explain_energy(charged_result()).csv();
  EXPECT_THAT(text, HasSubstr("dram,dram,read,dram_read_bytes,\"4,096\",64,262144.000,"));
  EXPECT_THAT(text, HasSubstr("leakage,multipliers,leak,cycles,800,"));
  EXPECT_THAT(text, HasSubstr("16 x 8 bits, horowitz (published)"));
  // Leakage comes from elsewhere than the energy of an action.
  EXPECT_THAT(text, testing::ContainsRegex("leakage,multipliers,leak,.*16 x 8 bits, "
                                           "aladdin_leakage \\(scaled\\)"));
  EXPECT_THAT(text,
              testing::ContainsRegex("gather_control,leak,.*219 adder_bits, aladdin_leakage"));
  EXPECT_THAT(text, Not(HasSubstr("pool_operands")));
  EXPECT_THAT(text, HasSubstr("\ntotal,"));
}

TEST(ExplainEnergy, HasTheTextOfEverySourceThatItNames) {
  const Result result = charged_result();
  std::set<std::string> ids;
  for (const NumberSource& source : result.energy_sources) {
    EXPECT_TRUE(ids.insert(source.id).second) << source.id;
    EXPECT_NE(source.text, "");
  }
  for (const EnergyLine& line : result.energy_table) {
    // "..., cacti (computed), ..."
    const bool named = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
      return line.basis.find(", " + id + " (") != std::string::npos;
    });
    EXPECT_TRUE(named) << line.component << ": " << line.basis;
  }
  EXPECT_THAT(sources_table(result.energy_sources).csv(),
              HasSubstr("horowitz,published,\"Horowitz, ISSCC 2014"));
}

TEST(ExplainEnergy, StandsAResultWithoutEnergy) {
  EXPECT_THAT(explain_energy(Result{}).csv(), HasSubstr("total,,,,,,0.000,0.0%,"));
}

}  // namespace
}  // namespace escalate
