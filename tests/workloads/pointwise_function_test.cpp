#include "workloads/pointwise_function.h"

#include <gtest/gtest.h>

#include <cmath>

namespace escalate {
namespace {

using Function = PointwiseFunction;
using Op = Function::Op;

Function leaky_relu() {
  const Function x, zero = Function::constant(0);
  return Function::binary(
      Op::kAdd, Function::binary(Op::kMax, x, zero),
      Function::binary(Op::kMul, Function::constant(0.1f), Function::binary(Op::kMin, x, zero)));
}

TEST(PointwiseFunction, IsItsArgumentAtFirst) {
  const Function x;
  EXPECT_TRUE(x.is_identity());
  EXPECT_TRUE(x.is_uniform());
  EXPECT_EQ(x(-2.5f, 7), -2.5f);
  EXPECT_EQ(x.text(), "x");
}

TEST(PointwiseFunction, IsMadeOfSteps) {
  const Function f = leaky_relu();
  EXPECT_FALSE(f.is_identity());
  EXPECT_FLOAT_EQ(f(3, 0), 3);
  EXPECT_FLOAT_EQ(f(-3, 0), -0.3f);
  EXPECT_EQ(f.text(), "x 0 max 0.1 x 0 min mul add");
}

TEST(PointwiseFunction, PutsTheLowerOperandToTheLeft) {
  const Function x, two = Function::constant(2);
  EXPECT_FLOAT_EQ(Function::binary(Op::kSub, two, x)(5, 0), -3);
  EXPECT_FLOAT_EQ(Function::binary(Op::kDiv, x, two)(5, 0), 2.5f);
  EXPECT_FLOAT_EQ(Function::binary(Op::kPow, x, two)(5, 0), 25);
}

TEST(PointwiseFunction, ReadsTheNumberOfItsChannel) {
  const Function f = Function::binary(Op::kMul, Function(), Function::channel({2, 3}));
  EXPECT_FALSE(f.is_uniform());
  EXPECT_EQ(f.channels(), 2);
  EXPECT_FLOAT_EQ(f(5, 0), 10);
  EXPECT_FLOAT_EQ(f(5, 1), 15);
  EXPECT_EQ(Function::binary(Op::kAdd, f, Function::channel({1, 2, 3})).channels(), -1);
}

TEST(PointwiseFunction, IsComposedByPuttingOneInTheOthersPlace) {
  const Function negated = Function::unary(Op::kNegate, Function());
  const Function f = Function::composed(leaky_relu(), negated);
  for (const float x : {-4.0f, -0.5f, 0.0f, 2.0f}) EXPECT_FLOAT_EQ(f(x, 0), leaky_relu()(-x, 0));
}

TEST(PointwiseFunction, StaysFiniteWhereItsDefinitionWouldOverflow) {
  const Function softplus = Function::unary(Op::kSoftplus, Function());
  EXPECT_FLOAT_EQ(softplus(200, 0), 200);
  EXPECT_NEAR(softplus(-200, 0), 0, 1e-30);
  EXPECT_FLOAT_EQ(Function::unary(Op::kSigmoid, Function())(-200, 0), 0);
}

TEST(PointwiseFunction, RoundsHalvesToEven) {
  const Function round = Function::unary(Op::kRound, Function());
  EXPECT_EQ(round(0.5f, 0), 0);
  EXPECT_EQ(round(1.5f, 0), 2);
  EXPECT_EQ(round(-2.5f, 0), -2);
}

}  // namespace
}  // namespace escalate
