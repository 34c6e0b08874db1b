#include "workloads/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/expect_user_error.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What a selection makes of maps with values 1, 2, 3, ...
std::vector<float> selected(const Selection& selection, const std::vector<Shape>& shapes) {
  Graph graph;
  int channels = 0;
  for (const Shape& shape : shapes) channels += int(shape.size());
  graph.nodes.resize(1);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {channels, 1, 1};
  Node select;
  select.name = "select";
  select.op = OpKind::kSelect;
  select.selection = selection;
  std::vector<Tensor> tensors;
  float value = 0;
  for (const Shape& shape : shapes) {
    Tensor tensor{shape, {}};
    for (int i = 0; i < shape.size(); ++i) tensor.values.push_back(++value);
    tensors.push_back(tensor);
    Node input;
    input.name = "part" + std::to_string(tensors.size());
    input.out = shape;
    graph.nodes.push_back(input);
    select.inputs.push_back(int(tensors.size()));
  }
  select.out = selection.selected(shapes);
  graph.nodes.push_back(select);
  std::vector<const Tensor*> inputs;
  for (const Tensor& tensor : tensors) inputs.push_back(&tensor);
  return FloatExecutor(graph).run_node(int(graph.nodes.size()) - 1, inputs).values;
}

TEST(Selection, TakesAllWithoutLists) {
  EXPECT_THAT(selected({}, {{1, 2, 2}}), ElementsAre(1, 2, 3, 4));
}

TEST(Selection, PicksRowsColumnsAndChannels) {
  EXPECT_THAT(selected({0, {1}, {1, 0}, {0, 0}}, {{2, 2, 2}}), ElementsAre(7, 7, 5, 5));
}

TEST(Selection, PutsZerosWhereItIsTold) {
  EXPECT_THAT(selected({0, {}, {-1, 0}, {1, -1}}, {{1, 1, 2}}), ElementsAre(0, 0, 2, 0));
}

TEST(Selection, JoinsInputsAlongEachAxis) {
  EXPECT_THAT(selected({0, {}, {}, {}}, {{1, 1, 2}, {2, 1, 2}}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(selected({1, {}, {2, 0, 1}, {}}, {{1, 1, 2}, {1, 2, 2}}),
              ElementsAre(5, 6, 1, 2, 3, 4));
  EXPECT_THAT(selected({2, {}, {}, {2, 0}}, {{1, 2, 2}, {1, 2, 1}}), ElementsAre(5, 1, 6, 3));
}

TEST(Selection, NamesAPlaceThatIsNotThere) {
  const Shape shape{2, 3, 4};
  EXPECT_USER_ERROR(Selection({0, {}, {3}, {}}).selected(std::span(&shape, 1)),
                    HasSubstr("row 3 of 3"));
  EXPECT_USER_ERROR(Selection({0, {-2}, {}, {}}).selected(std::span(&shape, 1)),
                    HasSubstr("channel -2 of 2"));
  EXPECT_USER_ERROR(Selection({3, {}, {}, {}}).selected(std::span(&shape, 1)), HasSubstr("axis 3"));
}

TEST(Selection, NamesMapsThatDoNotJoin) {
  const Shape shapes[] = {{2, 3, 4}, {2, 3, 5}};
  EXPECT_USER_ERROR(Selection().selected(shapes), HasSubstr("2x3x5 and 2x3x4"));
}

TEST(Broadcast, ReadsExtentsOfOneAgain) {
  EXPECT_EQ(broadcast({4, 3, 2}, {4, 1, 1}), (Shape{4, 3, 2}));
  EXPECT_EQ(broadcast({1, 3, 2}, {4, 1, 2}), (Shape{4, 3, 2}));
  EXPECT_EQ(broadcast({4, 3, 2}, {2, 3, 2}), std::nullopt);
}

}  // namespace
}  // namespace escalate
