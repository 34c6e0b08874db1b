// The trained network that comes with the project.
#include <gtest/gtest.h>

#include "compress/evaluate.h"
#include "workloads/onnx_reader.h"

namespace escalate {
namespace {

TEST(Sample, KnowsThePatternsAsIntegersToo) {
  const Graph graph =
      read_onnx(std::string(ESCALATE_SOURCE_DIR) + "/workloads/samples/patterns-resnet8.onnx");
  const auto images = open_input("patterns", graph.nodes.at(0).out, graph.transform);
  EvaluateOptions options;
  options.images = 300;
  const Evaluation made = evaluate(graph, *images, options);
  ASSERT_TRUE(made.integer.has_value());
  EXPECT_GT(made.real.top1, 285);  // of ten classes, so that 30 would be chance
  EXPECT_NEAR(double(made.integer->top1), double(made.real.top1), 3);
}

}  // namespace
}  // namespace escalate
