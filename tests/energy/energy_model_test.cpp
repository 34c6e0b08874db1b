#include "energy/energy_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>

#include "common/atomic_file.h"
#include "energy/gate_counts.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Round numbers, so that sums can be made by hand: 2 pJ adders of 8 bits, 1 pJ a bit of register.
const std::string kTable = R"(sources:
  s: {kind: assumption, text: round numbers}
ERT:
  version: 0.4
  tables:
  - {name: adder, variant: horowitz, attributes: {width: 8}, actions: [{name: add, energy: 2}],
     area_um2: 80, leakage_mw: 0.008, source: s}
  - {name: multiplier, variant: horowitz, attributes: {width_a: 8, width_b: 8},
     actions: [{name: multiply, energy: 4}], area_um2: 640, leakage_mw: 0.064, source: s}
  - {name: multiplier, variant: horowitz, attributes: {width_a: 16, width_b: 16},
     actions: [{name: multiply, energy: 20}], area_um2: 2560, leakage_mw: 0.256, source: s}
  - {name: register_bit, actions: [{name: access, energy: 1}], area_um2: 10, leakage_mw: 0.001}
  - {name: mux2, actions: [{name: operate, energy: 0.5}], area_um2: 2, leakage_mw: 0}
  - {name: gate, actions: [{name: operate, energy: 0.25}], area_um2: 1, leakage_mw: 0}
  - {name: full_adder, variant: horowitz, actions: [{name: add, energy: 0.75}], area_um2: 6,
     leakage_mw: 0}
  - {name: wire_bit_mm, actions: [{name: transfer, energy: 0.125}]}
  - {name: dram_bit, variant: lpddr4, actions: [{name: transfer, energy: 8}]}
  - {name: dram_bit, variant: hbm2, actions: [{name: transfer, energy: 4}]}
  - {name: sram, variant: lstp, attributes: {width: 8, depth: 256},
     actions: [{name: read, energy: 3}, {name: write, energy: 5}], area_um2: 1000, leakage_mw: 0.5,
     cycle_ns: 1}
)";

CostModel costs(const EnergyConfig& config = {}) {
  return CostModel(config, EnergyTable::parse(kTable, "round.yaml"));
}

ComponentCost cost_of(const std::string& kind, const NamedValues<double>& attributes,
                      const EnergyConfig& config = {}) {
  return costs(config).cost({"x", "group", kind, attributes, 1});
}

/// 4 adders and a buffer at 1 GHz, whose counters are additions and bytes.
MachineComponents small_machine() {
  MachineComponents machine;
  machine.clock_hz = 1e9;
  machine.components = {{"adders", "datapath", "adder", {{"width", 8}}, 4},
                        {"buffer", "memory", "sram", {{"width", 8}, {"depth", 256}}, 2},
                        {"dram", "dram", "dram", {{"width", 64}}, 1}};
  machine.rules = {{"adders", "add", "additions", 1},
                   {"buffer", "read", "bytes_read", 2},
                   {"dram", "read", "dram_bytes", 0.125}};
  return machine;
}

TEST(CostModel, ScalesAddersWithTheirWidthAndMultipliersWithTheProductOfTheirs) {
  EXPECT_EQ(cost_of("adder", {{"width", 4}}).action_pj.value_of("add"), 1);
  EXPECT_EQ(cost_of("adder", {{"width", 4}}).area_um2, 40);
  EXPECT_EQ(cost_of("multiplier", {{"width_a", 8}, {"width_b", 4}}).action_pj.value_of("multiply"),
            2);
  // 128 bit products lie a third of the way from 64 (4 pJ) to 256 (20 pJ).
  EXPECT_NEAR(
      cost_of("multiplier", {{"width_a", 16}, {"width_b", 8}}).action_pj.value_of("multiply"),
      4 + 16.0 / 3, 1e-12);
}

TEST(CostModel, RefusesUnitsLargerThanPublishedOnes) {
  EXPECT_USER_ERROR(cost_of("adder", {{"width", 9}}),
                    AllOf(HasSubstr("round.yaml: adder"), HasSubstr("larger than the largest")));
}

TEST(CostModel, BuildsRegisterFilesOfBitsAndMultiplexers) {
  const ComponentCost cost = cost_of("register_file", {{"width", 10}, {"depth", 8}});
  EXPECT_EQ(cost.action_pj.value_of("write"), 10);
  EXPECT_EQ(cost.action_pj.value_of("read"), 10 * (1 + 3 * 0.5));  // three stages of a tree of 8
  EXPECT_EQ(cost.area_um2, 10 * (8 * 10 + 7 * 2));
  EXPECT_NEAR(cost.leakage_mw, 10 * 8 * 0.001, 1e-12);
}

TEST(CostModel, CountsGatesOfLogic) {
  const GateCounts gates = {.mux2 = 4, .gates = 8, .adder_bits = 2, .registers = 3};
  const ComponentCost cost = cost_of("logic", gates.attributes());
  EXPECT_EQ(cost.action_pj.value_of("operate"), 4 * 0.5 + 8 * 0.25 + 2 * 0.75 + 3 * 1);
  EXPECT_EQ(cost.area_um2, 4 * 2 + 8 * 1 + 2 * 6 + 3 * 10);
}

TEST(CostModel, TakesWiresByLengthAndDramByType) {
  EXPECT_EQ(cost_of("wire", {{"width", 16}, {"length_mm", 2}}).action_pj.value_of("transfer"), 4);
  EXPECT_EQ(cost_of("dram", {{"width", 64}}).action_pj.value_of("read"), 512);
  EnergyConfig hbm2;
  hbm2.dram_type = DramType::kHbm2;
  EXPECT_EQ(cost_of("dram", {{"width", 64}}, hbm2).action_pj.value_of("write"), 256);
}

TEST(CostModel, NamesWhatATableLacks) {
  EnergyConfig config;
  config.dram_type = DramType::kDdr3;
  EXPECT_USER_ERROR(cost_of("dram", {{"width", 64}}, config),
                    AllOf(HasSubstr("round.yaml: dram_bit"), HasSubstr("ddr3")));
  EXPECT_THROW(cost_of("adder", {}), InternalError);
  EXPECT_THROW(cost_of("abacus", {}), InternalError);
}

/// What a memory of that size takes, of the class that the model chooses.
double memory_area(const CostModel& model, std::int64_t width, std::int64_t depth) {
  return model
      .cost({"x",
             "group",
             model.memory_kind(width, depth),
             {{"width", double(width)}, {"depth", double(depth)}},
             1})
      .area_um2;
}

TEST(CostModel, TakesRegistersOrAnSramWithUnusedWordsWhicheverIsSmaller) {
  const CostModel model{EnergyConfig{}};
  EXPECT_EQ(model.memory_kind(32, 64), "sram");
  EXPECT_EQ(model.memory_kind(32, 16), "sram");
  EXPECT_EQ(model.memory_kind(32, 2), "register_file");
  EXPECT_EQ(model.memory_kind(4, 2), "register_file");  // no SRAM is so narrow
  EXPECT_EQ(model.memory_kind(4, 1 << 20), "sram");     // which then is refused
  // 16 words are priced as the 64 of the smallest computed SRAM of that width, and it says so.
  EXPECT_EQ(memory_area(model, 32, 16), memory_area(model, 32, 64));
  const ComponentCost cost = model.cost({"x", "g", "sram", {{"width", 32}, {"depth", 16}}, 1});
  EXPECT_EQ(cost.made_of, "sram of 64 x 32 bits, 16 words used");
}

TEST(CostModel, HasNoCliffInTheAreaOfMemories) {
  for (const int node_nm : {65, 45, 32, 28, 22, 16, 7}) {
    EnergyConfig config;
    config.node_nm = node_nm;
    const CostModel model(config);
    for (const std::int64_t width : {8, 12, 16, 24, 32, 48, 64, 100, 128, 256}) {
      const double word = memory_area(model, width, 2) - memory_area(model, width, 1);
      for (std::int64_t depth = 1; depth < 300; ++depth) {
        const double here = memory_area(model, width, depth);
        const double deeper = memory_area(model, width, depth + 1);
        // A word more takes no less area, and at most a word of registers more.
        ASSERT_GE(deeper, here) << node_nm << " nm, " << depth << " x " << width;
        ASSERT_LE(deeper, here + 1.01 * word) << node_nm << " nm, " << depth << " x " << width;
      }
    }
  }
}

TEST(GateCounts, AreThoseOfTheNetworks) {
  EXPECT_EQ(permutation_network(64, 1).mux2, 64 * 6);
  EXPECT_EQ(permutation_network(16, 10).mux2, 16 * 4 * 10);
  EXPECT_EQ(prefix_popcount(8).adder_bits, 4 * 1 + 2 * 2 + 1 * 3 + (3 + 1) * 3);
  EXPECT_EQ(bit_gather_control(8).adder_bits, 4 * 1 + 2 * 2 + 1 * 3 + 3 * 1 + 1 * 2);
  EXPECT_EQ(bit_gather_control(8).gates, 2 * 4 * 3);
  EXPECT_EQ(word_multiplexer(6, 9).mux2, 45);
  EXPECT_EQ(pick_control(16, 6).gates, 384);
  EXPECT_EQ(ceil_log2(1), 0);
  EXPECT_EQ(ceil_log2(5), 3);
}

EnergyConfig unclocked() {
  EnergyConfig config;
  config.clock_ratio = 0;
  return config;
}

TEST(EnergyModel, IsCountersTimesTable) {
  const EnergyModel model(costs(unclocked()), small_machine());
  const EnergyReport report =
      model.evaluate({{"additions", 1000}, {"bytes_read", 10}, {"dram_bytes", 80}}, 1 << 20);
  const NamedValues<double> energy = report.by_group();
  EXPECT_EQ(energy.value_of("datapath"), 1000 * 2);
  EXPECT_EQ(energy.value_of("memory"), 10 * 2 * 3);
  EXPECT_EQ(energy.value_of("dram"), 80 * 64);
  // 4 x 0.008 + 2 x 0.5 mW at 1 GHz: 1.032 pJ a cycle.
  EXPECT_NEAR(energy.value_of("leakage"), 1.032 * (1 << 20), 1);
  EXPECT_NEAR(model.leakage_mw(), 1.032, 1e-12);
  EXPECT_EQ(report.entries.at(1).pj_each, 6);
  EXPECT_EQ(report.entries.at(1).counter, "bytes_read");
}

TEST(EnergyModel, ChargesTheClockNetworkWithEachOnChipAction) {
  EnergyConfig config;
  config.clock_ratio = 0.25;
  const NamedCounts counters = {{"additions", 1000}, {"bytes_read", 10}, {"dram_bytes", 80}};
  const EnergyReport clocked = EnergyModel(costs(config), small_machine()).evaluate(counters, 0);
  const EnergyReport without =
      EnergyModel(costs(unclocked()), small_machine()).evaluate(counters, 0);
  EXPECT_EQ(clocked.by_group().value_of(std::string(kClockTree)), (1000 * 2 + 10 * 2 * 3) / 4);
  EXPECT_EQ(clocked.total_pj(), without.total_pj() + (1000 * 2 + 10 * 2 * 3) / 4);
  EXPECT_EQ(without.by_group().value_of(std::string(kClockTree)), 0);
  for (const EnergyEntry& entry : clocked.entries) {
    EXPECT_FALSE(entry.group == kClockTree && entry.component == "dram");
  }
}

TEST(EnergyModel, HasTheClockRatioOfThePublishedDesign) {
  // energy/data/clock_network.csv: clock network over memory, registers and combinational logic.
  EXPECT_NEAR(EnergyConfig{}.clock_ratio, 1.874 / (5.416 + 1.026 + 0.841), 5e-4);
  const std::string data = read_file(source_folder() + "/energy/data/clock_network.csv");
  EXPECT_THAT(data, HasSubstr("EIE,45,800,1.874,5.416,1.026,0.841,"));
}

TEST(EnergyModel, SumsOfPartsEqualTheTotalExactly) {
  const CostModel model_costs{EnergyConfig{}};
  const EnergyModel model(model_costs, small_machine());
  EXPECT_TRUE(rc::check("sums are exact in any order", [&] {
    const auto count = [] { return *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000); };
    const EnergyReport report = model.evaluate(
        {{"additions", count()}, {"bytes_read", count()}, {"dram_bytes", count() / 1000}}, count());
    double backwards = 0;
    for (auto entry = report.entries.rbegin(); entry != report.entries.rend(); ++entry) {
      RC_ASSERT(std::abs(entry->pj - static_cast<double>(entry->count) * entry->pj_each) <
                1e-3 + 1e-12 * entry->pj);
      backwards += entry->pj;
    }
    RC_ASSERT(backwards == report.total_pj());
    RC_ASSERT(report.by_group().sum() == report.total_pj());
    RC_ASSERT(report.by_component().sum() == report.total_pj());
  }));
}

TEST(EnergyModel, AddsReportsLineByLine) {
  const EnergyModel model(costs(), small_machine());
  const NamedCounts counters = {{"additions", 5}, {"bytes_read", 1}, {"dram_bytes", 8}};
  EnergyReport sum;
  sum.add(model.evaluate(counters, 10));
  sum.add(model.evaluate(counters, 30));
  EXPECT_EQ(sum.entries.at(0).count, 10);
  EXPECT_EQ(sum.by_group().value_of("dram"), 2 * 512);
  EnergyReport other;
  other.entries.resize(1);
  EXPECT_THROW(sum.add(other), InternalError);
}

TEST(EnergyModel, GivesAreaByGroup) {
  const EnergyModel model(costs(), small_machine());
  EXPECT_DOUBLE_EQ(model.area_mm2_by_group().value_of("datapath"), 4 * 80e-6);
  EXPECT_DOUBLE_EQ(model.area_mm2_by_group().value_of("memory"), 2 * 1000e-6);
  EXPECT_FALSE(model.area_mm2_by_group().contains("dram"));
}

TEST(EnergyModel, ShowsWhatItsNumbersAreMadeFrom) {
  EXPECT_THAT(EnergyModel(costs(), small_machine()).components().csv(),
              HasSubstr("adder of 8 bits, s (assumption)"));
}

TEST(EnergyModel, RefusesRulesWithoutComponentActionOrCounter) {
  MachineComponents machine = small_machine();
  machine.rules.push_back({"adders", "subtract", "additions", 1});
  EXPECT_THROW(EnergyModel(costs(), machine), InternalError);
  machine.rules.back() = {"none", "add", "additions", 1};
  EXPECT_THROW(EnergyModel(costs(), machine), InternalError);
  machine = small_machine();
  machine.components.push_back(machine.components.front());
  EXPECT_THROW(EnergyModel(costs(), machine), InternalError);
  EXPECT_THROW(EnergyModel(costs(), small_machine()).evaluate({{"additions", 1}}, 1),
               InternalError);
}

/// A table as Accelergy would write it for small_machine().
EnergyTable users_table(const std::string& adder_action) {
  return EnergyTable::parse(R"(ERT:
  version: '0.4'
  tables:
  - name: chip.Adders[0..3]
    actions:
    - {name: )" + adder_action +
                                R"(, arguments: {}, energy: 7}
    - {name: leak, arguments: {}, energy: 0.25}
ART:
  version: '0.4'
  tables:
  - {name: "chip.Adders[0..3]", area: 123}
)",
                            "user.yaml");
}

TEST(EnergyModel, TakesTheUsersNumbersForTheComponentsTheyName) {
  const CostModel user_costs(EnergyConfig{}, users_table("add"));
  const EnergyModel model(user_costs, small_machine());
  const EnergyReport report =
      model.evaluate({{"additions", 10}, {"bytes_read", 0}, {"dram_bytes", 8}}, 100);
  EXPECT_EQ(report.by_group().value_of("datapath"), 70);
  EXPECT_DOUBLE_EQ(model.area_mm2_by_group().value_of("datapath"), 4 * 123e-6);
  for (const EnergyEntry& entry : report.entries) {
    if (entry.component == "adders" && entry.action == "leak") {
      EXPECT_EQ(entry.pj, 4 * 0.25 * 100);
    }
  }
  EXPECT_EQ(report.by_group().value_of("dram"), 8 * 8 * 8);  // the built-in table: 8 pJ a bit
  EXPECT_TRUE(model.cost("adders").from_user);
  EXPECT_EQ(model.cost("adders").action_basis(), "chip.Adders[0..3], user (user)");
  EXPECT_EQ(model.cost("adders").action_sources.at(0).text, "user.yaml");
}

TEST(EnergyModel, SaysWhatAUsersTableLacks) {
  const CostModel wrong_action(EnergyConfig{}, users_table("subtract"));
  EXPECT_USER_ERROR(EnergyModel(wrong_action, small_machine()),
                    AllOf(HasSubstr("user.yaml:4: chip.Adders[0..3].subtract"),
                          HasSubstr("is no action of the component; expected add or leak")));
  MachineComponents other = small_machine();
  other.components.erase(other.components.begin());
  other.rules.erase(other.rules.begin());
  const CostModel unnamed(EnergyConfig{}, users_table("add"));
  EXPECT_USER_ERROR(EnergyModel(unnamed, other), HasSubstr("names no component of the machine"));
}

/// What small_machine() makes of a table with these entries.
TableUse use_of(const std::string& entries) {
  const CostModel user_costs(
      EnergyConfig{},
      EnergyTable::parse("ERT:\n  version: '0.4'\n  tables:\n" + entries, "user.yaml"));
  return EnergyModel(user_costs, small_machine()).table_use().value();
}

const std::string kAdders = "  - {name: adders, actions: [{name: add, energy: 7}]}\n";

TEST(TableUse, RefusesAMisspeltComponentBesideOthersThatAreNot) {
  EXPECT_USER_ERROR(use_of(kAdders + "  - {name: bufer, actions: [{name: read, energy: 1}]}\n"),
                    AllOf(HasSubstr("user.yaml:5: bufer"), HasSubstr("did you mean 'buffer'?")));
  EXPECT_USER_ERROR(
      use_of(kAdders + "  - {name: chip.glb.bufffer, actions: [{name: read, energy: 1}]}\n"),
      AllOf(HasSubstr("user.yaml:5: chip.glb.bufffer"), HasSubstr("did you mean 'buffer'?")));
  EXPECT_USER_ERROR(use_of(kAdders + "  - {name: sram_of_mine, actions: []}\n"),
                    AllOf(HasSubstr("sram_of_mine"), HasSubstr("adders, buffer or dram")));
}

TEST(TableUse, RefusesAMisspeltOrMissingAction) {
  EXPECT_USER_ERROR(use_of("  - {name: buffer, actions: [{name: raed, energy: 1}]}\n"),
                    AllOf(HasSubstr("user.yaml:4: buffer.raed"), HasSubstr("did you mean 'read'")));
  EXPECT_USER_ERROR(
      use_of("  - {name: buffer, actions: [{name: read, energy: 1}, {name: wrte, energy: 1}]}\n"),
      AllOf(HasSubstr("buffer.wrte"), HasSubstr("did you mean 'write'")));
  EXPECT_USER_ERROR(use_of("  - {name: buffer, actions: [{name: write, energy: 1}]}\n"),
                    AllOf(HasSubstr("user.yaml:4: buffer"), HasSubstr("'read' is missing")));
}

TEST(TableUse, RefusesTwoEntriesOfOneComponent) {
  EXPECT_USER_ERROR(use_of(kAdders + "  - {name: \"chip.Adders[0..3]\", actions: []}\n"),
                    AllOf(HasSubstr("user.yaml:5: chip.Adders[0..3]"), HasSubstr("'adders'"),
                          HasSubstr("given already")));
}

TEST(TableUse, SaysWhatItTakesAndWhatItLeavesOfAnotherMachinesHierarchy) {
  const TableUse use = use_of(
      "  - {name: chip.adders, actions: [{name: add, energy: 7}, {name: idle, energy: 1}]}\n"
      "  - {name: chip.network, actions: [{name: transfer, energy: 1}]}\n");
  EXPECT_THAT(use.taken, testing::ElementsAre("adders"));
  EXPECT_THAT(use.left_out, testing::ElementsAre("chip.adders.idle", "chip.network"));
  EXPECT_EQ(use.text(),
            "user.yaml: the numbers of 1 of 3 components: adders\n"
            "user.yaml: left out, being nothing that this machine has: chip.adders.idle, "
            "chip.network\n");
}

TEST(TableUse, IsOfTheWholeMachineWhereTheProgramWroteTheTable) {
  const EnergyModel model(costs(), small_machine());
  const EnergyTable written = EnergyTable::parse(model.to_table("w").yaml(), "w.yaml");
  const EnergyModel again(CostModel(EnergyConfig{}, written), small_machine());
  EXPECT_TRUE(again.table_use()->is_complete());
  EXPECT_EQ(again.table_use()->text(), "w.yaml: the numbers of all 3 components\n");
}

TEST(NodeTable, RefusesWhatNoMachineAsksFor) {
  const auto error_of = [](const std::string& was, const std::string& is) {
    std::string text = kTable;
    const std::size_t at = text.find(was);
    text.replace(at, was.size(), is);
    return user_error([&] { CostModel(EnergyConfig{}, EnergyTable::parse(text, "node.yaml")); });
  };
  EXPECT_THAT(error_of("name: mux2", "name: mxu2"),
              AllOf(HasSubstr("node.yaml:13: mxu2"), HasSubstr("did you mean 'mux2'")));
  EXPECT_THAT(error_of("name: register_bit", "name: register_bits"),
              HasSubstr("did you mean 'register_bit'"));
  EXPECT_THAT(error_of("variant: lstp", "variant: lpst"),
              AllOf(HasSubstr("no variant 'lpst'"), HasSubstr("lstp or hp")));
  EXPECT_THAT(error_of("adder, variant: horowitz", "adder"), HasSubstr("variant ''"));
  EXPECT_THAT(error_of("attributes: {width: 8}", "attributes: {witdh: 8}"),
              AllOf(HasSubstr("unknown attribute 'witdh'"), HasSubstr("did you mean 'width'")));
  EXPECT_THAT(error_of("{width: 8, depth: 256}", "{width: 8}"), HasSubstr("'depth' is missing"));
  EXPECT_THAT(error_of("name: operate, energy: 0.5", "name: opreate, energy: 0.5"),
              HasSubstr("did you mean 'operate'"));
}

TEST(EnergyModel, WritesATableThatGivesTheSameEnergy) {
  const EnergyModel model(costs(), small_machine());
  const EnergyTable written = EnergyTable::parse(model.to_table("w").yaml(), "w.yaml");
  const EnergyModel again(CostModel(EnergyConfig{}, written), small_machine());
  const NamedCounts counters = {{"additions", 12345}, {"bytes_read", 678}, {"dram_bytes", 96}};
  EXPECT_EQ(again.evaluate(counters, 99999).entries, model.evaluate(counters, 99999).entries);
  EXPECT_EQ(again.area_mm2_by_component(), model.area_mm2_by_component());
}

TEST(EnergyModel, TablesOfAllNodesAreThere) {
  for (const int node : {65, 45, 32, 28, 22, 16, 7}) {
    EnergyConfig config;
    config.node_nm = node;
    const EnergyTable table = builtin_energy_table(node);
    EXPECT_EQ(table.node_nm, node);
    EXPECT_EQ(table.temperature_k, 350);
    EXPECT_NO_THROW(EnergyModel(CostModel(config), small_machine()));
  }
  EXPECT_USER_ERROR(builtin_energy_table(5),
                    AllOf(HasSubstr("expected 65, 45, 32, 28, 22, 16 or 7, got 5"),
                          HasSubstr("escalate energy --classes -o FILE.yaml")));
}

TEST(EnergyModel, TablesAreWhatTheDataGive) {
  if (std::system("python3 -c '' 2>/dev/null") != 0) GTEST_SKIP() << "python3 is not installed";
  const std::string script = source_folder() + "/scripts/energy_tables";
  EXPECT_EQ(std::system(("python3 '" + script + "' --check").c_str()), 0)
      << "run scripts/energy_tables";
}

TEST(EnergyModel, HasThePublishedNumbersAt45Nm) {
  const CostModel model{EnergyConfig{}};
  const auto pj = [&](const std::string& kind, const NamedValues<double>& size,
                      const std::string& action) {
    return model.cost({"x", "g", kind, size, 1}).action_pj.value_of(action);
  };
  EXPECT_DOUBLE_EQ(pj("adder", {{"width", 8}}, "add"), 0.03);
  EXPECT_DOUBLE_EQ(pj("adder", {{"width", 32}}, "add"), 0.1);
  EXPECT_DOUBLE_EQ(pj("multiplier", {{"width_a", 8}, {"width_b", 8}}, "multiply"), 0.2);
  EXPECT_DOUBLE_EQ(pj("multiplier", {{"width_a", 32}, {"width_b", 32}}, "multiply"), 3.1);
  EXPECT_DOUBLE_EQ(pj("dram", {{"width", 64}}, "read"), 512);
  EnergyConfig aladdin;
  aladdin.arithmetic = Arithmetic::kAladdin;
  const double other = CostModel(aladdin)
                           .cost({"x", "g", "multiplier", {{"width_a", 8}, {"width_b", 8}}, 1})
                           .action_pj.value_of("multiply");
  EXPECT_NEAR(other / 0.2, 4.56, 0.01);
}

}  // namespace
}  // namespace escalate
