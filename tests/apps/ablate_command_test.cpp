#include "apps/ablate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "common/json.h"
#include "energy/cost_model.h"
#include "report/ablation.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

const std::string kNetwork = source_folder() + "/workloads/zoo/resnet20-cifar10.yaml";

Json ablated(std::vector<std::string> args) {
  args.insert(args.end(), {"--quiet", "--json"});
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_ablate(args), 0);
  return Json::parse(testing::internal::GetCapturedStdout());
}

TEST(AblateCommand, SaysWhatEveryMechanismIsWorth) {
  const Json json = ablated({kNetwork, "--layers", "layer2.1.conv1"});
  EXPECT_EQ(json.at("schema"), kAblationSchema);
  const Json& runs = json.at("runs");
  ASSERT_EQ(runs.size(), 9u);
  const auto cycles = [&](const std::string& name) {
    for (const Json& run : runs) {
      if (run.at("name") == name) return run.at("cycles").get<std::int64_t>();
    }
    ADD_FAILURE() << name;
    return std::int64_t{0};
  };
  const std::int64_t base = cycles("as it is");
  for (const char* name : {"no zeros", "no concentration", "smallest queues"}) {
    EXPECT_GE(cycles(name), base) << name;
  }
  EXPECT_GT(cycles("no zeros"), cycles("no coefficient zeros"));
  for (const char* name : {"ideal.ca", "ideal.mac", "ideal.input", "ideal.dram"}) {
    EXPECT_LE(cycles(name), base) << name;
  }
}

TEST(AblateCommand, SaysWhatEveryMechanismCostsInEnergyAndArea) {
  const TemporaryFolder folder;
  const std::string table = folder.file("7nm.yaml");
  write_file(table, builtin_energy_table(7).yaml());
  const Json own = ablated({kNetwork, "--layers", "layer3.2.conv2", "--energy", table});
  const Json set = ablated({kNetwork, "--layers", "layer3.2.conv2", "--set", "energy.node_nm=7"});
  const Json built_in = ablated({kNetwork, "--layers", "layer3.2.conv2"});
  EXPECT_EQ(own.at("runs"), set.at("runs"));
  for (std::size_t i = 0; i < own.at("runs").size(); ++i) {
    EXPECT_LT(own["runs"][i]["energy_pj"], built_in["runs"][i]["energy_pj"]);
    EXPECT_LT(own["runs"][i]["area_mm2"], built_in["runs"][i]["area_mm2"]);
  }
}

TEST(AblateCommand, CountsTheDataOfBothOrdersOfComputation) {
  // 32 channels on 16 x 16, M = 6, 3 x 3: convolved first, 32 x 6 maps of 256 elements of 20 bits;
  // combined first, an element for each output channel, term and position.
  const Json json = ablated({kNetwork, "--layers", "layer2.1.conv1"});
  ASSERT_EQ(json.at("orders").size(), 1u);
  const Json& layer = json.at("orders").at(0);
  EXPECT_EQ(layer.at("convolved_bytes"), 32 * 6 * 256 * 20 / 8);
  EXPECT_GE(layer.at("combined_bytes"), 32 * 6 * 256 * 16 / 8);
  EXPECT_GT(layer.at("convolved_read_bytes"), 0);
  EXPECT_LT(json.at("queued_bytes"), layer.at("convolved_bytes"));
}

TEST(AblateCommand, RefusesOutputsOfOtherKinds) {
  EXPECT_USER_ERROR(run_ablate({kNetwork, "-o", "x.csv"}), HasSubstr(".json or .md"));
}

}  // namespace
}  // namespace escalate
