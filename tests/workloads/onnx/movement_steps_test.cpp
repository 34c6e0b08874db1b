#include "workloads/onnx/movement_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace escalate {
namespace {

using testing::ElementsAre;
using Kind = MovementStep::Kind;

OnnxTensor numbers(OnnxDims dims) {
  OnnxTensor made(onnx::TensorProto::FLOAT, std::move(dims));
  for (std::size_t i = 0; i < made.floats.size(); ++i) made.floats[i] = float(i);
  return made;
}

TEST(MovementSteps, PermuteDimensions) {
  Movement turn;
  turn.steps = {{Kind::kPermute, {}, {2, 0, 1}, 0, {}}};
  const OnnxTensor made = moved(numbers({1, 2, 3}), turn);
  EXPECT_THAT(made.dims, ElementsAre(3, 1, 2));
  EXPECT_THAT(made.floats, ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(MovementSteps, PickPlacesAlongAnAxisAndFillTheRest) {
  Movement pick;
  pick.fill = 7;
  pick.steps = {{Kind::kPick, {}, {}, 1, {2, MovementStep::kFill, 0, 0}}};
  const OnnxTensor made = moved(numbers({2, 3}), pick);
  EXPECT_THAT(made.floats, ElementsAre(2, 7, 0, 0, 5, 7, 3, 3));
  EXPECT_EQ(made.dims, dims_after({2, 3}, pick));
}

TEST(MovementSteps, AreTakenOneAfterTheOther) {
  Movement both;
  both.steps = {{Kind::kReshape, {3, 2}, {}, 0, {}}, {Kind::kPermute, {}, {1, 0}, 0, {}}};
  EXPECT_THAT(moved(numbers({6}), both).floats, ElementsAre(0, 2, 4, 1, 3, 5));
  EXPECT_EQ(dims_after({6}, both), (OnnxDims{2, 3}));
}

}  // namespace
}  // namespace escalate
