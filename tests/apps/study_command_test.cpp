#include "apps/study_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/support/command_run.h"
#include "tests/support/shell_run.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class StudyCommand : public testing::Test {
 protected:
  StudyCommand() {
    folder_.write("net.yaml",
                  "name: net\ninput: [8, 8, 8]\n"
                  "defaults: {coefficient_density: 0.3, weight_density: 0.5, activation_density: "
                  "0.5}\nlayers:\n  - {conv: a, K: 16, kernel: 3, then: relu}\n");
    folder_.write("alone.yaml",
                  "workloads: [net.yaml]\naxes: {blocks: [8, 4], ca.lanes: [16, 3]}\n"
                  "strategy: one-at-a-time\n");
    folder_.write("grid.yaml",
                  "workloads: [net.yaml]\naxes: {blocks: [4, 8], ca.lanes: [8, 16]}\n"
                  "constraints: [area_mm2 <= 1 x base]\n");
    write_study("");
  }
  void write_study(const std::string& more) {
    folder_.write(
        "study.yaml",
        "sweeps: [alone, grid]\nbase: {sweep: alone, name: default}\n"
        "figures:\n"
        "  - {kind: front, file: \"front-{workload}.svg\", title: f, sweeps: [grid], x: "
        "cycles, y: energy_pj}\n"
        "  - {kind: lines, file: lines.svg, title: l, sweep: grid, x: ca.lanes, y: "
        "cycles, series: blocks}\n"
        "tables:\n"
        "  - {kind: points, title: Points}\n"
        "  - {kind: best, title: Best, sweeps: [grid], by: [cycles], numbers: [cycles, "
        "energy_pj / base]}\n"
        "  - {kind: effects, title: Effects, sweep: alone, numbers: [cycles, area_mm2]}\n" +
            more);
  }
  CommandRun study(std::vector<std::string> args = {}) const {
    args.insert(args.begin(), {"study", folder_.path().string()});
    return command_run(args);
  }
  bool has(const std::string& file) const { return std::filesystem::exists(folder_.file(file)); }

  TemporaryFolder folder_;
};

TEST_F(StudyCommand, RunsSweepsAndMakesFiguresAndTables) {
  const CommandRun run = study();
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("alone     2         0       1      0\n"));
  EXPECT_THAT(run.out, AllOf(HasSubstr("failed points of alone by reason"),
                             HasSubstr("(blocks=8, ca.lanes=3)")));
  for (const char* file : {"front-net.svg", "lines.svg"}) {
    EXPECT_THAT(read_file(folder_.file(file)), StartsWith("<svg ")) << file;
  }
  const std::string page = read_file(folder_.file("tables.md"));
  EXPECT_THAT(
      page,
      AllOf(HasSubstr("| alone | 2 | 0 | 1 | 0 |\n"), HasSubstr("\n## Best\n\nnet, best of "),
            HasSubstr("| energy / default |"), HasSubstr("| ca.lanes | 3 | failed | failed |\n")));
}

TEST_F(StudyCommand, RunAgainSimulatesNothingAndMakesTheSameBytes) {
  // Machines of both sweeps run once.
  EXPECT_THAT(study().out, HasSubstr("\n4 ran now\n"));
  std::map<std::string, std::string> first;
  for (const char* file : {"front-net.svg", "lines.svg", "tables.md"}) {
    first[file] = read_file(folder_.file(file));
  }
  const CommandRun again = study();
  EXPECT_EQ(again.status, 0) << again.error;
  EXPECT_THAT(again.out, HasSubstr("\n0 ran now\n"));
  for (const auto& [file, bytes] : first) EXPECT_EQ(read_file(folder_.file(file)), bytes) << file;
}

TEST_F(StudyCommand, DrawsWhatAStoreHas) {
  const std::string store = folder_.file("elsewhere.sqlite");
  ASSERT_EQ(study({"--store", store, "-q"}).status, 0);
  const std::string page = read_file(folder_.file("tables.md"));
  std::filesystem::remove(folder_.file("tables.md"));
  const CommandRun drawn = study({"--store", store, "--draw-only"});
  EXPECT_EQ(drawn.status, 0) << drawn.error;
  EXPECT_THAT(drawn.out, Not(HasSubstr("ran now")));
  EXPECT_EQ(read_file(folder_.file("tables.md")), page);
  EXPECT_FALSE(has("study.sqlite"));
}

TEST_F(StudyCommand, ShowsPointsThatAreToDoWhenItOnlyDraws) {
  ASSERT_EQ(study({"-q"}).status, 0);
  folder_.write("grid.yaml",
                "workloads: [net.yaml]\naxes: {blocks: [4, 8], ca.lanes: [8, 16, 32]}\n");
  ASSERT_EQ(study({"-q", "--draw-only"}).status, 0);
  EXPECT_THAT(read_file(folder_.file("tables.md")), HasSubstr("| grid | 4 | 0 | 0 | 2 |"));
}

TEST_F(StudyCommand, WritesNothingWhereAPartHasNoPoint) {
  folder_.write("grid.yaml",
                "workloads: [net.yaml]\naxes: {blocks: [4, 8], ca.lanes: [8, 16]}\n"
                "constraints: [area_mm2 <= 0.001]\n");
  const CommandRun run = study({"-q"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.error, AllOf(HasSubstr("study.yaml:4: figures: front-net.svg: no point on 'net'"),
                               Not(HasSubstr("\nescalate"))));
  EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
  EXPECT_FALSE(has("lines.svg"));
  EXPECT_FALSE(has("tables.md"));
}

TEST_F(StudyCommand, StoppedWritesNothingAndGoesOnWhereItWas) {
  const std::string grid = "workloads: [net.yaml]\naxes: {blocks: [4, 8], ca.lanes: ";
  folder_.write("grid.yaml", grid + "{range: [1, 64, 1]}}\n");
  // The store is there once signals are heeded; a hundred points are not done by then.
  const ShellRun stopped = shell_run(
      folder_.path().string(),
      "\"$escalate\" study . -q & while kill -0 $! && [ ! -s study.sqlite ]; do sleep 0.01; done\n"
      "kill -TERM $!; wait $!");
  EXPECT_EQ(stopped.status, 1) << stopped.error;
  EXPECT_THAT(stopped.error, HasSubstr("stopped; the same command goes on where it was"));
  EXPECT_FALSE(has("tables.md"));
  EXPECT_FALSE(has("lines.svg"));
  folder_.write("grid.yaml", grid + "[8, 16]}\n");
  EXPECT_EQ(study({"-q"}).status, 0);
  EXPECT_TRUE(has("tables.md"));
}

TEST_F(StudyCommand, RefusesWhatIsWrongBeforeAnythingRuns) {
  write_study("  - {kind: none, title: t}\n");
  const CommandRun run = study({"-q"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.error, HasSubstr("study.yaml:10: kind: expected points, "));
  EXPECT_FALSE(has("study.sqlite"));
}

TEST_F(StudyCommand, RefusesOptionsThatWouldDoNothing) {
  EXPECT_THAT(study({"--draw-only", "--jobs", "2"}).error, HasSubstr("--jobs: "));
  EXPECT_THAT(study({"--draw-only"}).error, HasSubstr("study.sqlite"));
  folder_.write("t.csv", "x,y\n1,2\n");
  folder_.write("study.yaml",
                "figures: [{kind: columns, title: t, file: c.svg, table: t.csv, x: x, y: y}]\n");
  EXPECT_THAT(study({"--draw-only"}).error, HasSubstr("the study has no sweep"));
  EXPECT_EQ(study().status, 0);
  EXPECT_TRUE(has("c.svg"));
  EXPECT_FALSE(has("tables.md"));
}

}  // namespace
}  // namespace escalate
