#include "apps/shapes_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "../support/onnx_model.h"
#include "../support/pytorch_networks.h"
#include "apps/compress_command.h"
#include "apps/simulate_command.h"
#include "common/json.h"
#include "report/result.h"
#include "tests/support/command_run.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ShapesOf : public testing::TestWithParam<std::string> {
 protected:
  Result simulated(const std::string& network) {
    const std::string file = folder_.file("result.json");
    EXPECT_EQ(run_simulate({network, "-o", file, "--quiet"}), 0) << network;
    return read_result(file);
  }
  TemporaryFolder folder_;
};

// Name, shape and dense MACs of each layer that runs.
std::vector<std::string> layers_of(const Result& result) {
  std::vector<std::string> layers;
  for (const LayerResult& layer : result.layers) {
    layers.push_back(layer.name + ": " + layer.shape + ", " + std::to_string(layer.macs_dense));
  }
  return layers;
}

TEST_P(ShapesOf, AreAWorkloadOfTheSameLayers) {
  const std::string network = folder_.file("network.onnx"), workload = folder_.file("shapes.yaml");
  ASSERT_EQ(run_compress({pytorch_file(GetParam()), "-o", network, "--calibrate=synthetic",
                          "--calibration-images=1", "--images=0", "--direct=*", "--quiet"}),
            0);
  ASSERT_EQ(run_shapes({pytorch_file(GetParam()), "-o", workload, "--quiet"}), 0);
  EXPECT_EQ(layers_of(simulated(workload)), layers_of(simulated(network)));
}

INSTANTIATE_TEST_SUITE_P(, ShapesOf, testing::ValuesIn(pytorch_networks()),
                         [](const auto& name) { return pytorch_test_name(name.param); });

TEST(ShapesCommand, ShowsLayersOutputsAndWhatTheHostComputes) {
  const CommandRun run = command_run({"shapes", pytorch_file("yolo.dynamo"), "-q"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_EQ(run.out, "");
  const CommandRun shown = command_run({"shapes", pytorch_file("yolo.dynamo")});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("3x32x32 to 8x16x16"), HasSubstr("reads   3x32x32"),
                               HasSubstr("host    "), HasSubstr("behind the network")));
}

TEST(ShapesCommand, WritesThemAsJson) {
  const CommandRun run = command_run({"shapes", pytorch_file("unet.trace"), "--json", "-q"});
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("schema"), "escalate.shapes/1");
  EXPECT_EQ(json.at("image"), Json({3, 16, 16}));
  std::int64_t macs = 0;
  for (const Json& layer : json.at("layers")) macs += layer.value("macs_dense", std::int64_t{0});
  EXPECT_EQ(json.at("macs_dense"), macs);
  EXPECT_TRUE(json.at("host").at("head").empty());
}

TEST(ShapesCommand, TakesWorkloads) {
  const CommandRun run =
      command_run({"shapes", source_folder() + "/workloads/zoo/resnet20-cifar10.yaml"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("conv1"));
}

TEST(ShapesCommand, TakesNamesOfTheZoo) {
  const CommandRun by_name = command_run({"shapes", "resnet20-cifar10", "--json"});
  EXPECT_EQ(by_name.status, 0) << by_name.error;
  EXPECT_EQ(
      by_name.out,
      command_run({"shapes", source_folder() + "/workloads/zoo/resnet20-cifar10.yaml", "--json"})
          .out);
}

TEST(ShapesCommand, RefusesWhatNoMachineRunsByName) {
  const TemporaryFolder folder;
  OnnxModel model;
  model.floats("w", {3, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  model.add("Sin", {"map"}, {"wave"});
  model.add("Conv", {"wave", "w"}, {"out"});
  model.output("out");
  const std::string file = folder.file("waves.onnx");
  std::ofstream(file, std::ios::binary) << model.proto.SerializeAsString();
  const CommandRun run = command_run({"shapes", file});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.error, HasSubstr("(Sin)"));
}

}  // namespace
}  // namespace escalate
