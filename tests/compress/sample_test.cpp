// The trained networks that come with the project.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "../support/data_folder.h"
#include "compress/evaluate.h"
#include "tests/support/places.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

Graph sample(const std::string& name) {
  return read_onnx(source_folder() + "/workloads/samples/" + name);
}

/// Right answers to the first images of CIFAR-10's test set, as integers where `graph` has them.
int right_answers(const Graph& graph, int images) {
  const auto source = open_input("cifar10:" + (data_folder() / "cifar10").string(),
                                 graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = images;
  const Evaluation made = evaluate(graph, *source, options);
  return int(made.integer ? made.integer->top1 : made.real.top1);
}

TEST(Sample, KnowsThePatternsAsIntegersToo) {
  const Graph graph = sample("patterns-resnet8.onnx");
  const auto images = open_input("patterns", graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = 300;
  const Evaluation made = evaluate(graph, *images, options);
  ASSERT_TRUE(made.integer.has_value());
  EXPECT_GT(made.real.top1, 285);  // of ten classes, so that 30 would be chance
  EXPECT_NEAR(double(made.integer->top1), double(made.real.top1), 3);
}

TEST(Sample, OfResNet20HasThreeQuartersZeros) {
  std::int64_t zeros = 0;
  std::int64_t all = 0;
  for (const Node& node : sample("resnet20-cifar10-ternary.onnx").nodes) {
    if (!node.decomposition) continue;
    const std::vector<std::int8_t>& codes = node.decomposition->coefficients;
    zeros += std::count(codes.begin(), codes.end(), 0);
    all += std::int64_t(codes.size());
  }
  EXPECT_GT(all, 100'000);
  EXPECT_GE(double(zeros), 0.75 * double(all));
}

TEST(Sample, OfResNet20KnowsItsImagesTernaryAndPruned) {
  if (!std::filesystem::exists(data_folder())) GTEST_SKIP() << "no " << data_folder();
  EXPECT_GT(right_answers(sample("resnet20-cifar10-ternary.onnx"), 150), 129);
  EXPECT_GT(right_answers(sample("resnet20-cifar10-pruned.onnx"), 150), 129);
}

}  // namespace
}  // namespace escalate
