#include "workloads/drawn_shapes.h"

#include <gtest/gtest.h>

#include "tests/support/places.h"
#include "workloads/draw.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

TEST(DrawnShapes, KeepShapesAndTermsAndNothingElseOfATrainedNetwork) {
  const Graph trained =
      read_onnx(source_folder() + "/workloads/samples/resnet20-cifar10-ternary.onnx", {});
  const Graph drawn = drawn_shapes(trained, {.coefficient = 0.1, .weight = 0.2, .activation = 0.5});
  ASSERT_EQ(drawn.nodes.size(), trained.nodes.size());
  EXPECT_TRUE(drawn.quantization.empty());
  for (std::size_t i = 0; i < drawn.nodes.size(); ++i) {
    const Node &node = drawn.nodes[i], &of_file = trained.nodes[i];
    EXPECT_EQ(node.out, of_file.out);
    if (!node.is_weighted()) continue;
    ASSERT_TRUE(node.drawn) << node.name;
    EXPECT_TRUE(node.weights.empty() && node.bias.empty() && !node.decomposition);
    if (of_file.decomposition) {
      EXPECT_EQ(node.terms, of_file.decomposition->terms);
    }
    const bool reads_image = drawn.nodes[std::size_t(node.inputs[0])].op == OpKind::kInput;
    EXPECT_EQ(node.drawn->activation, reads_image ? 1 : 0.5) << node.name;
  }
  const IntegerNetwork network = draw_network(drawn, {}).network;
  EXPECT_EQ(network.nodes.back().out, trained.nodes.back().out);
}

}  // namespace
}  // namespace escalate
