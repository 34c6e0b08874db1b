#include "study/study.h"

#include <gmock/gmock.h>

#include "common/atomic_file.h"
#include "tests/study/small_study.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using StudyText = SmallStudy;

TEST_F(StudyText, GivesFiguresInOrderAndThePageOfTables) {
  const std::string text = std::string(kSweeps) +
                           "page: ../small.md\n"
                           "figures:\n"
                           "  - kind: front\n"
                           "    file: front-{workload}.svg\n"
                           "    title: \"{workload}: front\"\n"
                           "    sweeps: [grid]\n"
                           "    x: cycles\n"
                           "    y: energy_pj\n"
                           "  - {kind: scatter, file: all.svg, title: all, sweeps: [grid], "
                           "x: cycles, y: energy_pj}\n"
                           "tables:\n"
                           "  - {kind: points, title: Points}\n";
  EXPECT_THAT(study_file_names(study_of(text)),
              ElementsAre("front-one.svg", "front-two.svg", "all.svg", "tables.md"));
  const auto files = files_of(text);
  ASSERT_EQ(files.size(), 4u);
  EXPECT_THAT(files[0].text, HasSubstr(">one: front</text>"));
  EXPECT_THAT(files[1].text, HasSubstr(">two: front</text>"));
  EXPECT_EQ(files[3].text,
            "# Tables of small\n\n"
            "Written by `escalate study`; [what they say](../small.md).\n\n"
            "## Points\n\n"
            "| sweep | done | excluded | failed | to do |\n"
            "|---|---:|---:|---:|---:|\n"
            "| base | 8 | 0 | 0 | 0 |\n"
            "| grid | 12 | 0 | 0 | 0 |\n");
}

TEST_F(StudyText, MakesTheSameBytesTwice) {
  const std::string text = std::string(kSweeps) +
                           "figures: [{kind: lines, file: l.svg, title: t, sweep: grid, "
                           "x: ca.lanes, y: energy_pj, series: blocks}]\n"
                           "tables: [{kind: effects, title: e, sweep: base, numbers: [cycles]}]\n";
  const auto once = files_of(text), twice = files_of(text);
  ASSERT_EQ(once.size(), 2u);
  EXPECT_EQ(once[0].text, twice[0].text);
  EXPECT_EQ(once[1].text, twice[1].text);
}

TEST_F(StudyText, SaysWhereAndWhatIsWrong) {
  const std::string sweeps = "sweeps: [base, grid]\nbase: base\n";
  const std::string table = sweeps + "tables:\n  - {title: t, kind: ";
  const std::string figure = sweeps + "figures:\n  - {title: t, file: f.svg, kind: ";
  const std::vector<std::pair<std::string, const char*>> faults = {
      {"- a", "study.yaml:1: expected a mapping"},
      {"titel: a", "study.yaml:1: titel: unknown key; did you mean 'title'?"},
      {"sweeps: [none]", "study.yaml:1: sweeps: there is no sweep 'none'"},
      {"sweeps: [base, base]", "study.yaml:1: sweeps: 'base' is given twice"},
      {"sweeps: [../base]", "study.yaml:1: sweeps: expected the name of a specification"},
      {"sweeps: [study]", "study.yaml:1: sweeps: expected the name of a specification"},
      {"sweeps: [base]\nbase: grid", "study.yaml:2: base: the study has no sweep 'grid'"},
      {"sweeps: [base]\nbase: {sweep: bsae}",
       "study.yaml:2: sweep: the study has no sweep 'bsae'; did you mean 'base'?"},
      {"sweeps: [base]\n", "study.yaml:1: expected figures or tables"},
      {"page: \"a) [b](c\"", "study.yaml:1: page: expected a path"},
      {table + "pionts}",
       "study.yaml:4: kind: expected points, failures, base, best, front, "
       "effects or matrix, got 'pionts'; did you mean 'points'?"},
      {table + "points, sweep: base}", "study.yaml:4: sweep: unknown key"},
      {table + "effects, sweep: grid, numbers: [cycles]}",
       "study.yaml:4: sweep: expected a sweep of the strategy one-at-a-time"},
      {table + "effects, sweep: base, numbers: [cycels]}",
       "study.yaml:4: numbers: unknown quantity 'cycels'; did you mean 'cycles'?"},
      {table + "effects, sweep: base, numbers: [cycles / base]}",
       "study.yaml:4: numbers: expected plain quantities"},
      {table + "effects, sweep: base, numbers: cycles}",
       "study.yaml:4: numbers: expected a list of quantities"},
      {table + "effects, sweep: bas, numbers: [cycles]}",
       "study.yaml:4: sweep: the study has no sweep 'bas'; did you mean 'base'?"},
      {table + "matrix, sweep: grid, rows: blocks, columns: lanes, cells: [cycles]}",
       "study.yaml:4: columns: sweep 'grid' has no axis 'lanes'; it has blocks, ca.lanes"},
      {table + "matrix, sweep: base, rows: blocks, columns: blocks, cells: [cycles]}",
       "study.yaml:4: where: expected the value of 'ca.lanes': sweep 'base' has 2 of them"},
      {table + "matrix, sweep: grid, rows: blocks, columns: ca.lanes, cells: [{quantity: cycles, "
               "over: {blocks: 3}}]}",
       "study.yaml:4: blocks: sweep 'grid' has no value '3' of it; it has 4, 8"},
      {table + "best, sweeps: [], by: [cycles], numbers: [cycles]}",
       "study.yaml:4: sweeps: expected at least one"},
      {table + "best, sweeps: [grid], by: [top1_right], numbers: [cycles]}",
       "study.yaml:4: by: top1_right is to be large; expected top1_error"},
      {table + "front, sweeps: [base, grid], numbers: [cycles]}",
       "study.yaml:4: objectives: expected, as the sweeps are several"},
      {figure + "lines, sweep: grid, x: blocks, y: cycles}",
       "study.yaml:4: where: expected the value of 'ca.lanes': sweep 'grid' has 3 of them"},
      {figure + "lines, sweep: grid, x: blocks, y: cycles, where: {ca.lanes: 17}}",
       "study.yaml:4: ca.lanes: sweep 'grid' has no value '17' of it; it has 8, 16, 32"},
      {figure + "front, sweeps: [grid], x: cycles, y: energy_pj}",
       "study.yaml:4: file: such a figure is of one workload: expected {workload}"},
      {figure + "scatter, sweeps: [grid], x: cycles}", "study.yaml:4: y: is required and missing"},
      {figure + "scatter, sweeps: [grid], x: cycles, y: cycles, width: wide}",
       "study.yaml:4: width: expected column or page, got 'wide'"},
      {figure + "pie, sweeps: [grid]}",
       "study.yaml:4: kind: expected lines, front, scatter or "
       "columns, got 'pie'"},
      {"figures:\n  - {kind: columns, title: t, file: ../f.svg, table: t.csv, x: a, y: b}",
       "study.yaml:2: file: expected a name of letters"},
      {"figures:\n  - {kind: columns, title: t, file: f.svg, table: ../t.csv, x: a, y: b}",
       "study.yaml:2: table: expected the name of a file beside the study"}};
  for (const auto& [text, message] : faults) {
    EXPECT_USER_ERROR(study_of(text), StartsWith(message)) << text;
  }
}

TEST_F(StudyText, RefusesAFileOfTwoFigures) {
  const std::string figure =
      "  - {kind: scatter, file: a.svg, title: t, sweeps: [grid], x: cycles, y: energy_pj}\n";
  EXPECT_USER_ERROR(study_of(std::string(kSweeps) + "figures:\n" + figure + figure),
                    StartsWith("study.yaml:6: figures: 'a.svg' is the file of another figure"));
}

TEST_F(StudyText, WantsABaseThatHasTheWorkloads) {
  EXPECT_USER_ERROR(study_of("sweeps: [grid]\n"
                             "tables: [{kind: best, title: t, sweeps: [grid], by: [cycles], "
                             "numbers: [cycles / base]}]"),
                    StartsWith("study.yaml:2: numbers: the study has no base"));
  EXPECT_USER_ERROR(
      study_of("sweeps: [base, other]\nbase: base\n"
               "tables: [{kind: best, title: t, sweeps: [other], by: [cycles], "
               "numbers: [cycles / base]}]"),
      StartsWith("study.yaml:3: numbers: the base, sweep 'base', has no workload 'three'"));
  EXPECT_USER_ERROR(study_of("sweeps: [grid]\ntables: [{kind: base, title: t, numbers: [cycles]}]"),
                    StartsWith("study.yaml:2: kind: the study has no base"));
}

TEST_F(StudyText, SaysThatTheBaseIsNotDone) {
  const std::string text =
      std::string(kSweeps) + "tables: [{kind: base, title: t, numbers: [cycles]}]\n";
  EXPECT_USER_ERROR(files_of(text,
                             [](const std::string& sweep, SweepMember& member) {
                               if (sweep == "base") member.record.reset();
                             }),
                    StartsWith("study.yaml:3: base: the first point of sweep 'base' on 'one' is "
                               "not done (to do)"));
}

TEST_F(StudyText, SaysWhichFigureOrTableHasNoPoint) {
  const auto none = [](const std::string& sweep, SweepMember& member) {
    if (sweep == "grid") member.record->status = "failed";
  };
  for (const char* kind : {"front, file: \"f-{workload}.svg\", sweeps: [grid], x: cycles",
                           "scatter, file: f.svg, sweeps: [grid], x: cycles",
                           "lines, file: f.svg, sweep: grid, x: blocks, series: ca.lanes"}) {
    EXPECT_USER_ERROR(figure_of(std::string("y: energy_pj, kind: ") + kind, none),
                      testing::AllOf(StartsWith("study.yaml:5: figures: f"), HasSubstr("no point")))
        << kind;
  }
  for (const char* kind : {"best, sweeps: [grid], by: [cycles]", "front, sweeps: [grid]"}) {
    EXPECT_USER_ERROR(
        table_of(std::string("numbers: [cycles], kind: ") + kind, none),
        testing::AllOf(StartsWith("study.yaml:5: tables: T: "), HasSubstr("no point")))
        << kind;
  }
  EXPECT_USER_ERROR(
      table_of("kind: matrix, sweep: grid, rows: blocks, columns: ca.lanes, cells: [cycles]", none),
      StartsWith("study.yaml:5: tables: T: no point of sweep 'grid' on 'one' has cycles"));
}

TEST_F(StudyText, KeepsHostileTitlesFromBeingMarkup) {
  const auto files = files_of(
      "title: \"<script> [x](y)\"\nsweeps: [base]\n"
      "figures:\n"
      "  - {kind: scatter, file: a.svg, title: \"</text><script>\\e[2J\", sweeps: [base], "
      "x: {quantity: cycles, name: \"<b>\"}, y: energy_pj}\n"
      "tables: [{kind: matrix, title: \"# a | <img>\", sweep: base, rows: {parameter: blocks, "
      "name: "
      "\"a|<b>\"}, columns: {parameter: ca.lanes, name: \"<i>\"}, cells: [cycles]}]\n");
  EXPECT_THAT(files[0].text, Not(HasSubstr("<script>")));
  EXPECT_THAT(files[0].text, Not(HasSubstr("<b>")));
  EXPECT_THAT(files[0].text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(files[1].text, StartsWith("# Tables of \\<script\\> \\[x\\](y)\n"));
  EXPECT_THAT(files[1].text, HasSubstr("## \\# a \\| \\<img\\>\n"));
  EXPECT_THAT(files[1].text, HasSubstr("by a\\|\\<b\\> (lines) and \\<i\\> (columns)"));
  EXPECT_THAT(files[1].text, HasSubstr("| a\\|\\<b> | 16 | 8 |"));
}

TEST(MarkdownText, LeavesOrdinaryNamesAsTheyAre) {
  EXPECT_EQ(markdown_text("resnet20-cifar10 at 0.9, my_net's (2)"),
            "resnet20-cifar10 at 0.9, my_net's (2)");
  EXPECT_EQ(markdown_text("_a_ *b* `c`\nd"), "\\_a\\_ \\*b\\* \\`c\\`\\\\u000ad");
}

TEST(StudyFolder, IsReadWithTheSweepsBesideIt) {
  const TemporaryFolder folder;
  folder.write("net.yaml", "");
  folder.write("s.yaml", "workloads: [net.yaml]\naxes: {blocks: [4]}\n");
  folder.write("study.yaml", "sweeps: [s]\ntables: [{kind: points, title: t}]\n");
  const Study study = read_study(folder.path().string());
  EXPECT_EQ(study.title, folder.path().filename().string());
  EXPECT_EQ(study.sweeps->all.at(0).spec.axes.at(0).key, "blocks");
  folder.write("study.yaml", "sweeps: [s, none]\ntables: [{kind: points, title: t}]\n");
  EXPECT_USER_ERROR(read_study(folder.path().string()),
                    HasSubstr("study.yaml:1: sweeps: there is no sweep 'none' in the folder"));
  folder.write("s.yaml", "workloads: [net.yaml]\naxes: {blokcs: [4]}\n");
  EXPECT_USER_ERROR(read_study(folder.path().string()), HasSubstr("s.yaml:2: axes.blokcs"));
}

// The networks of one of them are not part of the project.
TEST(StudyFolder, OfTheProjectIsSound) {
  const std::string docs = source_folder() + "/docs/";
  EXPECT_THAT(
      study_file_names(read_study(docs + "studies/iso-area")),
      ElementsAre("balance-resnet20-cifar10.svg", "balance-resnet18-imagenet.svg", "look.svg",
                  "iso-area-resnet20-cifar10.svg", "iso-area-resnet18-imagenet.svg", "tables.md"));
  const std::string accuracy = docs + "studies/accuracy/";
  const Study study =
      parse_study(read_file(accuracy + "study.yaml"), "study.yaml", [&](const std::string& name) {
        return stored_sweep_spec(name, read_file(accuracy + name + ".yaml"));
      });
  EXPECT_THAT(study_file_names(study),
              ElementsAre("accuracy-cycles.svg", "accuracy-energy.svg", "tables.md"));
}

TEST(StudyFolder, DrawsTheCompressionCurveThatIsCommitted) {
  const std::string folder = source_folder() + "/docs/compression-curve";
  const Study study = read_study(folder);
  const auto files = study_files(study, StudyPoints(*study.sweeps, {}));
  ASSERT_EQ(files.size(), 3u);
  for (const StudyFile& file : files) {
    EXPECT_EQ(file.text, read_file(folder + "/" + file.name)) << "run escalate study " << folder;
  }
}

}  // namespace
}  // namespace escalate
