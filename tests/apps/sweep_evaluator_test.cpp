#include "apps/sweep_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/network_source.h"
#include "compress/evaluate.h"
#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::HasSubstr;

SweepPoint point_of(const std::string& file) {
  SweepPoint point{std::string(ESCALATE_SOURCE_DIR) + file, {}, {}};
  point.settings.accuracy_input = "patterns";
  point.settings.accuracy_images = 24;
  return point;
}

TEST(SweepEvaluator, TheErrorOfANetworkIsThatOfItsEvaluation) {
  const SweepPoint point = point_of("/workloads/samples/patterns-resnet8.onnx");
  const Graph graph = read_trained_network(point.workload);
  const auto images = open_input("patterns", graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = 24;
  const Evaluation evaluation = evaluate(graph, *images, options);
  const double wrong = 24.0 - double(evaluation.integer->top1);
  NetworkEvaluator evaluator;
  const SweepRecord record = evaluator.evaluate(point);
  EXPECT_NEAR(record.values.value_of(kTop1Error), wrong / 24, 1e-12);
  EXPECT_GT(record.values.value_of("cycles"), 0);
}

TEST(SweepEvaluator, ADrawnNetworkHasNoError) {
  NetworkEvaluator evaluator;
  const SweepPoint point = point_of("/workloads/zoo/resnet20-cifar10.yaml");
  EXPECT_USER_ERROR(evaluator.prepare(point), HasSubstr("resnet20-cifar10.yaml"));
}

}  // namespace
}  // namespace escalate
