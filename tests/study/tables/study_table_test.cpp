#include "study/tables/study_table.h"

#include <gmock/gmock.h>

#include "common/atomic_file.h"
#include "tests/study/small_study.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using StudyTables = SmallStudy;

TEST_F(StudyTables, OfPointsCountEachStatus) {
  const std::string table =
      table_of("kind: points", [](const std::string& sweep, SweepMember& member) {
        if (sweep != "grid") return;
        if (member.number == 0) member.record->status = "failed";
        if (member.number == 1) member.record->status = "excluded";
        if (member.number > 8) member.record.reset();
      });
  EXPECT_THAT(table, HasSubstr("| base | 8 | 0 | 0 | 0 |\n| grid | 7 | 1 | 1 | 3 |\n"));
}

TEST_F(StudyTables, OfFailuresNamePointsAndReasons) {
  const std::string table =
      table_of("kind: failures, sweeps: [grid]", [](const std::string& sweep, SweepMember& member) {
        if (sweep != "grid" || member.number > 1) return;
        member.record->status = "failed";
        member.record->reason = "no <such> machine";
      });
  EXPECT_EQ(table,
            "grid\n\n"
            "| points | reason | which |\n|---:|---|---|\n"
            "| 2 | no \\<such> machine | 0, 1 (blocks=4, ca.lanes=8) |\n");
}

TEST_F(StudyTables, OfTheBaseHaveALineEachWorkload) {
  EXPECT_EQ(table_of("kind: base, numbers: [cycles, energy_pj, "
                     "{quantity: top1_right, name: right}, area_mm2]"),
            "| network | cycles | energy [µJ] | right [%] | area [mm²] |\n"
            "|---|---:|---:|---:|---:|\n"
            "| one | 500 | 16.0 | 50.0 | 32.00 |\n"
            "| two | 250 | 16.0 | 75.0 | 32.00 |\n");
}

TEST_F(StudyTables, OfTheBestStandBesideTheBaseWithWhatTheyChose) {
  EXPECT_EQ(table_of("kind: best, sweeps: [grid], by: [{quantity: cycles, name: fewest cycles}, "
                     "energy_pj], numbers: [cycles, energy_pj / base]"),
            "one, best of 5\n\n"
            "|  | default | fewest cycles | energy |\n|---|---:|---:|---:|\n"
            "| `blocks` | 8 | 8 | 4 |\n"
            "| `ca.lanes` | 16 | 8 | 8 |\n"
            "| cycles | 500 | 500 | 1,000 |\n"
            "| energy / default | 1.000 | 0.500 | 0.500 |\n"
            "\ntwo, best of 5\n\n"
            "|  | default | fewest cycles | energy |\n|---|---:|---:|---:|\n"
            "| `blocks` | 8 | 8 | 4 |\n"
            "| `ca.lanes` | 16 | 8 | 8 |\n"
            "| cycles | 250 | 250 | 500 |\n"
            "| energy / default | 1.000 | 0.500 | 0.500 |\n");
}

TEST_F(StudyTables, CountAMachineOfSeveralSweepsOnce) {
  // `base` has 8 blocks with 16 and 8 lanes as `grid` has, 4 with 16, and 2 of its own.
  EXPECT_THAT(table_of("kind: best, sweeps: [base, grid], by: [cycles], numbers: [cycles]"),
              StartsWith("one, best of 6\n"));
}

TEST_F(StudyTables, OfAFrontHaveALineEachPoint) {
  EXPECT_EQ(table_of("kind: front, sweeps: [grid], numbers: [cycles, energy_pj]"),
            "| network | cycles | energy [µJ] | blocks | ca.lanes |\n"
            "|---|---:|---:|---:|---:|\n"
            "| one | 500 | 8.00 | 8 | 8 |\n"
            "| two | 250 | 8.00 | 8 | 8 |\n");
  EXPECT_EQ(table_of("kind: front, sweeps: [grid], numbers: [cycles], "
                     "objectives: [area_mm2, cycles]"),
            "| network | cycles | blocks | ca.lanes |\n|---|---:|---:|---:|\n"
            "| one | 1,000 | 4 | 8 |\n| one | 500 | 8 | 8 |\n"
            "| two | 500 | 4 | 8 |\n| two | 250 | 8 | 8 |\n");
}

TEST_F(StudyTables, OfAFrontTakeNetworksOfOneTaskTogether) {
  // `two` is better in everything.
  EXPECT_EQ(table_of("kind: front, sweeps: [grid], numbers: [cycles], "
                     "objectives: [cycles, energy_pj, top1_error]"),
            "| network | cycles | blocks | ca.lanes |\n|---|---:|---:|---:|\n"
            "| two | 250 | 8 | 8 |\n");
}

TEST_F(StudyTables, OfEffectsStandOverTheFirstPoint) {
  EXPECT_EQ(table_of("kind: effects, sweep: base, numbers: [cycles, energy_pj, area_mm2]"),
            "| parameter | value | one: cycles | energy | two: cycles | energy | area |\n"
            "|---|---:|---:|---:|---:|---:|---:|\n"
            "| blocks | 4 | 2.000 | 1.000 | 2.000 | 1.000 | 0.500 |\n"
            "| blocks | 2 | 4.000 | 1.000 | 4.000 | 1.000 | 0.250 |\n"
            "| ca.lanes | 8 | 1.000 | 0.500 | 1.000 | 0.500 | 0.500 |\n");
}

TEST_F(StudyTables, OfEffectsSayWhatBecameOfAPoint) {
  const std::string table =
      table_of("kind: effects, sweep: base, numbers: [cycles, area_mm2], digits: 1",
               [](const std::string& sweep, SweepMember& member) {
                 if (sweep != "base" || member.choice[0] == "8") return;
                 if (member.workload == "one") member.record->status = "failed";
                 if (member.workload == "two" && member.choice[0] == "2") member.record.reset();
               });
  EXPECT_THAT(table, HasSubstr("| blocks | 4 | failed | 2.0 | 0.5 |\n"));
  EXPECT_THAT(table, HasSubstr("| blocks | 2 | failed | to do | failed |\n"));
}

TEST_F(StudyTables, OfTwoParametersHaveACellEachPair) {
  const std::string table = table_of(
      "kind: matrix, sweep: grid, rows: {parameter: ca.lanes, name: lanes}, columns: blocks, "
      "cells: [{quantity: cycles, over: {blocks: 8, ca.lanes: 16}, name: cycles / default}, "
      "cycles], "
      "digits: 2",
      [](const std::string& sweep, SweepMember& member) {
        if (sweep == "grid" && member.choice == SweepChoice{"4", "32"}) member.record.reset();
      });
  EXPECT_THAT(table, StartsWith("one: cycles / default, by lanes (lines) and blocks (columns)\n\n"
                                "| lanes | 4 | 8 |\n|---|---:|---:|\n"
                                "| 8 | 2.00 | 1.00 |\n| 16 | 2.00 | 1.00 |\n| 32 |  | 1.00 |\n"
                                "\none: cycles, by lanes"));
  EXPECT_THAT(table, HasSubstr("two: cycles, by lanes (lines) and blocks (columns)\n\n"
                               "| lanes | 4 | 8 |\n|---|---:|---:|\n"
                               "| 8 | 500 | 250 |\n"));
}

TEST_F(StudyTables, AreAllInThePageOfFileFormats) {
  const std::string page = read_file(source_folder() + "/docs/file-formats.md");
  for (const TableKind& kind : table_kinds()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(kind.name) + "` |"));
    for (const std::string& key : kind.keys) EXPECT_THAT(page, HasSubstr("`" + key));
  }
}

}  // namespace
}  // namespace escalate
