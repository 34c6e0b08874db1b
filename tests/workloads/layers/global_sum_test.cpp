#include <gtest/gtest.h>

#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

Node sum_of(const Shape& in) {
  Node node;
  node.op = OpKind::kGlobalSum;
  node.inputs = {0};
  node.out = kind_of(node).shape(node, {in});
  return node;
}

TEST(GlobalSum, AddsUpTheMapOfEachChannel) {
  const Tensor in{{2, 2, 2}, {1, 2, 3, 4, 0.5f, -1, 0, 0.25f}};
  const Node node = sum_of(in.shape);
  const Tensor out = kind_of(node).run(node, {&in});
  EXPECT_EQ(out.shape, (Shape{2, 1, 1}));
  EXPECT_EQ(out.values, (std::vector<float>{10, -0.25f}));
}

// Five values of 2 and one of 9 in steps of 0.5 are 9.5: 4.75 steps of 2.
TEST(GlobalSum, RoundsTheSumOfItsIntegersOnce) {
  const Activations in{{1, 2, 3}, {2, 2, 2, 2, 2, 9}};
  const Node node = sum_of(in.shape);
  IntegerNode made;
  made.out = node.out;
  kind_of(node).set_integers(node, {in.shape}, {{0.5}, 2}, made);
  EXPECT_EQ(run_node(made, {&in}).values, std::vector<std::int8_t>{5});
}

TEST(GlobalSum, IsOfTheScaleOfAMeanInADrawnNetwork) {
  const Node node = sum_of({1, 2, 3});
  IntegerNode made;
  kind_of(node).draw(node, {{1, 2, 3}}, {{3, 10}}, made);
  EXPECT_EQ(made.requant, std::vector<FixedPoint>{to_fixed_point(1.0 / 6)});
}

}  // namespace
}  // namespace escalate
