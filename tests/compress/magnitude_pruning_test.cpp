#include "compress/magnitude_pruning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;

/// Two pointwise layers of two channels each; the second has the weights to be pruned.
IntegerNetwork example() {
  IntegerNetwork network;
  network.nodes.resize(3);
  network.nodes[0].out = {2, 1, 1};
  for (int i = 1; i < 3; ++i) {
    IntegerNode& layer = network.nodes[std::size_t(i)];
    layer.name = "layer" + std::to_string(i);
    layer.op = IntegerOp::kConv;
    layer.inputs = {i - 1};
    layer.out = {2, 1, 1};
    layer.form = WeightForm::kDirect;
    layer.weights = {5, -100, 40, -30};
    layer.bias = {0, 0};
    layer.requant = {{1, 10}, {4, 10}};
  }
  return network;
}

TEST(MagnitudePruning, KeepsTheLargestWeightsInRealValues) {
  // A step of the second output channel is four times that of the first: 5, 100, 160 and 120.
  EXPECT_THAT(pruned_by_magnitude(example(), 0.5).nodes[2].weights, ElementsAre(0, 0, 40, -30));
  EXPECT_THAT(pruned_by_magnitude(example(), 0.25).nodes[2].weights, ElementsAre(0, 0, 40, 0));
  EXPECT_THAT(pruned_by_magnitude(example(), 0.51).nodes[2].weights, ElementsAre(0, -100, 40, -30));
}

TEST(MagnitudePruning, LeavesTheFirstLayerAndWholeSharesAlone) {
  EXPECT_EQ(pruned_by_magnitude(example(), 0.25).nodes[1], example().nodes[1]);
  EXPECT_EQ(pruned_by_magnitude(example(), 1), example());
}

TEST(MagnitudePruning, RefusesDecomposedLayers) {
  IntegerNetwork network = example();
  network.nodes[2].form = WeightForm::kDecomposed;
  EXPECT_USER_ERROR(pruned_by_magnitude(network, 0.5), testing::HasSubstr("'layer2'"));
}

}  // namespace
}  // namespace escalate
