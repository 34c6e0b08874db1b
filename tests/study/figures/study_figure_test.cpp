#include "study/figures/study_figure.h"

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

class StudyFigures : public SmallStudy {
 protected:
  static std::string only(const std::string& declared) {
    const auto files = figure_of(declared);
    EXPECT_EQ(files.size(), 1u);
    return files.front().text;
  }
};

TEST_F(StudyFigures, OfLinesHaveOneForEachSeriesAndWorkload) {
  const std::string svg = only(
      "kind: lines, file: l.svg, sweep: grid, x: {parameter: ca.lanes, name: lanes}, "
      "y: energy_pj, series: blocks");
  EXPECT_EQ(count(svg, "<polyline "), 4);
  EXPECT_EQ(count(svg, "<title>blocks "), 12) << "a tip each point";
  EXPECT_THAT(svg, HasSubstr(">one, blocks 4</text>"));
  EXPECT_THAT(svg, HasSubstr(">two, blocks 8</text>"));
  EXPECT_THAT(svg, HasSubstr("energy [µJ]"));
  EXPECT_THAT(svg, HasSubstr(">lanes</text>"));
  for (const char* tick : {">8</text>", ">16</text>", ">32</text>"}) {
    EXPECT_THAT(svg, HasSubstr(tick));
  }
}

TEST_F(StudyFigures, OfOneWorkloadEachLeaveItOutOfTheLegend) {
  const auto files = figure_of(
      "kind: lines, file: \"l-{workload}.svg\", sweep: grid, x: ca.lanes, y: cycles, "
      "series: {parameter: blocks, name: B}");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].name, "l-one.svg");
  EXPECT_THAT(files[0].text, HasSubstr(">B 4</text>"));
  EXPECT_THAT(files[1].text, Not(HasSubstr("two, B")));
}

TEST_F(StudyFigures, OfLinesStandOverTheSamePointWithAnotherSetting) {
  // Half as many blocks take twice as long, whatever the lanes are.
  const std::string svg = only(
      "kind: lines, file: l.svg, sweep: grid, x: blocks, "
      "y: {quantity: cycles, over: {blocks: 8}}, where: {ca.lanes: 8}");
  EXPECT_THAT(svg, HasSubstr("cycles / that of blocks 8"));
  EXPECT_EQ(count(svg, "<polyline "), 2);
  EXPECT_THAT(svg, HasSubstr(">2</text>"));
}

TEST_F(StudyFigures, OfAFrontShowWhatWasTriedTheFrontAndTheBase) {
  const auto files = figure_of(
      "kind: front, file: \"f-{workload}.svg\", sweeps: [grid, base], x: cycles, y: area_mm2");
  ASSERT_EQ(files.size(), 2u);
  const std::string& svg = files[0].text;
  for (const char* name : {">tried</text>", ">Pareto front</text>", ">default</text>"}) {
    EXPECT_THAT(svg, HasSubstr(name));
  }
  // Six machines were tried; 4 and 8 blocks with 8 lanes are on the front; and the base.
  EXPECT_EQ(count(svg, "<title>blocks "), 6 + 2 + 1);
  EXPECT_EQ(count(svg, "<polyline "), 1);
}

TEST_F(StudyFigures, OfAFrontLeaveOutWhatIsManyTimesTheLeast) {
  const auto files = figure_of(
      "kind: front, file: \"f-{workload}.svg\", sweeps: [grid, base], x: cycles, y: area_mm2, "
      "most: 2");
  EXPECT_EQ(count(files[0].text, "<title>blocks "), 5 + 2 + 1);
  EXPECT_THAT(files[0].text, Not(HasSubstr("<title>blocks 2,")));
}

TEST_F(StudyFigures, OfAScatterHaveASeriesEachWorkload) {
  const std::string svg = only(
      "kind: scatter, file: s.svg, sweeps: [grid], x: cycles, y: {quantity: top1_right, name: "
      "right}");
  EXPECT_THAT(svg, HasSubstr(">one</text>"));
  EXPECT_THAT(svg, HasSubstr(">two</text>"));
  EXPECT_THAT(svg, HasSubstr("right [%]"));
  EXPECT_EQ(count(svg, "<title>blocks "), 12);
}

TEST_F(StudyFigures, OfMoreSeriesThanThereAreColoursAreRefused) {
  const auto many = [](const std::string& name) {
    if (name != "many") return small_sweep(name);
    return stored_sweep_spec(
        "many.yaml",
        "workloads: [one.yaml]\naxes: {blocks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "
        "11], ca.lanes: [8, 16]}\n");
  };
  EXPECT_USER_ERROR(
      parse_study("sweeps: [many]\nfigures:\n  - {kind: lines, file: l.svg, title: t, "
                  "sweep: many, x: ca.lanes, y: cycles, series: blocks}\n",
                  "study.yaml", many),
      StartsWith("study.yaml:3: kind: it would have 11 series, and a figure can "
                 "show 10"));
}

TEST_F(StudyFigures, AreAsWideAsAPageOrAColumn) {
  const std::string declared =
      "kind: scatter, file: s.svg, sweeps: [grid], x: cycles, y: energy_pj";
  EXPECT_THAT(only(declared), HasSubstr("width=\"505pt\""));
  EXPECT_THAT(only(declared + ", width: column"), HasSubstr("width=\"241pt\""));
}

TEST_F(StudyFigures, HaveNamesThatCanStandInAFolderWhateverWorkloadsAreCalled) {
  const auto sweep = [](const std::string&) {
    return stored_sweep_spec("s.yaml", "workloads: [\"a b.yaml\", \"<i>.yaml\"]\n");
  };
  const Study study = parse_study(
      "sweeps: [s]\nfigures:\n  - {kind: scatter, file: \"s-{workload}.svg\", title: "
      "\"{workload}\", "
      "sweeps: [s], x: cycles, y: energy_pj}\n",
      "study.yaml", sweep);
  for (const std::string& file : study_file_names(study)) {
    EXPECT_EQ(file.find_first_of("/<> "), file.npos) << file;
  }
  std::vector<SweepMember> members = small_members(study.sweeps->all[0].spec);
  const auto files = study_files(study, StudyPoints(*study.sweeps, {members}));
  EXPECT_THAT(files.back().text, HasSubstr("&lt;i&gt;"));
  EXPECT_THAT(files.back().text, Not(HasSubstr("<i>")));
}

class ColumnsFigure : public testing::Test {
 protected:
  std::string drawn_from(const std::string& csv, const std::string& declared) const {
    folder_.write("t.csv", csv);
    const std::string text =
        "figures:\n  - {kind: columns, title: t, file: f.svg, table: t.csv, " + declared + "}\n";
    const Study study = parse_study(text, folder_.file("study.yaml"), small_sweep);
    return study_files(study, StudyPoints(*study.sweeps, {})).front().text;
  }
  TemporaryFolder folder_;
};

TEST_F(ColumnsFigure, HasALineEachValueOfTheSeries) {
  const std::string svg = drawn_from("k,x,y\na,1,2\nb,1,3\na,2,4\nc,,\n",
                                     "x: {column: x, name: \"x [m]\"}, y: y, series: k, "
                                     "where: {k: a}");
  EXPECT_THAT(svg, HasSubstr("x [m]"));
  EXPECT_THAT(svg, HasSubstr("<title>k a, x 2, y 4</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("k b")));
  EXPECT_THAT(
      drawn_from("k,x,y\na,1,2\nb,1,3\na,2,4\n", "x: x, y: y, series: {column: k, name: K}"),
      HasSubstr(">K b</text>"));
}

TEST_F(ColumnsFigure, SaysWhatIsWrongWithTheTable) {
  EXPECT_USER_ERROR(drawn_from("x,y\n1,2\n", "x: x, y: z"),
                    testing::AllOf(HasSubstr("study.yaml:2: y: "), HasSubstr("no column 'z'")));
  EXPECT_USER_ERROR(drawn_from("x,y\n1,\n", "x: x, y: y"),
                    HasSubstr("t.csv: y: expected a number in row 1, got ''"));
  EXPECT_USER_ERROR(drawn_from("x,y\n1,2\n", "x: x, y: y, where: {x: 3}"),
                    HasSubstr("t.csv has no such row"));
  EXPECT_USER_ERROR(drawn_from("x,y\n1\n", "x: x, y: y"), HasSubstr("t.csv:2: expected 2 cells"));
}

TEST(FigureKinds, AreAllInThePageOfFileFormats) {
  const std::string page = read_file(source_folder() + "/docs/file-formats.md");
  for (const FigureKind& kind : figure_kinds()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(kind.name) + "` |"));
    for (const std::string& key : kind.keys) EXPECT_THAT(page, HasSubstr("`" + key));
  }
}

}  // namespace
}  // namespace escalate
