#include "apps/sweep_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

#include "common/child_process.h"
#include "common/json.h"
#include "tests/support/command_run.h"
#include "tests/support/sanitizers.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SweepCommand : public testing::Test {
 protected:
  SweepCommand() {
    std::filesystem::create_directories(folder_.file("A"));
    std::filesystem::create_directories(folder_.file("B"));
    write_network("A/net.yaml", "K: 16, kernel: 3");
    write_network("B/net.yaml", "K: 64, kernel: 3");
  }
  void write_network(const std::string& file, const std::string& layer) {
    write_file(
        folder_.file(file),
        "name: tiny\ninput: [8, 8, 8]\n"
        "defaults: {coefficient_density: 0.3, weight_density: 0.5, activation_density: 0.5}\n"
        "layers:\n  - {conv: a, " +
            layer + ", then: relu}\n  - {conv: b, K: 16, kernel: 3, then: relu}\n");
  }
  std::string spec(const std::string& text) {
    write_file(folder_.file("s.yaml"), text);
    return folder_.file("s.yaml");
  }
  static CommandRun sweep(std::vector<std::string> args) {
    args.insert(args.begin(), "sweep");
    return command_run(args);
  }
  /// The sweep as JSON; the rest of the call in `args`.
  static Json json_of(std::vector<std::string> args) {
    args.emplace_back("--json");
    const CommandRun run = sweep(args);
    EXPECT_EQ(run.status, 0) << run.error;
    return Json::parse(run.out);
  }
  static std::vector<std::string> texts(const Json& list, const std::string& key) {
    std::vector<std::string> all;
    for (const Json& one : list) all.push_back(one.at(key));
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(SweepCommand, TellsWorkloadsOfOneFileNameApartEverywhere) {
  const std::string file = spec("workloads: [A/net.yaml, B/net.yaml]\naxes: {blocks: [4, 8]}\n");
  const CommandRun run = sweep({file, "-o", folder_.file("s.csv")});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("A/net"), HasSubstr("B/net")));
  EXPECT_THAT(read_file(folder_.file("s.csv")),
              AllOf(HasSubstr("\n0,A/net,4,done"), HasSubstr("\n3,B/net,8,done")));
  const Json json = json_of({file, "--show"});
  EXPECT_EQ(json.at("workloads"), (Json{"A/net", "B/net"}));
  EXPECT_THAT(texts(json.at("points"), "workload"),
              ElementsAre("A/net", "A/net", "B/net", "B/net"));
  EXPECT_THAT(texts(json.at("sensitivity"), "workload"),
              ElementsAre("A/net", "A/net", "B/net", "B/net"));
  // Each network has a front of its own, and its own cycles.
  EXPECT_NE(json.at("points")[0].at("values").at("cycles"),
            json.at("points")[2].at("values").at("cycles"));
  EXPECT_EQ(json_of({folder_.file("s.sqlite"), "--show"}), json);
}

TEST_F(SweepCommand, RunsWorkloadsThatDifferInAWindowOnly) {
  write_network("wide.yaml", "K: 16, kernel: [1, 9], pad: [0, 4]");
  write_network("high.yaml", "K: 16, kernel: [9, 1], pad: [4, 0]");
  const Json points =
      json_of({spec("workloads: [wide.yaml, high.yaml]\nobjectives: [cycles]\n")}).at("points");
  for (const Json& point : points) {
    const std::string file = folder_.file(point.at("workload").get<std::string>() + ".yaml");
    const CommandRun run = command_run({"simulate", file, "--json"});
    EXPECT_EQ(point.at("values").at("cycles"),
              Json::parse(run.out).at("total").at("cycles").get<double>());
  }
  EXPECT_NE(points[0].at("values").at("cycles"), points[1].at("values").at("cycles"));
}

TEST_F(SweepCommand, ShowsWhatAChangedSpecificationSays) {
  const std::string begin = "workloads: [A/net.yaml]\nobjectives: [cycles]\naxes: {blocks: ";
  const std::string file = spec(begin + "[1, 2]}\n");
  EXPECT_EQ(sweep({file, "-q"}).status, 0);
  spec(begin + "[2, 4]}\n");
  EXPECT_THAT(texts(json_of({file, "--show"}).at("points"), "status"),
              ElementsAre("done", "to do"));
  EXPECT_EQ(sweep({file, "-q"}).status, 0);
  EXPECT_THAT(texts(json_of({file, "--show"}).at("points"), "status"), ElementsAre("done", "done"));
  // The same text of another network.
  write_network("A/net.yaml", "K: 8, kernel: 3");
  EXPECT_THAT(texts(json_of({file, "--show"}).at("points"), "status"),
              ElementsAre("to do", "to do"));
}

TEST_F(SweepCommand, TellsTheStudiesOfAStoreApartByNameAndNumber) {
  const std::string store = folder_.file("all.sqlite");
  const std::string begin = "workloads: [A/net.yaml]\nobjectives: [cycles]\n";
  for (const char* rest : {"axes: {blocks: [1]}\n", "axes: {blocks: [2]}\n",
                           "name: other\naxes: {blocks: [1, 2]}\n"}) {
    EXPECT_EQ(sweep({spec(begin + rest), "--store", store, "-q"}).status, 0);
  }
  const auto value = [&](const std::vector<std::string>& args) {
    std::vector<std::string> all = {store, "--show"};
    all.insert(all.end(), args.begin(), args.end());
    return json_of(all).at("points")[0].at("choice").at("blocks").get<int>();
  };
  EXPECT_EQ(value({"--number", "1"}), 1);
  EXPECT_EQ(value({"--number", "2", "--name", "s"}), 2);
  EXPECT_EQ(value({"--name", "other"}), 1);
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{}, {"--name", "s"}, {"--name", "none"}, {"--number", "4"}}) {
    std::vector<std::string> all = {store, "--show"};
    all.insert(all.end(), args.begin(), args.end());
    const CommandRun run = sweep(all);
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.error, HasSubstr("one of the store's sweeps: 1 's', 2 's', 3 'other'"));
  }
}

TEST_F(SweepCommand, EndsWithAStatusWhereNothingIsDone) {
  const CommandRun run = sweep({spec("workloads: [A/net.yaml]\naxes: {ca.lanes: [3, 5]}\n"), "-q"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.error, HasSubstr("no point is done, 2 of 2 failed"));
  // Again, from the store: no table of what there is not.
  const CommandRun again = sweep({folder_.file("s.yaml")});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.out, AllOf(HasSubstr("failed points by reason"), Not(HasSubstr("best points")),
                               Not(HasSubstr("Pareto front"))));
  // Machines that cannot be are part of a search.
  EXPECT_EQ(sweep({spec("workloads: [A/net.yaml]\naxes: {ca.lanes: [3, 16]}\n"), "-q"}).status, 0);
}

TEST_F(SweepCommand, FindsValuesThatAreWrong) {
  const std::string file = spec("workloads: [A/net.yaml]\naxes: {blocks: [1, 2]}\n");
  const CommandRun run =
      sweep({file, "--drop-pick", "3", "-o", folder_.file("s.csv"), "--jobs", "2"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.out, HasSubstr(" differ"));
  EXPECT_THAT(run.error, HasSubstr("2 of 2 points failed by a fault of the program"));
  EXPECT_THAT(read_file(folder_.file("s.csv")), Not(HasSubstr("done")));
  // What was lost for a test is not mixed with what is right, nor is what was checked otherwise.
  EXPECT_THAT(texts(json_of({file}).at("points"), "status"), ElementsAre("done", "done"));
  spec("workloads: [A/net.yaml]\naxes: {blocks: [1, 2]}\nverify: none\n");
  EXPECT_THAT(texts(json_of({file, "--show"}).at("points"), "status"),
              ElementsAre("to do", "to do"));
  EXPECT_EQ(sweep({file, "--drop-pick", "3", "-q"}).status, 0);  // nobody looks
}

TEST_F(SweepCommand, AsDoCompareAndAblate) {
  for (const char* command : {"compare", "ablate"}) {
    const std::string output = folder_.file("out.json");
    const CommandRun run =
        command_run({command, folder_.file("A/net.yaml"), "--drop-pick", "3", "-o", output});
    EXPECT_EQ(run.status, 1) << command;
    EXPECT_EQ(run.out, "") << command;
    EXPECT_THAT(run.error, HasSubstr("escalate: tiny: ")) << command;
    EXPECT_THAT(run.error, HasSubstr(" differ")) << command;
    EXPECT_FALSE(std::filesystem::exists(output)) << command;
  }
}

TEST_F(SweepCommand, RefusesOptionsThatWouldDoNothing) {
  const std::string file = spec("workloads: [A/net.yaml]\naxes: {blocks: [1]}\n");
  EXPECT_EQ(sweep({file, "-q"}).status, 0);
  const std::string store = folder_.file("s.sqlite");
  for (const std::vector<std::string>& args : {std::vector<std::string>{file, "--name", "s"},
                                               {file, "--number", "1"},
                                               {file, "--store", ""},
                                               {file, "--task-points", "3"},
                                               {file, "--sbatch=--time=3"},
                                               {file, "--show", "--jobs", "2"},
                                               {file, "--show", "--retry-failed"},
                                               {file, "--engine", "slurm", "--drop-pick", "1"},
                                               {store},
                                               {store, "--show", "--store", store}}) {
    const CommandRun run = sweep(args);
    EXPECT_EQ(run.status, 2) << args[1];
    EXPECT_EQ(std::count(run.error.begin(), run.error.end(), '\n'), 1) << run.error;
  }
}

TEST_F(SweepCommand, SaysInOneLineThatTheSystemHasNoRoom) {
  if (kIsSanitized) GTEST_SKIP() << "UndefinedBehaviorSanitizer needs files of its own";
  const std::string file = spec("workloads: [A/net.yaml]\naxes: {blocks: [1, 2]}\n");
  int refused = 0;
  int done = 0;
  for (rlim_t files = 3; files < 16; ++files) {
    const std::string store = folder_.file("few-" + std::to_string(files) + ".sqlite");
    const std::string error = folder_.file("error");
    const std::string status = in_child_process([&] {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) return std::string("-1");
      if (std::freopen(error.c_str(), "w", stderr) == nullptr) return std::string("-1");
      const rlimit limit{files, files};
      ::setrlimit(RLIMIT_NOFILE, &limit);
      const int result =
          run_command_line({"sweep", file, "--store", store, "--jobs", "2", "-q"}, all_commands());
      std::fflush(nullptr);
      return std::to_string(result);
    });
    const std::string text = read_file(error);
    EXPECT_THAT(status, testing::AnyOf("0", "2")) << text;
    if (status == "2") {
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    }
    ++(status == "2" ? refused : done);
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(done, 0);
}

}  // namespace
}  // namespace escalate
