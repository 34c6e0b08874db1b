// An option that would have no effect on a run is refused by its name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json.h"
#include "tests/support/command_run.h"
#include "tests/support/npy_text.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kTrained = source_folder() + "/workloads/samples/patterns-resnet8.onnx";

class OptionEffects : public testing::Test {
 protected:
  OptionEffects() {
    workload_ = folder_.write(
        "w.yaml",
        "{name: w, input: [4, 6, 6], defaults: {coefficient_density: 0.5, weight_density: 0.5, "
        "activation_density: 0.5}, layers: [{conv: a, K: 4, kernel: 3}, "
        "{conv: b, K: 4, kernel: 3, terms: 3}, {conv: c, K: 4, kernel: 1}]}");
    spec_ = folder_.write("s.yaml", "workloads: [w.yaml]\naxes: {blocks: [4, 8]}\n");
    program_ = folder_.file("w.program");
    EXPECT_EQ(command_run({"compile", workload_, "-q", "-o", program_}).status, 0);
    onnx_ = folder_.file("x.onnx");
  }

  /// `args` is refused, naming its option: the first of it that begins with "--".
  void expect_no_effect(const std::vector<std::string>& args, const std::string& option) const {
    const CommandRun run = command_run(args);
    EXPECT_EQ(run.status, 2) << testing::PrintToString(args);
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.error, HasSubstr(option + ": has no effect here: "))
        << testing::PrintToString(args);
  }
  void expect_taken(const std::vector<std::string>& args) const {
    const CommandRun run = command_run(args);
    EXPECT_EQ(run.status, 0) << testing::PrintToString(args) << run.error;
  }

  TemporaryFolder folder_;
  std::string workload_, spec_, program_, onnx_;
};

TEST_F(OptionEffects, AreAskedOfDrawing) {
  const std::vector<std::string> densities = {"--coefficient-density", "--weight-density",
                                              "--activation-density"};
  for (const std::string option : {"--terms", "--pointwise-terms"}) {
    expect_no_effect({"simulate", kTrained, option, "1"}, option);
    expect_no_effect({"simulate", program_, option, "1"}, option);
    expect_no_effect({"compile", kTrained, "-o", folder_.file("x.program"), option, "1"}, option);
    expect_no_effect({"ablate", kTrained, option, "1"}, option);
    expect_no_effect({"compare", kTrained, "--against", "dcnn", option, "1"}, option);
  }
  for (const std::string& option : densities) {
    expect_no_effect({"simulate", program_, option, "1"}, option);
    expect_no_effect({"compare", kTrained, "--against", "dcnn", option, "1"}, option);
  }
  expect_taken({"simulate", workload_, "-q", "--pointwise-terms", "2"});
  expect_no_effect({"simulate", workload_, "--terms", "4"}, "--terms");  // a direct, b its own
  const std::string dense = folder_.write(
      "dense.yaml",
      "{name: d, input: [4, 6, 6], layers: [{conv: a, K: 4, kernel: 3, coefficient_density: 1, "
      "weight_density: 1, activation_density: 1}]}");
  for (const std::string& option : densities) {
    expect_no_effect({"simulate", dense, option, "0.5"}, option);
    expect_taken({"simulate", "-q", workload_, option, "0.3"});
  }
  expect_no_effect({"simulate", "--layer", "C=4,K=4,H=6", "--terms", "4"}, "--terms");
  expect_no_effect({"simulate", "--layer", "C=4,K=4,H=6,R=3", "--pointwise-terms", "4"},
                   "--pointwise-terms");
  expect_no_effect({"simulate", "--layer", "C=4,K=4,H=6,R=3,M=2", "--terms", "4"}, "--terms");
  expect_taken({"simulate", "-q", "--layer", "C=4,K=4,H=6,R=3,density=0.5", "--terms", "4",
                "--coefficient-density", "0.2"});
}

TEST_F(OptionEffects, AreAskedOfImages) {
  for (const std::string& network : {workload_, program_}) {
    expect_no_effect({"simulate", network, "--input", "synthetic"}, "--input");
  }
  expect_no_effect({"ablate", workload_, "--input", "synthetic"}, "--input");
  expect_no_effect({"simulate", "--layer", "C=4,K=4,H=6", "--input", "synthetic"}, "--input");
  const std::string numbers =
      folder_.write("n.npy", npy_int8("(3, 32, 32)", std::vector<std::int8_t>(3 * 32 * 32, 1)));
  for (const auto& [option, value] : {std::pair("--mean", "0,0,0"), std::pair("--std", "1,1,1"),
                                      std::pair("--channels", "bgr")}) {
    expect_no_effect({"simulate", workload_, option, value}, option);
    expect_no_effect({"simulate", kTrained, option, value}, option);
    expect_no_effect({"simulate", kTrained, "--input", "npy:" + numbers, option, value}, option);
    expect_no_effect({"evaluate", kTrained, "--input", "npy:" + numbers, option, value}, option);
    expect_taken(
        {"simulate", kTrained, "-q", "--layers", "fc*", "--input", "patterns", option, value});
  }
}

// The network's own say is replaced, as the help text has it.
TEST_F(OptionEffects, OfMeanAreThereBesideTheNetworksOwn) {
  const std::vector<std::string> plain = {"evaluate", kTrained, "--input", "patterns",
                                          "--images", "4",      "--json"};
  std::vector<std::string> changed = plain;
  changed.insert(changed.end(), {"--mean", "0.9,0.9,0.9"});
  EXPECT_NE(command_run(plain).out, command_run(changed).out);
}

TEST_F(OptionEffects, AreAskedOfSeeds) {
  expect_no_effect({"compile", kTrained, "-o", folder_.file("x.program"), "--seed", "2"}, "--seed");
  expect_no_effect({"evaluate", kTrained, "--input", "patterns", "--seed", "2"}, "--seed");
  expect_no_effect({"compress", kTrained, "-o", onnx_, "--calibrate", "patterns", "--seed", "2"},
                   "--seed");
  expect_no_effect({"simulate", kTrained, "--input", "patterns", "--verify", "all", "--seed", "2"},
                   "--seed");
  expect_no_effect({"simulate", program_, "--verify", "none", "--seed", "2"}, "--seed");
  expect_no_effect({"ablate", kTrained, "--input", "patterns", "--seed", "2"}, "--seed");
  expect_no_effect({"compare", kTrained, "--against", "dcnn", "--input", "patterns", "--seed", "2"},
                   "--seed");
}

// Without --input a trained network's images are drawn, and from the seed that was given.
TEST_F(OptionEffects, OfASeedAreThereWhereImagesAreDrawn) {
  const auto additions = [&](const std::string& network, const std::string& seed) {
    const CommandRun run = command_run({"simulate", network, "--layers", "layer1.conv1", "--verify",
                                        "all", "--json", "-q", "--seed", seed});
    EXPECT_EQ(run.status, 0) << run.error;
    return Json::parse(run.out).at("layers").at(0).at("counters").at("ca_additions");
  };
  const std::string program = folder_.file("t.program");
  expect_taken({"compile", kTrained, "-q", "-o", program});
  EXPECT_NE(additions(kTrained, "2"), additions(kTrained, "3"));
  EXPECT_EQ(additions(kTrained, "2"), additions(program, "2"));
}

TEST_F(OptionEffects, AreAskedOfWhatIsShown) {
  expect_no_effect({"simulate", workload_, "--explain", "energy", "--json"}, "--explain");
  expect_no_effect({"simulate", workload_, "--explain", "energy", "-q"}, "--explain");
  expect_no_effect({"simulate", workload_, "--trace-units", "x"}, "--trace-units");
  expect_no_effect({"simulate", workload_, "--trace-window", "0:9"}, "--trace-window");
  expect_no_effect({"simulate", workload_, "--verify", "none", "--drop-pick", "3"}, "--drop-pick");
  expect_no_effect({"config", "--json", "--format", "csv"}, "--format");
}

TEST_F(OptionEffects, AreAskedOfCompression) {
  for (const auto& [option, value] : {std::pair("--calibration-images", "4"),
                                      std::pair("--images", "3"), std::pair("--seed", "2")}) {
    expect_no_effect({"compress", kTrained, "-o", onnx_, option, value}, option);
  }
  expect_no_effect({"compress", kTrained, "-o", onnx_, "--no-refit"}, "--no-refit");
  expect_no_effect({"compress", kTrained, "-o", onnx_, "--pattern", "2:4"}, "--pattern");
  for (const auto& [option, value] :
       {std::pair("--basis", "6"), std::pair("--pointwise-terms", "1"), std::pair("--density", "1"),
        std::pair("--coefficient-pattern", "2:8")}) {
    expect_no_effect({"compress", kTrained, "-o", onnx_, "--method", "nm", option, value}, option);
  }
  expect_no_effect({"compress", kTrained, "-o", onnx_, "--method", "nm", "--calibrate", "patterns",
                    "--no-refit"},
                   "--no-refit");
}

TEST_F(OptionEffects, AreAskedOfSweeps) {
  expect_no_effect({"sweep", spec_, "--name", "s"}, "--name");
  expect_no_effect({"sweep", spec_, "--task-points", "3"}, "--task-points");
  expect_no_effect({"sweep", spec_, "--sbatch=--time=60"}, "--sbatch");
  const std::string store = folder_.file("s.sqlite");
  expect_taken({"sweep", spec_, "-q", "--store", store});
  for (const auto& [option, value] : {std::pair("--jobs", "2"), std::pair("--engine", "local"),
                                      std::pair("--task-points", "2")}) {
    expect_no_effect({"sweep", store, "--show", option, value}, option);
  }
  expect_no_effect({"sweep", store, "--show", "--retry-failed"}, "--retry-failed");
  expect_no_effect({"sweep", store, "--show", "--store", folder_.file("other")}, "--store");
  expect_no_effect({"sweep", "task.json", "--worker", "--json"}, "--json");
  expect_no_effect({"sweep", store, "--show", "--energy", "own.yaml"}, "--energy");
  expect_no_effect({"sweep", "task.json", "--worker", "-o", "x.json"}, "--output");
  const std::string shown = folder_.file("sweep.json");
  expect_taken({"sweep", store, "--show", "-q", "-o", shown});
  expect_no_effect({"report", shown, "--layers", "a"}, "--layers");
  expect_no_effect({"report", shown, "--reference", "escalate"}, "--reference");
}

TEST_F(OptionEffects, AreAskedOfComparisons) {
  const std::vector<std::string> dense = {"compare", workload_, "--against", "dcnn"};
  const auto with = [](std::vector<std::string> args, std::vector<std::string> more) {
    args.insert(args.end(), more.begin(), more.end());
    return args;
  };
  expect_no_effect(with(dense, {"--sparse-network", workload_}), "--sparse-network");
  expect_no_effect(with(dense, {"--prune-weights", "0.5"}), "--prune-weights");
  expect_no_effect(with(dense, {"--accuracy-images", "2"}), "--accuracy-images");
  const std::string config = folder_.file("scnn.yaml");
  expect_taken({"config", "--accelerator", "scnn", "-o", config});
  expect_no_effect(with(dense, {"--accelerator-config", "scnn=" + config}), "--accelerator-config");
  expect_no_effect({"compare", workload_, "--against", "scnn,sparten", "--sparse-network",
                    workload_, "--baseline-network", workload_},
                   "--baseline-network");
  expect_taken(
      {"compare", workload_, "-q", "--against", "scnn", "--accelerator-config", "scnn=" + config});
}

}  // namespace
}  // namespace escalate
