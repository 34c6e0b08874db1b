// Compression of trained networks, where they are present.
#include <gtest/gtest.h>

#include <filesystem>

#include "../support/data_folder.h"
#include "../support/temporary_folder.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/evaluate.h"
#include "compress/integer_builder.h"
#include "compress/output_refit.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

class RealNetworks : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(data_folder())) GTEST_SKIP() << "no " << data_folder();
  }
};

Graph network(const std::string& name) {
  return read_onnx((data_folder() / "weights" / name).string());
}

std::unique_ptr<InputSource> test_images(const Graph& graph) {
  return open_input("cifar10:" + (data_folder() / "cifar10").string(), graph.nodes[0].out,
                    graph.transform);
}

struct Accuracy {
  double real = 0, integer = 0;  ///< percent
};

/// Of a calibrated network on the images from `first` on.
Accuracy accuracy_of(const Graph& graph, const InputSource& images, int first, int count) {
  const Evaluation made = evaluate(graph, images, {first, count, 2});
  const auto percent = [&](std::int64_t right) { return 100.0 * double(right) / count; };
  return {percent(made.real.top1), percent(made.integer.value().top1)};
}

Graph resnet20() {
  Graph graph = network("cifar10_resnet20_bn.onnx");
  graph.transform = {{.485f, .456f, .406f}, {.229f, .224f, .225f}, false};
  return graph;
}

Graph ternary_resnet20(const InputSource& images) {
  Graph graph = compress_graph(network("cifar10_resnet20_ternary_m6.onnx"), {});
  calibrate(graph, images, {128, 2});
  return graph;
}

TEST_F(RealNetworks, TheRetrainedTernaryResNet20KeepsItsAccuracyAsIntegers) {
  const auto images = test_images(network("cifar10_resnet20_ternary_m6.onnx"));
  const Accuracy accuracy = accuracy_of(ternary_resnet20(*images), *images, 200, 100);
  EXPECT_GE(accuracy.real, 86);
  EXPECT_NEAR(accuracy.integer, accuracy.real, 4);
}

TEST_F(RealNetworks, ResNet20KeepsItsAccuracyWithInt8Weights) {
  CompressOptions direct;
  direct.direct = {"*"};
  Graph graph = compress_graph(resnet20(), direct);
  const auto images = test_images(graph);
  calibrate(graph, *images, {128, 2});
  const Accuracy accuracy = accuracy_of(graph, *images, 200, 100);
  EXPECT_GE(accuracy.real, 88);
  EXPECT_NEAR(accuracy.integer, accuracy.real, 4);
}

TEST_F(RealNetworks, ResNet20WithoutRetrainingLosesLessThanByThresholds) {
  CompressOptions options;
  options.jobs = 2;
  CompressReport report;
  Graph graph = compress_graph(resnet20(), options, &report);
  double fitted = 0, thresholded = 0;
  int layers = 0;
  for (const LayerReport& layer : report.layers) {
    if (layer.terms != 6) continue;
    EXPECT_LT(layer.error, layer.threshold_error) << layer.name;
    EXPECT_GT(layer.error, layer.svd_error) << layer.name;
    fitted += layer.error;
    thresholded += layer.threshold_error;
    ++layers;
  }
  ASSERT_EQ(layers, 18);
  EXPECT_LT(fitted / layers, 0.52);
  EXPECT_GT(thresholded / layers, 0.54);
}

TEST_F(RealNetworks, ResNet20IsMostlyRightAfterTheOutputRefit) {
  const Graph original = resnet20();
  const auto images = test_images(original);
  Graph graph = compress_graph(original, {});
  refit_to_outputs(graph, original, *images, {128, 1, 2});
  calibrate(graph, *images, {64, 2});
  const Accuracy accuracy = accuracy_of(graph, *images, 200, 200);
  EXPECT_GE(accuracy.integer, 79);  // 18% without the refit
}

TEST_F(RealNetworks, AreTheSameIntegersAfterBeingWritten) {
  const TemporaryFolder folder;
  const auto images = test_images(network("cifar10_resnet20_ternary_m6.onnx"));
  const Graph graph = ternary_resnet20(*images);
  write_onnx(graph, folder.file("calibrated.onnx"));
  EXPECT_TRUE(build_integer_network(read_onnx(folder.file("calibrated.onnx"))) ==
              build_integer_network(graph));
}

class LongRealNetworks : public RealNetworks {};

TEST_F(LongRealNetworks, TheTernaryResNet20IsRightOnNinetyPercentOfAllTestImages) {
  const auto images = test_images(network("cifar10_resnet20_ternary_m6.onnx"));
  const Accuracy accuracy = accuracy_of(ternary_resnet20(*images), *images, 0, 10000);
  EXPECT_NEAR(accuracy.real, 90.01, 0.05);
  EXPECT_NEAR(accuracy.integer, 90.0, 0.3);
  RecordProperty("real_percent", std::to_string(accuracy.real));
  RecordProperty("integer_percent", std::to_string(accuracy.integer));
}

TEST_F(LongRealNetworks, ResNet20IsRightAsInTheDocumentsWithoutRetraining) {
  const Graph original = resnet20();
  const auto images = test_images(original);
  for (const auto& [terms, percent] : {std::pair{4, 72.1}, {6, 83.4}, {9, 89.0}}) {
    CompressOptions options;
    options.terms = terms;
    Graph graph = compress_graph(original, options);
    refit_to_outputs(graph, original, *images, {128, 1, 2});
    calibrate(graph, *images, {128, 2});
    EXPECT_NEAR(accuracy_of(graph, *images, 128, 1000).integer, percent, 1.0) << terms;
  }
}

}  // namespace
}  // namespace escalate
