#include "workloads/placed_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_user_error.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Node input_of(Shape shape) {
  Node node;
  node.name = "input";
  node.out = shape;
  return node;
}

Node pool_of(const std::string& name, int kernel) {
  Node node;
  node.name = name;
  node.op = OpKind::kMaxPool;
  node.inputs = {0};
  node.window = Window{kernel, kernel, 1, 1, 0, 0};
  return node;
}

TEST(PlacedGraph, NamesTheLineOfALayerWhoseShapeIsImpossible) {
  PlacedGraph network;
  network.add(input_of({2, 4, 4}), {"w.yaml", 2, "input"});
  network.add(pool_of("pool", 9), {"w.yaml", 7, "max_pool"});
  EXPECT_USER_ERROR(network.infer_shapes(), HasSubstr("w.yaml:7: max_pool: "));
  EXPECT_EQ(network.place_of("pool").line, 7);
  EXPECT_THROW((void)network.place_of("other"), InternalError);
}

TEST(PlacedGraph, HasEachNameOnce) {
  PlacedGraph network;
  network.add(input_of({2, 4, 4}), {"w.yaml", 2, "input"});
  EXPECT_EQ(network.last_index(), 0);
  EXPECT_USER_ERROR(network.add(pool_of("input", 2), {"w.yaml", 3, "max_pool"}),
                    HasSubstr("w.yaml:3: max_pool: there is already a layer 'input'"));
  EXPECT_EQ(network.last_index(), 0);
}

TEST(PlacedGraph, RepeatsThePlacesOfAnEnlargedMap) {
  PlacedGraph network;
  network.add(input_of({1, 2, 3}), {"w.yaml", 2, "input"});
  Node resize;
  resize.name = "up";
  resize.op = OpKind::kSelect;
  resize.inputs = {0};
  resize.selection.rows.resize(4);
  resize.selection.columns.resize(3);
  network.add(std::move(resize), {"w.yaml", 3, "resize"});
  network.mark_enlarging();
  network.infer_shapes();
  EXPECT_THAT(network.last().selection.rows, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(network.last().selection.columns, ElementsAre(0, 1, 2));
  EXPECT_EQ(network.last().out, (Shape{1, 4, 3}));
}

}  // namespace
}  // namespace escalate
