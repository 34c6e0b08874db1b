#include "apps/compare_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "apps/energy_command.h"
#include "common/atomic_file.h"
#include "common/json.h"
#include "energy/cost_model.h"
#include "report/comparison.h"
#include "report/result_energy.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kNetwork = source_folder() + "/workloads/zoo/resnet20-cifar10.yaml";

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
            HasSubstr("energy efficiency of sparten over it")));
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
  const std::string published = "scnn=" + source_folder() + "/configs/scnn.yaml";
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

TEST(CompareCommand, RefusesParametersOfAMachineThatIsNotComparedWhateverItsNameBeginsWith) {
  EXPECT_USER_ERROR(
      run_compare({kNetwork, "--against", "eyeriss-v2", "--set", "baselines.eyeriss.rows=16"}),
      HasSubstr("has no effect here: eyeriss is not among those compared"));
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
  EXPECT_EQ(mac.at("scnn").at("arrangement"), "6 x 10 PEs of 4 x 4");
  EXPECT_EQ(mac.at("escalate").at("arrangement"), "8 x 4 x 6 rows of 5");
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
  EXPECT_USER_ERROR(run_compare({kNetwork, "-o", "comparison.txt"}),
                    HasSubstr(".json, .html, .csv or .md"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn", "--reference", "scnn"}),
                    HasSubstr("--against"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn,scnn"}), HasSubstr("given twice"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--against", "scnn", "--accelerators", "dcnn"}),
                    HasSubstr("another name of --against"));
  EXPECT_USER_ERROR(run_compare({kNetwork, "--set", "baselines.scnn.accumulator_banks=24"}),
                    HasSubstr("power of two"));
}

/// A small workload with these layers.
std::string workload(const std::string& layers) {
  return "name: small\ninput: [8, 8, 8]\ndefaults: {coefficient_density: 0.3, weight_density: 0.5, "
         "activation_density: 0.5}\nlayers:\n" +
         layers;
}

const std::string kTwoLayers =
    "  - {conv: a, K: 16, kernel: 3, then: relu}\n  - {conv: b, K: 16, kernel: 3, then: relu}\n";

/// Bytes by layer: name of the counter, accelerator, layer.
using Bytes = std::map<std::string, std::map<std::string, std::map<std::string, std::int64_t>>>;

/// What a workload of these layers moves to and from DRAM on every accelerator.
Bytes dram_bytes(const std::string& layers) {
  const TemporaryFolder folder;
  const std::string file = folder.write("w.yaml", workload(layers));
  const Json json = Json::parse(printed({file, "--quiet", "--json", "--images", "2"}));
  Bytes bytes;
  for (const Json& result : json.at("networks").at(0).at("results")) {
    for (const Json& layer : result.at("layers")) {
      for (const char* counter : {"dram_read_bytes", "dram_written_bytes"}) {
        bytes[counter][result.at("accelerator").get<std::string>()]
             [layer.at("name").get<std::string>()] = layer.at("counters").at(counter);
      }
    }
  }
  EXPECT_EQ(bytes["dram_read_bytes"].size(), 5u);
  return bytes;
}

/// Each accelerator writes `outputs` of two images from `layer`, in its own form: at most with half
/// as many bits again for places and whole bursts, at least a bit each.
void expect_output(const Bytes& bytes, const std::string& layer, std::int64_t outputs) {
  for (const auto& [accelerator, layers] : bytes.at("dram_written_bytes")) {
    EXPECT_GE(layers.at(layer), 2 * outputs / 8) << accelerator << " " << layer;
    EXPECT_LE(layers.at(layer), 2 * (outputs * 3 / 2 + 1024)) << accelerator << " " << layer;
  }
}

/// Eyeriss alone writes it, and reads it again, as the chip does.
void expect_kept_on_chip(const Bytes& bytes, const std::string& layer) {
  for (const auto& [accelerator, layers] : bytes.at("dram_written_bytes")) {
    EXPECT_EQ(layers.at(layer) == 0, accelerator != "eyeriss") << accelerator << " " << layer;
  }
}

TEST(CompareCommand, LetsTheNetworksOutputLeaveEveryAcceleratorThroughDram) {
  expect_output(dram_bytes("  - {conv: a, K: 16, kernel: 3, then: relu}\n"), "a", 16 * 64);
  const Bytes two = dram_bytes(kTwoLayers);
  expect_kept_on_chip(two, "a");
  expect_output(two, "b", 16 * 64);
  const Bytes classifier = dram_bytes(kTwoLayers + "  - {fc: c, K: 40}\n");
  expect_kept_on_chip(classifier, "b");
  expect_output(classifier, "c", 40);
  const Bytes flattened = dram_bytes(kTwoLayers + "  - {flatten: f}\n");
  expect_kept_on_chip(flattened, "a");
  expect_output(flattened, "b", 16 * 64);
}

TEST(CompareCommand, CountsASumThatIsTheNetworksOutputWithTheLayerThatFinishesIt) {
  const Bytes bytes = dram_bytes(kTwoLayers + "  - {add: sum, from: [b, a], then: relu}\n");
  expect_kept_on_chip(bytes, "a");
  expect_output(bytes, "b", 16 * 64);
}

TEST(CompareCommand, LeavesTheOutputToAPoolThatMakesItOnEveryAccelerator) {
  expect_kept_on_chip(dram_bytes(kTwoLayers + "  - {global_avgpool: p}\n"), "b");
  expect_kept_on_chip(dram_bytes(kTwoLayers + "  - {maxpool: p, kernel: 2}\n"), "b");
}

TEST(CompareCommand, ReadsTheNetworksInputFromDramOnEveryAccelerator) {
  // The same weights: what more is read in the first place is the input, 2 x 8 x 8 x 8 values of
  // which half are zero.
  const auto read_more = [](const Bytes& bytes, const std::string& accelerator) {
    const auto& layers = bytes.at("dram_read_bytes").at(accelerator);
    return layers.at("first") - layers.at("second");
  };
  const Bytes bytes = dram_bytes(
      "  - {conv: first, K: 8, kernel: 1, form: direct, weight_density: 1}\n"
      "  - {conv: second, K: 8, kernel: 1, form: direct, weight_density: 1}\n");
  for (const char* accelerator : {"escalate", "dcnn", "scnn", "sparten"}) {
    EXPECT_GE(read_more(bytes, accelerator), 2 * 512 / 2) << accelerator;
    EXPECT_LE(read_more(bytes, accelerator), 2 * (512 * 3 / 2 + 128)) << accelerator;
  }
  EXPECT_GE(bytes.at("dram_read_bytes").at("eyeriss").at("first"), 2 * 512);
  // A flattened input is the input.
  const Bytes flat = dram_bytes("  - {flatten: f}\n  - {fc: c, K: 40}\n");
  for (const auto& [accelerator, layers] : flat.at("dram_read_bytes")) {
    EXPECT_GE(layers.at("c"), 2 * (512 / 2 + 40 * 512 / 32)) << accelerator;
  }
}

TEST(CompareCommand, KeepsNetworksOfOneFileNameApart) {
  const TemporaryFolder folder;
  std::vector<std::string> files;
  for (const char* name : {"A", "B"}) {
    std::filesystem::create_directory(folder.file(name));
    files.push_back(
        folder.write(std::string(name) + "/net.yaml",
                     workload(name[0] == 'A' ? kTwoLayers : "  - {conv: a, K: 32, kernel: 3}\n")));
  }
  const std::string text = printed({files[0], files[1], "--json", "--quiet", "--results",
                                    folder.file("r"), "-o", folder.file("c.md")});
  const Json networks = Json::parse(text).at("networks");
  EXPECT_EQ(networks.at(0).at("network"), "A/net");
  EXPECT_EQ(networks.at(1).at("network"), "B/net");
  EXPECT_THAT(read_file(folder.file("c.md")),
              AllOf(HasSubstr("| A/net |"), HasSubstr("| B/net |")));
  int files_written = 0;
  for (const char* name : {"A", "B"}) {
    for (const char* accelerator : {"escalate", "eyeriss", "dcnn", "scnn", "sparten"}) {
      const Result result =
          read_result(folder.file("r") + "/" + name + "_net." + accelerator + ".json");
      EXPECT_EQ(result.layers.size(), name[0] == 'A' ? 2u : 1u);
      EXPECT_EQ(result.source.file, "net.yaml");
      ++files_written;
    }
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.file("r")),
                          std::filesystem::directory_iterator()),
            files_written);
  EXPECT_USER_ERROR(run_compare({files[0], files[0], "--quiet"}), HasSubstr("is given twice"));
}

class ComparedWith : public testing::Test {
 protected:
  /// Of comparing `ours` with a network for the others.
  std::string error_of(const std::string& ours, const std::string& theirs,
                       const std::vector<std::string>& more = {}) {
    for (const char* option : {"--baseline-network", "--sparse-network"}) {
      std::vector<std::string> args = {folder_.write("ours.yaml", workload(ours)),
                                       option,
                                       folder_.write("theirs.yaml", workload(theirs)),
                                       "--quiet",
                                       "--against",
                                       "scnn"};
      args.insert(args.end(), more.begin(), more.end());
      error_ = user_error([&] { run_compare(args); });
    }
    return error_;
  }

  TemporaryFolder folder_;
  std::string error_;
};

TEST_F(ComparedWith, IsRefusedWhereALayerHasAnotherShapeOrIsMissing) {
  EXPECT_THAT(error_of(kTwoLayers,
                       "  - {conv: a, K: 16, kernel: 3, then: relu}\n"
                       "  - {conv: b, K: 32, kernel: 3, then: relu}\n"),
              AllOf(HasSubstr("theirs.yaml: b: is 16x8x8 to 32x8x8"), HasSubstr("ours.yaml")));
  EXPECT_THAT(error_of(kTwoLayers,
                       "  - {conv: a, K: 16, kernel: 3, groups: 8, then: relu}\n"
                       "  - {conv: b, K: 16, kernel: 3, then: relu}\n"),
              HasSubstr("theirs.yaml: a: is 8x8x8 to 16x8x8, kernel 3x3, pad 1, groups 8"));
  EXPECT_THAT(error_of("  - {conv: a, K: 16, kernel: 3, stride: 2}\n",
                       "  - {conv: a, K: 16, kernel: 3, pad: [0, 0, 2, 2], stride: 2}\n"),
              HasSubstr("pad 0 above, 0 left, 2 below, 2 right"));
  EXPECT_THAT(error_of(kTwoLayers, "  - {conv: a, K: 16, kernel: 3, then: relu}\n"),
              HasSubstr("theirs.yaml: b: is missing, but ours.yaml has that layer"));
  EXPECT_THAT(error_of(kTwoLayers, kTwoLayers + "  - {conv: c, K: 4, kernel: 1}\n"),
              HasSubstr("ours.yaml: c: is missing"));
  // Their names stand for other layers.
  EXPECT_THAT(error_of("  - {conv: a, K: 16, kernel: 3}\n  - {conv: b, K: 16, kernel: 3}\n",
                       "  - {conv: b, K: 16, kernel: 3}\n  - {conv: a, K: 16, kernel: 3}\n"),
              HasSubstr("theirs.yaml: a: is 16x8x8 to 16x8x8"));
}

TEST_F(ComparedWith, MayHaveLostChannelsIfThatIsSaid) {
  const std::string fewer =
      "  - {conv: a, K: 12, kernel: 3, then: relu}\n  - {conv: b, K: 16, kernel: 3, then: relu}\n";
  EXPECT_THAT(error_of(kTwoLayers, fewer), HasSubstr("--shrunk takes networks that have lost"));
  // Not those of the network's own output.
  EXPECT_THAT(error_of(kTwoLayers,
                       "  - {conv: a, K: 16, kernel: 3, then: relu}\n"
                       "  - {conv: b, K: 12, kernel: 3, then: relu}\n",
                       {"--shrunk"}),
              AllOf(HasSubstr("b: is 16x8x8 to 16x8x8"), HasSubstr("16x8x8 to 12x8x8")));
  EXPECT_THAT(error_of(kTwoLayers,
                       "  - {conv: a, K: 12, kernel: 5, then: relu}\n"
                       "  - {conv: b, K: 16, kernel: 3, then: relu}\n",
                       {"--shrunk"}),
              HasSubstr("kernel 5x5"));
  const std::string text =
      printed({folder_.write("ours.yaml", workload(kTwoLayers)), "--sparse-network",
               folder_.write("theirs.yaml", workload(fewer)), "--against", "scnn", "--shrunk"});
  EXPECT_THAT(text, HasSubstr("escalate and scnn do not do the same work: layer 'a' is"));
}

TEST_F(ComparedWith, MayHaveFoldedAStrideIfThatIsSaid) {
  const auto ours = [&](const std::string& input, const std::string& kernel) {
    std::string text =
        workload("  - {conv: a, K: 16, kernel: " + kernel + ", pad: 0, form: direct}\n");
    return folder_.write("ours.yaml", text.replace(text.find("[8, 8, 8]"), 9, input));
  };
  const std::string theirs =
      folder_.write("theirs.yaml", workload("  - {conv: a, K: 16, kernel: 3, stride: 2}\n"));
  const std::vector<std::string> rest = {"--sparse-network", theirs, "--against", "scnn"};
  const auto args = [&](const std::string& first, bool shrunk) {
    std::vector<std::string> all = {first};
    all.insert(all.end(), rest.begin(), rest.end());
    if (shrunk) all.push_back("--shrunk");
    return all;
  };
  const auto error_with = [&](const std::vector<std::string>& all) {
    return user_error([&] { run_compare(all); });
  };
  EXPECT_THAT(error_with(args(ours("[32, 5, 5]", "2"), false)),
              AllOf(HasSubstr("a: is 8x8x8 to 16x4x4"), HasSubstr("or folded a stride")));
  EXPECT_THAT(printed(args(ours("[32, 5, 5]", "2"), true)),
              HasSubstr("escalate and scnn do not do the same work: layer 'a' is 32x5x5"));
  // Too few channels, and a kernel that does not hold all taps.
  EXPECT_THAT(error_with(args(ours("[16, 5, 5]", "2"), true)), HasSubstr("not the same work"));
  EXPECT_THAT(error_with(args(ours("[32, 4, 4]", "1"), true)), HasSubstr("not the same work"));
}

/// The table of 45 nm with DRAM of twice the energy.
std::string table_of_dear_dram() {
  std::string table = builtin_energy_table(45).yaml();
  const std::size_t dram = table.find("lpddr4");
  const std::string energy = "energy: 8,";
  table.replace(table.find(energy, dram), energy.size(), "energy: 16,");
  return table;
}

TEST(CompareCommand, ChargesAllAcceleratorsByTheUsersTechnology) {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.yaml", workload(kTwoLayers));
  const std::string table = folder.write("own.yaml", table_of_dear_dram());
  const auto dram = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = {network, "--quiet", "--json", "--against", "scnn"};
    args.insert(args.end(), more.begin(), more.end());
    std::vector<double> energies;
    const Json json = Json::parse(printed(args));
    for (const Json& result : json.at("networks").at(0).at("results")) {
      energies.push_back(
          result_from_json(result, "json").total.energy_by_component_pj.value_of("dram"));
    }
    return energies;
  };
  const std::vector<double> built_in = dram({});
  const std::vector<double> own = dram({"--energy", table});
  ASSERT_EQ(own.size(), 2U);
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_DOUBLE_EQ(own[i], 2 * built_in[i]);
  const std::string of_components =
      folder.write("ert.yaml",
                   "ERT:\n  version: '0.4'\n  tables:\n"
                   "  - {name: line_adders, actions: [{name: add, energy: 7}]}\n");
  EXPECT_USER_ERROR(run_compare({network, "--energy", of_components}),
                    AllOf(HasSubstr("ert.yaml"), HasSubstr("expected a table of classes")));
}

TEST(CompareCommand, ChargesOneAcceleratorByATableOfItsComponents) {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.yaml", workload(kTwoLayers));
  const std::string table = folder.file("scnn.yaml");
  run_energy({"--accelerator", "scnn", "-o", table});
  const auto energies = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = {network, "--quiet", "--json", "--against", "scnn"};
    args.insert(args.end(), more.begin(), more.end());
    std::vector<NamedValues<double>> parts;
    const Json json = Json::parse(printed(args));
    for (const Json& result : json.at("networks").at(0).at("results")) {
      parts.push_back(result_from_json(result, "json").total.energy_by_component_pj);
    }
    return parts;
  };
  const auto built_in = energies({});
  EXPECT_EQ(energies({"--energy", "scnn=" + table}), built_in) << "its own table changes nothing";
  const std::string dear =
      folder.write("dear.yaml",
                   "ERT:\n  version: '0.4'\n  tables:\n"
                   "  - {name: multipliers, actions: [{name: multiply, energy: 1000}]}\n");
  const auto changed = energies({"--energy", "scnn=" + dear});
  EXPECT_EQ(changed[0], built_in[0]) << "the machine keeps its energies";
  EXPECT_GT(changed[1].value_of("multipliers"), 100 * built_in[1].value_of("multipliers"));
  EXPECT_EQ(changed[1].value_of("dram"), built_in[1].value_of("dram"));
}

TEST(CompareCommand, RefusesTablesOfNoAcceleratorThatRuns) {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.yaml", workload(kTwoLayers));
  const std::string table = folder.file("scnn.yaml");
  run_energy({"--accelerator", "scnn", "-o", table});
  const auto refused = [&](const std::vector<std::string>& tables) {
    std::vector<std::string> args = {network, "--against", "scnn"};
    for (const std::string& one : tables) args.insert(args.end(), {"--energy", one});
    try {
      run_compare(args);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused({"scn=" + table}), HasSubstr("did you mean 'scnn'?"));
  EXPECT_THAT(refused({"eyeriss=" + table}), HasSubstr("eyeriss is not among those compared"));
  EXPECT_THAT(refused({"scnn=" + table, "scnn=" + table}), HasSubstr("two tables for scnn"));
  EXPECT_THAT(refused({"escalate=" + table}), HasSubstr("is no component of the machine"));
  EXPECT_THAT(refused({table}), HasSubstr("or NAME=FILE for one of them"));
}

TEST(CompareCommand, SaysInEachResultWhatItWasOf) {
  const TemporaryFolder folder;
  const std::string file = folder.write("net.yaml", workload(kTwoLayers));
  const auto sources = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = {file, "--quiet", "--json", "--against", "scnn"};
    args.insert(args.end(), more.begin(), more.end());
    std::vector<RunSource> made;
    const Json json = Json::parse(printed(args));
    for (const Json& result : json.at("networks").at(0).at("results")) {
      made.push_back(result_from_json(result, "json").source);
    }
    return made;
  };
  const std::vector<RunSource> plain = sources({}), seeded = sources({"--seed", "2"});
  EXPECT_EQ(plain, sources({"--images", "2"}));
  EXPECT_NE(plain[0].network, plain[1].network) << "each has its own form";
  EXPECT_EQ(plain[0].drawn_from, plain[1].drawn_from);
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(plain[i].network.size(), 64u);
    EXPECT_NE(plain[i].drawn_from, seeded[i].drawn_from);
    EXPECT_NE(plain[i].network, seeded[i].network);
  }
}

}  // namespace
}  // namespace escalate
