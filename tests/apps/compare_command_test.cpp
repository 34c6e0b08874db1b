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
            HasSubstr("energy [sparten = 1]")));
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

/// Totals of a comparison of one small layer, by accelerator.
Json totals(const std::vector<std::string>& options) {
  std::vector<std::string> args = {kNetwork, "--layers", "fc", "--quiet", "--json"};
  args.insert(args.end(), options.begin(), options.end());
  return Json::parse(printed(args)).at("networks").at(0).at("total");
}

TEST(CompareCommand, TakesTheMachineAndDenseAmongTheAccelerators) {
  const Json total = totals({"--accelerators", "escalate,eyeriss,scnn,sparten,dense"});
  std::vector<std::string> names;
  for (const auto& entry : total.items()) names.push_back(entry.key());
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("escalate", "eyeriss", "scnn", "sparten", "dcnn"));
  EXPECT_EQ(totals({"--reference", "dense", "--against", "scnn"}),
            totals({"--reference", "dcnn", "--against", "scnn"}));
}

TEST(CompareCommand, TakesAnAcceleratorsParametersFromAFile) {
  const TemporaryFolder folder;
  const std::string published = "scnn=" ESCALATE_SOURCE_DIR "/configs/scnn.yaml";
  const Json as_published =
      totals({"--accelerators", "scnn,sparten", "--accelerator-config", published});
  EXPECT_EQ(as_published.at("scnn").at("clock_mhz"), 1000);
  EXPECT_EQ(as_published.at("scnn").at("word_bits"), 16);
  for (const char* name : {"escalate", "sparten"}) {
    EXPECT_EQ(as_published.at(name).at("clock_mhz"), 800) << name;
    EXPECT_EQ(as_published.at(name).at("word_bits"), 8) << name;
    EXPECT_EQ(as_published.at(name).at("dram_bytes_per_ns"), 51.2) << name;
  }
  const std::string fewer = "scnn=" + folder.write("s.yaml", "pe_rows: 4\nclock_mhz: 700\n");
  const Json changed = totals({"--against", "scnn", "--accelerator-config", fewer, "--set",
                               "baselines.scnn.clock_mhz=600"});
  EXPECT_EQ(changed.at("scnn").at("multipliers"), 512);
  EXPECT_EQ(changed.at("scnn").at("clock_mhz"), 600);
  EXPECT_EQ(changed.at("scnn").at("word_bits"), 8);
}

TEST(CompareCommand, PrintsTheTermsOfAllMachinesInALineUnlessTheyDiffer) {
  const std::vector<std::string> same = {kNetwork, "--layers", "fc", "--against", "scnn"};
  EXPECT_THAT(printed(same),
              HasSubstr("all at 800 MHz, with words of 8 bits, DRAM of 51.2 GB/s, batch 1\n"));
  std::vector<std::string> different = same;
  different.insert(different.end(), {"--set", "baselines.scnn.word_bits=16"});
  EXPECT_THAT(printed(different),
              AllOf(HasSubstr("words [bits]"), testing::Not(HasSubstr("all at "))));
}

TEST(CompareCommand, RefusesAnAcceleratorsFileThatItCannotTake) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& assignment, const std::string& message) {
    EXPECT_USER_ERROR(run_compare({kNetwork, "--quiet", "--accelerator-config", assignment}),
                      HasSubstr(message));
  };
  const std::string path = folder.write("s.yaml", "pe_rows: 4\naccumulator_bank: 32\n");
  refused("scnn=" + path, path + ":2: accumulator_bank: unknown key; did you mean");
  refused("scnn=" + folder.write("b.yaml", "accumulator_banks: 24\n"), ":1: accumulator_banks: ");
  refused("scnn", "expected NAME=FILE");
  refused("scn=" + path, "did you mean 'scnn'");
  refused("sparten-dense=" + path, "has the parameters of 'sparten'");
  refused("scnn=" + folder.file("none.yaml"), "none.yaml: cannot read");
}

TEST(CompareCommand, RunsWhatASettingSaysUnlessTheNameOfAVariantSaysIt) {
  const std::vector<std::string> set = {"--set", "baselines.sparten.sparsity=dense", "--against"};
  const auto with = [&](const std::string& names) {
    std::vector<std::string> args = set;
    args.push_back(names);
    return args;
  };
  EXPECT_TRUE(totals(with("sparten")).contains("sparten-dense"));
  EXPECT_TRUE(totals(with("sparten-one-sided")).contains("sparten-one-sided"));
  std::vector<std::string> args = {kNetwork, "--quiet"};
  for (const std::string& arg : with("sparten,sparten-dense")) args.push_back(arg);
  EXPECT_USER_ERROR(run_compare(args), HasSubstr("are both sparten-dense"));
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
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn,scnn"}), HasSubstr("given twice"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn", "--accelerators", "dcnn"}),
                    HasSubstr("another name of --against"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--set", "baselines.scnn.accumulator_banks=24"}),
                    HasSubstr("power of two"));
}

}  // namespace
}  // namespace escalate
