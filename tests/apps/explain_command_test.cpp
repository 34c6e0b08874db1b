#include "apps/explain_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "apps/simulate_command.h"
#include "apps/what_ifs.h"
#include "common/atomic_file.h"
#include "common/json.h"
#include "report/result.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kNetwork = source_folder() + "/workloads/zoo/resnet20-cifar10.yaml";

/// A result file of the quick run that `args` describe.
std::string simulated(const TemporaryFolder& folder, std::vector<std::string> args) {
  const std::string file = folder.file("r.json");
  args.insert(args.end(), {"--quiet", "-o", file});
  EXPECT_EQ(run_simulate(args), 0);
  return file;
}

Explanation explained(std::vector<std::string> args, const TemporaryFolder& folder) {
  const std::string file = folder.file("explained.json");
  args.insert(args.end(), {"--quiet", "-o", file});
  EXPECT_EQ(run_explain(args), 0);
  return read_result(file).explanation.value();
}

std::int64_t cycles_with(const Explanation& explanation, const std::string& parameter) {
  for (const WhatIf& what_if : explanation.what_ifs) {
    if (what_if.parameter == parameter) return what_if.cost.cycles;
  }
  ADD_FAILURE() << parameter;
  return 0;
}

TEST(ExplainCommand, SimulatesWhatItSaysOfEachParameter) {
  const TemporaryFolder folder;
  const std::string file =
      simulated(folder, {"--layer", "C=16,K=16,R=3,H=16,density=0.5", "--seed", "7"});
  const Explanation explanation = explained({file}, folder);
  EXPECT_EQ(explanation.base, cost_of(read_result(file)));
  EXPECT_EQ(explanation.what_ifs.size() + explanation.not_tried.size(),
            what_if_parameters().size());
  const std::string other = simulated(folder, {"--layer", "C=16,K=16,R=3,H=16,density=0.5",
                                               "--seed", "7", "--set", "mac.multipliers=10"});
  EXPECT_EQ(cycles_with(explanation, "mac.multipliers"), read_result(other).total.cycles);
}

TEST(ExplainCommand, PutsTheFastestFirst) {
  const TemporaryFolder folder;
  const Explanation explanation =
      explained({simulated(folder, {"--layer", "C=3,K=16,R=7,H=32,stride=2"})}, folder);
  EXPECT_TRUE(std::is_sorted(
      explanation.what_ifs.begin(), explanation.what_ifs.end(),
      [](const WhatIf& a, const WhatIf& b) { return a.cost.cycles < b.cost.cycles; }));
  EXPECT_EQ(explanation.not_tried.front().parameter, "ca.chunk");
}

TEST(ExplainCommand, SaysTheSameWithAnyNumberOfProcesses) {
  const TemporaryFolder folder;
  const std::string file = simulated(folder, {"--layer", "C=16,K=16,R=3,H=16,density=0.5"});
  EXPECT_EQ(explained({file, "--jobs", "3"}, folder), explained({file}, folder));
}

TEST(ExplainCommand, TakesOneLayerOfANetwork) {
  const TemporaryFolder folder;
  const std::string file = simulated(folder, {kNetwork});
  const Explanation explanation = explained({file, "layer1.0.conv1"}, folder);
  const Result whole = read_result(file);
  EXPECT_EQ(explanation.layers, "layer1.0.conv1");
  for (const LayerResult& layer : whole.layers) {
    if (layer.name == "layer1.0.conv1") {
      EXPECT_EQ(explanation.base.cycles, layer.cycles);
    }
  }
  EXPECT_USER_ERROR(run_explain({file, "layer9"}), HasSubstr("layer9"));
}

TEST(ExplainCommand, FindsANetworkThatLiesBesideTheResult) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  const std::string network = elsewhere.file("net.yaml");
  std::filesystem::copy_file(kNetwork, network);
  const std::string file = simulated(folder, {network, "--layers", "layer1.0.conv1"});
  std::filesystem::rename(network, folder.file("net.yaml"));
  EXPECT_GT(explained({file}, folder).base.cycles, 0);
}

TEST(ExplainCommand, RefusesANetworkThatIsNotThereOrHasChanged) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  const std::string network = elsewhere.file("net.yaml");
  std::filesystem::copy_file(kNetwork, network);
  const std::string file = simulated(folder, {network, "--layers", "layer1.0.conv1"});
  std::filesystem::remove(network);
  EXPECT_USER_ERROR(run_explain({file}),
                    AllOf(HasSubstr("net.yaml"), HasSubstr("is not there; --network FILE")));
  const std::string other = source_folder() + "/workloads/zoo/resnet18-imagenet.yaml";
  EXPECT_USER_ERROR(run_explain({file, "--network", other}),
                    HasSubstr("is not the network that " + file + " ran"));
}

TEST(ExplainCommand, RefusesResultsThatItCannotRunAgain) {
  const TemporaryFolder folder;
  const std::string file = simulated(folder, {"--layer", "C=8,K=8,R=1,H=4"});
  Json json = read_json(file);
  json["accelerator"] = "eyeriss";
  write_json(file, json);
  EXPECT_USER_ERROR(run_explain({file}), HasSubstr("expected a result of escalate"));
  json["accelerator"] = "escalate";
  json.erase("source");
  write_json(file, json);
  EXPECT_USER_ERROR(run_explain({file}), HasSubstr("does not say which network ran"));
}

}  // namespace
}  // namespace escalate
