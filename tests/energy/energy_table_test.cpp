#include "energy/energy_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

/// Written by hand in the form of Accelergy's output, version 0.4, with one area table.
const std::string kAccelergy = R"(ERT:
    version: '0.4'
    tables:
      - name: system.DRAM[1..1]
        actions:
          - name: read
            arguments:
                global_cycle_seconds: 1e-09
                action_latency_cycles: 1
            energy: 512.0
          - name: leak
            arguments: {}
            energy: 0.0
      - name: system.PE[0..191].line_buffer
        actions:
          - name: read
            arguments: {address_delta: 0, data_delta: 0}
            energy: 0.006
          - name: read
            arguments: {address_delta: 1, data_delta: 1}
            energy: 0.202
          - name: read
            arguments: {address_delta: 1, data_delta: 0}
            energy: 0.064
ART:
    version: '0.4'
    tables:
      - name: system.PE[0..191].line_buffer
        area: 747.5
      - name: system.network
        area: 1.0
)";

/// The line of the error that comes of `text`.
std::string error_of(const std::string& text) {
  return user_error([&] { EnergyTable::parse(text, "t.yaml"); });
}

/// A table of one entry with the given lines.
std::string with_entry(const std::string& lines) {
  return "sources:\n  a: {kind: published, text: paper}\nERT:\n  version: 0.4\n  tables:\n" + lines;
}

TEST(EnergyTable, TakesAccelergysOutput) {
  const EnergyTable table = EnergyTable::parse(kAccelergy, "ert.yaml");
  ASSERT_THAT(table.entries, SizeIs(3));
  const TableEntry* dram = table.find_component("dram");
  ASSERT_NE(dram, nullptr);
  EXPECT_EQ(dram->actions.value_of("read").value, 512);
  EXPECT_EQ(dram->actions.value_of("leak").value, 0);
  const TableEntry* buffer = table.find_component("line_buffer");
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(buffer->area_um2->value, 747.5);
  EXPECT_EQ(table.find_component("PE"), nullptr);
}

TEST(EnergyTable, TakesTheEnergyOfRandomBitsWhereAccelergyGivesSeveral) {
  const EnergyTable table = EnergyTable::parse(kAccelergy, "ert.yaml");
  EXPECT_EQ(table.find_component("line_buffer")->actions.value_of("read").value, 0.202);
}

TEST(EnergyTable, FindsNamesBehindTheirPlaces) {
  TableEntry entry;
  entry.name = "chip.pe[0..7].ring[0..3]";
  EXPECT_EQ(entry.short_name(), "ring");
  entry.name = "chip.pe[0..7].ring";
  EXPECT_EQ(entry.short_name(), "ring");
  entry.name = "ring";
  EXPECT_EQ(entry.short_name(), "ring");
}

TEST(EnergyTable, SurvivesItsFile) {
  EnergyTable table;
  table.name = "t.yaml";
  table.node_nm = 45;
  table.temperature_k = 350;
  table.sources = {{"a", NumberKind::kPublished, "a \"paper\", 2014: page 3"}};
  TableEntry sram;
  sram.name = "sram";
  sram.variant = "hp";
  sram.attributes = {{"width", 64}, {"depth", 4096}};
  sram.actions = {{"read", {14.9248, "a"}}, {"write", {0.1, ""}}};
  sram.area_um2 = {94915.3, "a"};
  sram.leakage_mw = {33.8625, ""};
  sram.cycle_ns = {0.431177, "a"};
  TableEntry bare;
  bare.name = "chip.x[0..3]";
  table.entries = {sram, bare};
  EXPECT_EQ(EnergyTable::parse(table.yaml(), "t.yaml"), table);
}

TEST(EnergyTable, KnowsTheSourceOfEachNumber) {
  const EnergyTable table = EnergyTable::parse(
      with_entry("  - {name: x, source: a, actions: [{name: go, energy: 1}]}\n"), "t.yaml");
  const TableNumber go = table.entries.at(0).actions.value_of("go");
  EXPECT_EQ(table.source(go.source).kind, NumberKind::kPublished);
  EXPECT_EQ(table.source("").kind, NumberKind::kUser);
  EXPECT_EQ(table.source("").text, "t.yaml");
}

TEST(EnergyTable, NamesFileLineAndKeyOfWhatIsWrong) {
  EXPECT_THAT(error_of("a: [\n"), AllOf(HasSubstr("t.yaml:"), HasSubstr("malformed YAML")));
  EXPECT_THAT(error_of("- 1\n"), HasSubstr("t.yaml:1"));
  EXPECT_THAT(error_of("sources: {}\n"), AllOf(HasSubstr("ERT"), HasSubstr("missing")));
  EXPECT_THAT(error_of("ERTS: {}\n"), AllOf(HasSubstr("t.yaml:1: ERTS"), HasSubstr("'ERT'")));
  EXPECT_THAT(error_of("ERT: {version: 0.1, tables: []}\n"), HasSubstr("0.3 or 0.4"));
  EXPECT_THAT(error_of("ERT:\n  version: 0.4\n  tables: 3\n"), HasSubstr("expected a list"));
  EXPECT_THAT(error_of(with_entry("  - {actions: []}\n")),
              AllOf(HasSubstr("t.yaml:6: name"), HasSubstr("missing")));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actoins: []}\n")),
              AllOf(HasSubstr("t.yaml:6: actoins"), HasSubstr("did you mean 'actions'")));
  EXPECT_THAT(error_of(with_entry("  - {name: x}\n")), HasSubstr("x.actions"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: [{name: go}]}\n")),
              HasSubstr("x.go.energy: is missing"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: [{name: go, energy: -1}]}\n")),
              AllOf(HasSubstr("x.go.energy"), HasSubstr("0 or more")));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: [{name: go, energy: 2e15}]}\n")),
              HasSubstr("x.go.energy: expected up to 1e+15, got 2e15"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: [{name: go, energy: much}]}\n")),
              HasSubstr("expected a number, got 'much'"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: [{name: go, energy: nan}]}\n")),
              HasSubstr("expected a number"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, source: b, actions: []}\n")),
              HasSubstr("'b' is not one of `sources`"));
  EXPECT_THAT(error_of(with_entry("  - {name: x, actions: []}\n  - {name: x, actions: []}\n")),
              AllOf(HasSubstr("t.yaml:7: x"), HasSubstr("given twice")));
  EXPECT_THAT(error_of("sources:\n  a: {kind: guess, text: t}\nERT: {version: 0.4, tables: []}\n"),
              AllOf(HasSubstr("t.yaml:2: a.kind"), HasSubstr("published, computed")));
}

}  // namespace
}  // namespace escalate
