#include "apps/compare_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "common/json.h"
#include "report/comparison.h"
#include "report/result_energy.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kNetwork =
    std::string(ESCALATE_SOURCE_DIR) + "/workloads/zoo/resnet20-cifar10.yaml";

std::string printed(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_compare(args), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(CompareCommand, ComparesTheMachineWithAllOthersOnTheSelectedLayers) {
  const std::string text = printed({kNetwork, "--layers", "layer3.1.*", "--quiet", "--json"});
  const Json json = Json::parse(text);
  EXPECT_EQ(json.at("reference"), "escalate");
  const Json& network = json.at("networks").at(0);
  EXPECT_EQ(network.at("network"), "resnet20-cifar10");
  EXPECT_EQ(network.at("layers").size(), 2u);
  for (const char* name : {"eyeriss", "dcnn", "scnn", "sparten"}) {
    EXPECT_GT(network.at("total").at(name).at("speedup"), 1) << name;
  }
}

TEST(CompareCommand, PrintsATableByLayerAndOneOfTotals) {
  const std::string text = printed({kNetwork, "--layers", "layer2.0.*", "--against", "scnn",
                                    "--reference", "sparten", "--quiet"});
  EXPECT_EQ(text, "");
  EXPECT_THAT(
      printed({kNetwork, "--layers", "layer2.0.*", "--against", "scnn", "--reference", "sparten"}),
      AllOf(HasSubstr("layer2.0.conv1"), HasSubstr("geometric mean"), HasSubstr("EDP"),
            HasSubstr("energy efficiency")));
}

TEST(CompareCommand, TellsTheLayersThatNotEveryAcceleratorHas) {
  EXPECT_THAT(printed({kNetwork, "--against", "dcnn"}),
              HasSubstr("left out, because not every accelerator has them: layer2.0.subsample, "));
}

TEST(CompareCommand, WritesResultsThatReportCanRead) {
  const TemporaryFolder folder;
  printed({kNetwork, "--layers", "layer3.2.conv?", "--against", "eyeriss", "--quiet", "--results",
           folder.file("results"), "-o", folder.file("c.json")});
  for (const char* name : {"escalate", "eyeriss"}) {
    const std::string path = folder.file("results") + "/resnet20-cifar10." + name + ".json";
    const Result result = read_result(path);
    EXPECT_EQ(result.layers.size(), 2u);
    check_energy(result, path);
  }
  EXPECT_EQ(Json::parse(read_file(folder.file("c.json"))).at("schema"), kComparisonSchema);
}

TEST(CompareCommand, GivesTheOthersTheMachinesClockAndDramUnlessTheyAreSet) {
  const auto clocks = [&](const std::vector<std::string>& settings) {
    const TemporaryFolder folder;
    std::vector<std::string> args = {kNetwork,    "--layers",      "fc",          "--against",
                                     "scnn",      "--quiet",       "--reference", "sparten",
                                     "--results", folder.file("r")};
    for (const std::string& setting : settings) args.insert(args.end(), {"--set", setting});
    printed(args);
    const auto clock = [&](const std::string& name) {
      return read_result(folder.file("r") + "/resnet20-cifar10." + name + ".json")
          .config.at("clock_mhz")
          .get<double>();
    };
    return std::pair{clock("scnn"), clock("sparten")};
  };
  EXPECT_EQ(clocks({}), (std::pair{800.0, 800.0}));
  EXPECT_EQ(clocks({"clock_mhz=500"}), (std::pair{500.0, 500.0}));
  EXPECT_EQ(clocks({"baselines.scnn.clock_mhz=250"}), (std::pair{250.0, 800.0}));
}

TEST(CompareCommand, SizesTheOthersAsAskedForAndSaysWhatEachRan) {
  const auto total = [&](const std::string& iso) {
    return Json::parse(printed({kNetwork, "--layers", "fc", "--against", "scnn,sparten", "--quiet",
                                "--json", "--iso", iso}))
        .at("networks")
        .at(0)
        .at("total");
  };
  const Json mac = total("mac");
  EXPECT_EQ(mac.at("scnn").at("multipliers"), mac.at("escalate").at("multipliers"));
  const Json area = total("area");
  for (const char* name : {"scnn", "sparten"}) {
    EXPECT_LE(area.at(name).at("area_mm2"), area.at("escalate").at("area_mm2")) << name;
  }
  const Json sram = total("sram");
  EXPECT_NEAR(sram.at("scnn").at("memory_bytes").get<double>() /
                  sram.at("escalate").at("memory_bytes").get<double>(),
              1, 0.02);
  EXPECT_EQ(sram.at("scnn").at("ran").at("name"),
            "resnet20-cifar10.yaml, drawn with plain weights");
}

TEST(CompareCommand, GivesOnlySparseMachinesTheSparseNetwork) {
  const TemporaryFolder folder;
  const std::string sparse = folder.file("sparse.yaml");
  std::string text = read_file(kNetwork);
  text += "\n# another file of the same layers\n";
  write_file(sparse, text);
  const Json total =
      Json::parse(printed({kNetwork, "--layers", "fc", "--against", "scnn,dcnn,sparten-one-sided",
                           "--quiet", "--json", "--sparse-network", sparse}))
          .at("networks")
          .at(0)
          .at("total");
  const auto ran = [&](const char* name) {
    return total.at(name).at("ran").at("name").get<std::string>();
  };
  EXPECT_THAT(ran("scnn"), HasSubstr("sparse.yaml"));
  EXPECT_THAT(ran("dcnn"), HasSubstr("resnet20-cifar10.yaml"));
  EXPECT_THAT(ran("sparten-one-sided"), HasSubstr("resnet20-cifar10.yaml"));
}

TEST(CompareCommand, RefusesToPruneADrawnNetwork) {
  EXPECT_USER_ERROR(run_compare({kNetwork, "--layers", "fc", "--quiet", "--prune-weights", "0.5"}),
                    HasSubstr("--weight-density"));
}

TEST(CompareCommand, DrawsAtTheDensitiesAskedFor) {
  const auto run = [&](const std::string& option, const std::string& density) {
    const std::string text = printed({kNetwork, "--layers", "layer1.0.conv1", "--against", "scnn",
                                      "--quiet", "--json", option, density});
    return Json::parse(text).at("networks").at(0).at("layers").at(0);
  };
  const auto cycles = [](const Json& layer, const char* name) {
    return layer.at(name).at("cycles").get<std::int64_t>();
  };
  const Json sparse = run("--weight-density", "0.1");
  const Json dense = run("--weight-density", "0.9");
  EXPECT_LT(cycles(sparse, "scnn"), cycles(dense, "scnn"));
  EXPECT_EQ(cycles(sparse, "escalate"), cycles(dense, "escalate"));
  const Json few = run("--coefficient-density", "0.05");
  const Json many = run("--coefficient-density", "1");
  EXPECT_LT(cycles(few, "escalate"), cycles(many, "escalate"));
  EXPECT_EQ(cycles(few, "scnn"), cycles(many, "scnn"));
}

TEST(CompareCommand, RefusesWhatItCannotRunOrWriteBeforeItRuns) {
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "eyeris"}), HasSubstr("eyeriss"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "-o", "comparison.txt"}), HasSubstr(".json or .md"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn", "--reference", "scnn"}),
                    HasSubstr("--against"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--set", "baselines.scnn.accumulator_banks=24"}),
                    HasSubstr("power of two"));
}

}  // namespace
}  // namespace escalate
