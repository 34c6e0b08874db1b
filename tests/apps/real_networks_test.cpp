// The commands one after the other on trained networks and real images, where they are present.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/compress_command.h"
#include "apps/evaluate_command.h"
#include "apps/simulate_command.h"
#include "common/json.h"
#include "report/result.h"
#include "tests/support/data_folder.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

constexpr int kImages = 8;

class RealNetworks : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(data_folder())) GTEST_SKIP() << "no " << data_folder();
  }

  // compress, evaluate, simulate: the machine must name the classes that evaluate names.
  void expect_classes_of_evaluate(const std::string& weights, const std::string& input,
                                  const std::vector<std::string>& of_compress) {
    const std::string network = folder_.file("network.onnx");
    const std::string spec = "--input=" + input;
    const std::string images = "--images=" + std::to_string(kImages);
    std::vector<std::string> compress{(data_folder() / "weights" / weights).string(), "-o", network,
                                      "--calibrate=" + input, "--quiet"};
    compress.insert(compress.end(), of_compress.begin(), of_compress.end());
    ASSERT_EQ(run_compress(compress), 0);
    const std::string evaluation = folder_.file("evaluation.json");
    ASSERT_EQ(run_evaluate({network, spec, images, "-o", evaluation, "--quiet"}), 0);
    const std::string result = folder_.file("result.json");
    ASSERT_EQ(run_simulate({network, spec, images, "--jobs=2", "-o", result, "--quiet"}), 0);
    const auto expected = read_json(evaluation).at("integer_classes").get<std::vector<int>>();
    ASSERT_EQ(expected.size(), std::size_t(kImages));
    EXPECT_EQ(read_result(result).classes, expected);
    EXPECT_EQ(read_result(result).verification.mismatches, 0);
  }

  TemporaryFolder folder_;
};

TEST_F(RealNetworks, TheMachineNamesTheClassesOfTheTernaryResNet20) {
  expect_classes_of_evaluate("cifar10_resnet20_ternary_m6.onnx",
                             "cifar10:" + (data_folder() / "cifar10").string(), {});
}

TEST_F(RealNetworks, TheMachineNamesTheClassesOfAResNet20CompressedWithoutRetraining) {
  expect_classes_of_evaluate("cifar10_resnet20_folded.onnx",
                             "cifar10:" + (data_folder() / "cifar10").string(),
                             {"--basis=6", "--mean=.485,.456,.406", "--std=.229,.224,.225"});
}

TEST_F(RealNetworks, TheMachineNamesTheClassesOfMobileNetV2) {
  expect_classes_of_evaluate("imagenet_mobilenetv2_folded.onnx",
                             "image:" + (data_folder() / "photos").string(),
                             {"--basis=6", "--mean=.5,.5,.5", "--std=.5,.5,.5"});
}

}  // namespace
}  // namespace escalate
