#include "apps/compress_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "../support/expect_user_error.h"
#include "../support/onnx_model.h"
#include "../support/prelu_model.h"
#include "../support/small_network.h"
#include "../support/temporary_folder.h"
#include "../support/ternary_qonnx.h"
#include "apps/compare_command.h"
#include "apps/evaluate_command.h"
#include "apps/simulate_command.h"
#include "common/atomic_file.h"
#include "common/json.h"
#include "compress/integer_builder.h"
#include "report/result.h"
#include "workloads/nm_groups.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::string_literals;

using Run = int (*)(const std::vector<std::string>&);

std::string printed(Run run, const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run(args), 0);
  return testing::internal::GetCapturedStdout();
}

class CompressCommand : public testing::Test {
 protected:
  void SetUp() override { write_onnx(small_network(), in_); }

  const TemporaryFolder folder_;
  const std::string in_ = folder_.file("in.onnx"), out_ = folder_.file("out.onnx");
};

TEST_F(CompressCommand, WritesANetworkThatRunsInIntegers) {
  const std::string report = folder_.file("report.json");
  const std::string text = printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic",
                                                  "--basis", "4", "--report", report});
  const IntegerNetwork network = build_integer_network(read_onnx(out_));
  EXPECT_EQ(network.nodes.at(2).terms, 4);
  EXPECT_THAT(text, AllOf(HasSubstr("M=4"), HasSubstr("accuracy not measured")));
  const Json json = read_json(report);
  EXPECT_EQ(json["options"]["basis"], 4);
  EXPECT_EQ(json["calibrated"], true);
  EXPECT_EQ(json["refit_images"], 128);
  EXPECT_EQ(json["layers"].size(), 3u);
  EXPECT_FALSE(json.contains("accuracy"));
}

/// One 1x1 convolution of a map of one row of so many positions.
Graph wide_network(int columns) {
  Graph graph = small_network();
  graph.nodes.resize(2);
  graph.nodes[0].out = {1, 1, columns};
  graph.nodes[1].window = Window{};
  graph.nodes[1].out_channels = 1;
  graph.nodes[1].weights = {1};
  graph.infer_shapes();
  return graph;
}

TEST_F(CompressCommand, SaysWhereALargerMachineIsNeededThanTheDefaultOne) {
  write_onnx(wide_network(1000), in_);
  std::string text = printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic"});
  EXPECT_THAT(text, Not(HasSubstr("larger machine")));
  write_onnx(wide_network(200000), in_);
  const std::string report = folder_.file("report.json");
  text = printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic", "--calibration-images",
                                "1", "--report", report});
  EXPECT_THAT(text, AllOf(HasSubstr("runs on a larger machine only"), HasSubstr("'first'"),
                          HasSubstr("global_buffer_bytes")));
  EXPECT_EQ(read_json(report)["runs_on_default_machine"], false);
  text = printed(run_evaluate, {out_, "--input", "synthetic", "--images", "1"});
  EXPECT_THAT(text, AllOf(HasSubstr("the default one cannot run it"), HasSubstr("'first'")));
}

TEST_F(CompressCommand, WritesTheSameBytesAgain) {
  printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic"});
  const std::string again = folder_.file("again.onnx");
  printed(run_compress, {in_, "-o", again, "--calibrate", "synthetic", "--jobs", "3"});
  EXPECT_EQ(read_file(out_), read_file(again));
}

TEST_F(CompressCommand, LeavesTheFitToTheWeightsWhereToldTo) {
  const std::string without = folder_.file("without.onnx");
  printed(run_compress, {in_, "-o", out_});
  printed(run_compress, {in_, "-o", without, "--calibrate", "synthetic", "--no-refit"});
  EXPECT_EQ(read_onnx(without).nodes.at(3).decomposition,
            read_onnx(out_).nodes.at(3).decomposition);
  printed(run_compress, {in_, "-o", without, "--calibrate", "synthetic"});
  EXPECT_NE(read_onnx(without).nodes.at(3).decomposition,
            read_onnx(out_).nodes.at(3).decomposition);
}

TEST_F(CompressCommand, OnlyCalibratesWhatIsDecomposed) {
  printed(run_compress, {in_, "-o", out_});
  const std::string again = folder_.file("again.onnx");
  const std::string text =
      printed(run_compress, {out_, "-o", again, "--calibrate", "synthetic", "--basis", "6"});
  EXPECT_THAT(text, AllOf(Not(HasSubstr("without retraining")), HasSubstr("keeps its")));
  EXPECT_EQ(read_onnx(again).nodes.at(3).decomposition, read_onnx(out_).nodes.at(3).decomposition);
}

TEST_F(CompressCommand, RefusesToChangeADecomposition) {
  printed(run_compress, {in_, "-o", out_});
  const std::string again = folder_.file("again.onnx");
  EXPECT_USER_ERROR(run_compress({out_, "-o", again, "--basis", "2"}),
                    HasSubstr("--basis: has no effect here: the network keeps"));
  EXPECT_USER_ERROR(run_compress({out_, "-o", again, "--density", "0.01"}),
                    HasSubstr("--density: has no effect here: the network keeps"));
  EXPECT_FALSE(std::filesystem::exists(again));
}

TEST_F(CompressCommand, TakesTheTransformWhereTheNetworkDoesNotSay) {
  printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic", "--mean", ".5,.4,.3", "--std",
                         ".25,.25,.25", "--channels", "bgr"});
  const InputTransform transform = read_onnx(out_).transform;
  EXPECT_EQ(transform.mean, (std::vector<float>{.5f, .4f, .3f}));
  EXPECT_EQ(transform.std, (std::vector<float>{.25f, .25f, .25f}));
  EXPECT_TRUE(transform.bgr);
}

TEST_F(CompressCommand, WritesNothingWhereSomethingIsWrong) {
  const auto refused = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {in_, "-o", out_});
    std::string text = user_error([&] { run_compress(args); });
    EXPECT_EQ(folder_.num_entries(), 1) << text;
    return text;
  };
  EXPECT_THAT(refused({"--basis", "0"}), HasSubstr("--basis"));
  EXPECT_THAT(refused({"--direct", "nosuch"}), AllOf(HasSubstr("--direct"), HasSubstr("nosuch")));
  EXPECT_THAT(refused({"--density", "1.5"}), HasSubstr("--density"));
  EXPECT_THAT(refused({"--channels", "rbg"}), AllOf(HasSubstr("--channels"), HasSubstr("rbg")));
  EXPECT_THAT(refused({"--calibrate", "synthetic", "--mean", "a,b"}), HasSubstr("--mean"));
  EXPECT_THAT(refused({"--calibrate", "nowhere:x"}), HasSubstr("nowhere"));
  EXPECT_THAT(refused({"--report", folder_.file("no/folder")}), HasSubstr("no/folder"));
  EXPECT_USER_ERROR(run_compress({in_}), HasSubstr("--output"));
}

TEST_F(CompressCommand, GivesEvaluateWhatItCanRun) {
  printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic"});
  const std::string text =
      printed(run_evaluate, {out_, "--input", "synthetic", "--images", "3", "--quiet"});
  EXPECT_EQ(text, "");
  const std::string table = printed(run_evaluate, {out_, "--input", "synthetic", "--images", "3"});
  EXPECT_THAT(table, AllOf(HasSubstr("second"), HasSubstr("same class"), HasSubstr("no labels")));
  const std::string result = folder_.file("evaluation.json");
  printed(run_evaluate, {out_, "--input", "synthetic", "--images", "3", "-o", result});
  EXPECT_EQ(read_json(result)["integer_classes"].size(), 3u);
  EXPECT_EQ(
      Json::parse(printed(run_evaluate, {out_, "--input", "synthetic", "--images", "3", "--json"})),
      read_json(result));
}

TEST_F(CompressCommand, LeavesANetworkWithoutImagesUncalibrated) {
  printed(run_compress, {in_, "-o", out_});
  EXPECT_THAT(printed(run_evaluate, {out_, "--input", "synthetic", "--images", "2"}),
              HasSubstr("not calibrated"));
}

TEST_F(CompressCommand, TakesATernaryNetworkOfOthersAsItIs) {
  write_file(in_, TernaryQonnx(1).model().proto.SerializeAsString());
  const std::string report = folder_.file("report.json");
  const std::string text = printed(run_compress, {in_, "-o", out_, "--report", report});
  EXPECT_THAT(text, AllOf(HasSubstr("ternary as they came, weights unchanged: 3 of 4 layers "
                                    "(second, point, classifier)"),
                          HasSubstr("the int8 scales are the network's own"),
                          Not(HasSubstr("accuracy falls"))));
  EXPECT_EQ(read_json(report)["calibrated"], true);
  const std::string result = folder_.file("result.json");
  printed(run_simulate, {out_, "--input", "synthetic", "--images", "2", "--verify", "all", "-o",
                         result, "--quiet"});
  EXPECT_EQ(read_json(result)["verification"]["mismatches"], 0);
}

TEST_F(CompressCommand, RefusesTensorsWhoseStepsInt8HasNotUnlessTheyMayBecomeCoarser) {
  OnnxModel model(13, {1, 2, 5, 5});
  add_pair(model, "in", "x", 0.25f, 3, onnx::TensorProto::UINT8);
  model.floats("w", {3, 2, 1, 1});
  model.add("Conv", {"x", "w"}, {"c"});
  write_file(in_, model.output("c").proto.SerializeAsString());
  EXPECT_USER_ERROR(run_compress({in_, "-o", out_}),
                    AllOf(HasSubstr("has not the steps of 1 quantised tensors, 'x.q' (-3 to 252)"),
                          HasSubstr("expected -128 to 127 (--requantize")));
  testing::internal::CaptureStderr();
  const std::string report = folder_.file("report.json");
  printed(run_compress, {in_, "-o", out_, "--report", report, "--requantize"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("has not the steps of 1 quantised tensors ('x.q')"),
                    HasSubstr("gives no scales for 'c': --calibrate INPUT chooses them")));
  EXPECT_EQ(read_json(report)["coarser_steps"], Json::array({"x.q"}));
}

TEST_F(CompressCommand, RefusesDirectWeightsWhoseStepsInt8HasNotUnlessTheyMayBecomeCoarser) {
  write_file(in_, with_far_weights().proto.SerializeAsString());
  EXPECT_USER_ERROR(run_compress({in_, "-o", out_}),
                    AllOf(HasSubstr("weights of 1 direct layer, 'c' (up to 255 from"),
                          HasSubstr("(--requantize")));
  const std::string report = folder_.file("report.json");
  const std::string text =
      printed(run_compress, {in_, "-o", out_, "--report", report, "--requantize"});
  EXPECT_THAT(text,
              HasSubstr("c: its weights, up to 255 steps from their zero point, are rounded"));
  EXPECT_GT(read_json(report)["layers"][0]["relative_error"], 0);
}

TEST_F(CompressCommand, LeavesAPReluByChannelToTheLayerInFrontHoweverItIsWritten) {
  std::vector<Json> results;
  for (const PreluForm form : {PreluForm::kOperator, PreluForm::kKeras, PreluForm::kTensorFlow}) {
    write_file(in_, prelu_model(form).proto.SerializeAsString());
    printed(run_compress, {in_, "-o", out_, "--calibrate", "synthetic", "--direct", "*"});
    for (const char* view : {"transaction", "cycle"}) {
      const std::string result = folder_.file("result.json");
      printed(run_simulate, {out_, "--input", "synthetic", "--verify", "all", "--view", view, "-o",
                             result, "--quiet"});
      results.push_back(read_json(result));
      EXPECT_EQ(results.back()["verification"]["mismatches"], 0);
      EXPECT_EQ(results.back()["layers"].size(), 2u);
      EXPECT_EQ(results.back()["total"]["cycles"], results.front()["total"]["cycles"]);
    }
  }
}

TEST_F(CompressCommand, FoldsTheStrideOfTheFirstLayerAndDecomposesIt) {
  OnnxModel model(13, {1, 3, 9, 9});
  model.floats("w", {4, 3, 3, 3});
  set_attribute(model.add("Conv", {"in", "w"}, {"stem"}), "strides", std::vector<int>{2, 2});
  model.floats("v", {2, 4, 1, 1});
  model.add("Conv", {"stem", "v"}, {"last"});
  write_file(in_, model.output("last").proto.SerializeAsString());
  const std::vector<std::string> args = {in_, "-o", out_, "--calibrate", "synthetic", "--quiet"};
  const std::string report = folder_.file("report.json"), result = folder_.file("result.json");
  const auto forms = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = args;
    all.insert(all.end(), {"--report", report});
    all.insert(all.end(), more.begin(), more.end());
    printed(run_compress, all);
    printed(run_simulate, {out_, "--input", "synthetic", "--images", "2", "--verify", "all", "-o",
                           result, "--quiet"});
    EXPECT_EQ(read_json(result)["verification"]["mismatches"], 0);
    const Json layer = read_json(report)["layers"][0];
    return std::pair{layer["form"].get<std::string>(), layer["weights"].get<int>()};
  };
  EXPECT_EQ(forms({}), std::pair("direct"s, 4 * 3 * 9));
  EXPECT_EQ(forms({"--fold-strides"}), std::pair("decomposed"s, 4 * 12 * 4));
  EXPECT_THAT(read_json(result)["host"]["head"].dump(), HasSubstr("SpaceToDepth"));
  EXPECT_EQ(forms({"--fold-strides", "--direct", "stem"}), std::pair("direct"s, 4 * 12 * 4));
  write_onnx(small_network(), in_);
  EXPECT_USER_ERROR(run_compress({in_, "-o", out_, "--fold-strides"}),
                    HasSubstr("first: its stride cannot be folded"));
}

TEST_F(CompressCommand, PrunesToAPatternAndSaysSo) {
  const std::string report = folder_.file("report.json");
  const std::string text = printed(run_compress, {in_, "-o", out_, "--method", "nm", "--calibrate",
                                                  "synthetic", "--report", report});
  // 8 x 8 x 9 weights and 10 x 8 of 872 are in groups of four; one of each came as 0.
  EXPECT_THAT(text, AllOf(HasSubstr("second      2:4"), HasSubstr("N:M [KiB]"),
                          HasSubstr("pruned to 2:4: 326 of 872 weights became zero"),
                          HasSubstr("fewer than 4 input channels: first\n"),
                          HasSubstr("without retraining: accuracy falls")));
  const IntegerNetwork network = build_integer_network(read_onnx(out_));
  EXPECT_TRUE(keeps_to(network.nodes.at(2).weights, 8, 9, {2, 4}));
  const Json json = read_json(report);
  EXPECT_EQ(json["refit_images"], 0);
  EXPECT_EQ(json["total"]["nm_bits"], 8 * 216 + 10 * 328);
  const std::string again = folder_.file("again.onnx");
  EXPECT_THAT(printed(run_compress, {out_, "-o", again, "--method", "nm", "--pattern", "2:4"}),
              AllOf(HasSubstr("pruned to 2:4: 0 of 872"), Not(HasSubstr("accuracy falls"))));
}

TEST_F(CompressCommand, GivesAMachineOfThePatternANetworkThatItRunsInHalfTheProducts) {
  printed(run_compress,
          {in_, "-o", out_, "--method", "nm", "--pattern", "2:4", "--calibrate", "synthetic"});
  const std::string results = folder_.file("results");
  printed(run_compare, {out_, "--against", "tensor-core,tensor-core-nm", "--input", "synthetic",
                        "--results", results, "--quiet"});
  const auto multiplications = [&](const std::string& machine, const std::string& layer) {
    for (const LayerResult& run : read_result(results + "/out." + machine + ".json").layers) {
      if (run.name == layer) return run.counters.value_of("multiplications");
    }
    throw InternalError("a layer of the network");
  };
  EXPECT_EQ(2 * multiplications("tensor-core-nm", "second"),
            multiplications("tensor-core", "second"));
  EXPECT_EQ(multiplications("tensor-core-nm", "first"), multiplications("tensor-core", "first"));
  EXPECT_EQ(read_result(results + "/out.escalate.json").verification.mismatches, 0);
}

TEST_F(CompressCommand, KeepsCoefficientsToAPattern) {
  const std::string text = printed(
      run_compress, {in_, "-o", out_, "--coefficient-pattern", "2:8", "--calibrate", "synthetic"});
  EXPECT_THAT(text, AllOf(HasSubstr("M=6, 2:8"), HasSubstr("N:M [KiB]")));
  const IntegerNetwork network = build_integer_network(read_onnx(out_));
  EXPECT_TRUE(keeps_to(network.nodes.at(2).coefficients, 8, 1, {2, 8}));
  const std::string again = folder_.file("again.onnx");
  printed(run_compress, {out_, "-o", again, "--coefficient-pattern", "2:8"});
  EXPECT_USER_ERROR(run_compress({out_, "-o", again, "--coefficient-pattern", "1:8"}),
                    HasSubstr("--coefficient-pattern: the network keeps the decomposition"));
}

TEST_F(CompressCommand, RefusesPatternsThatAreNone) {
  for (const char* pattern : {"0:4", "5:4", "2:0", "2:4x", "2:65", "-2:4", "2", "2:4:8", ""}) {
    EXPECT_USER_ERROR(run_compress({in_, "-o", out_, "--method", "nm", "--pattern", pattern}),
                      HasSubstr("--pattern: "));
    EXPECT_USER_ERROR(run_compress({in_, "-o", out_, "--coefficient-pattern", pattern}),
                      HasSubstr("--coefficient-pattern: "));
  }
  EXPECT_USER_ERROR(run_compress({in_, "-o", out_, "--method", "unstructured"}),
                    HasSubstr("--method: expected ternary or nm"));
  EXPECT_FALSE(std::filesystem::exists(out_));
  printed(run_compress, {in_, "-o", out_});
  EXPECT_USER_ERROR(run_compress({out_, "-o", folder_.file("again.onnx"), "--method", "nm"}),
                    HasSubstr("--method: the network is decomposed already"));
}

TEST_F(CompressCommand, EvaluateNeedsToKnowHowManySyntheticImages) {
  EXPECT_USER_ERROR(run_evaluate({in_, "--input", "synthetic"}), HasSubstr("--images"));
  EXPECT_USER_ERROR(run_evaluate({in_}), HasSubstr("--input"));
}

}  // namespace
}  // namespace escalate
