// Files of today's PyTorch through the commands: compressed, and run in both views.
#include "../support/pytorch_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/compile_command.h"
#include "apps/compress_command.h"
#include "apps/evaluate_command.h"
#include "apps/simulate_command.h"
#include "common/json.h"
#include "report/result.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

class PyTorchNetworksRun : public testing::TestWithParam<std::string> {
 protected:
  Result simulated(const std::string& view) {
    const std::string file = folder_.file("result.json");
    EXPECT_EQ(run_simulate({network_, "--input=synthetic", "--verify=all", "--view=" + view, "-o",
                            file, "--quiet"}),
              0);
    return read_result(file);
  }

  TemporaryFolder folder_;
  std::string network_ = folder_.file("network.onnx");
};

TEST_P(PyTorchNetworksRun, RightInBothViews) {
  ASSERT_EQ(run_compress({pytorch_file(GetParam()), "-o", network_, "--calibrate=synthetic",
                          "--calibration-images=4", "--images=0", "--direct=*", "--quiet"}),
            0);
  const Result transaction = simulated("transaction");
  EXPECT_GT(transaction.verification.checked_outputs, 0);
  EXPECT_EQ(transaction.verification.mismatches, 0);
  const Result cycle = simulated("cycle");
  EXPECT_EQ(cycle.verification.mismatches, 0);
  EXPECT_EQ(cycle.total, transaction.total);
}

INSTANTIATE_TEST_SUITE_P(, PyTorchNetworksRun, testing::ValuesIn(pytorch_networks()),
                         [](const auto& name) { return pytorch_test_name(name.param); });

class NetworkWithHead : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_compress({pytorch_file("preprocessed.dynamo"), "-o", network_, "--direct=*",
                            "--mean=0,0,0", "--std=.00392157,.00392157,.00392157",
                            "--calibrate=synthetic", "--images=0", "--quiet"}),
              0);
  }
  TemporaryFolder folder_;
  std::string network_ = folder_.file("network.onnx");
};

TEST_F(NetworkWithHead, IsGivenImagesThroughTheHost) {
  const std::string evaluation = folder_.file("evaluation.json");
  ASSERT_EQ(run_evaluate({network_, "--input=synthetic", "--images=8", "-o", evaluation, "--quiet",
                          "--original=" + pytorch_file("preprocessed.dynamo")}),
            0);
  const Json json = read_json(evaluation);
  EXPECT_LT(json.at("outputs").at(0).at("integer_original_error").get<double>(), 0.1);
  const std::string result = folder_.file("result.json");
  ASSERT_EQ(run_simulate({network_, "--input=synthetic", "--images=8", "-o", result, "--quiet"}),
            0);
  EXPECT_EQ(read_result(result).classes, json.at("integer_classes").get<std::vector<int>>());
}

TEST_F(NetworkWithHead, SaysInItsResultWhatTheHostComputes) {
  const std::string file = folder_.file("result.json");
  ASSERT_EQ(run_simulate({network_, "-o", file, "--quiet"}), 0);
  const Result result = read_result(file);
  EXPECT_EQ(host_text(result.source.host),
            "2 Transpose, 2 Div, Sub, Resize in front of the network");
  EXPECT_EQ(read_json(file).at("host").at("cycles"), 0);
}

TEST_F(NetworkWithHead, IsNoProgram) {
  EXPECT_USER_ERROR(run_compile({network_, "-o", folder_.file("a.program")}),
                    HasSubstr("has Transpose, Div, Sub, Div, Transpose, Resize in front of"));
}

}  // namespace
}  // namespace escalate
