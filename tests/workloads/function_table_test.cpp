#include "workloads/function_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace escalate {
namespace {

using Function = PointwiseFunction;
using Op = Function::Op;

TEST(FunctionTable, HoldsTheNearestStepOfEachValue) {
  const auto table = function_table(Function::unary(Op::kTanh, Function()), 1.0 / 32, 1.0 / 127);
  ASSERT_EQ(table.size(), 256u);
  for (int step = -128; step <= 127; ++step) {
    const double exact = std::tanh(step / 32.0) * 127;
    EXPECT_NEAR(table[std::size_t(step + 128)], exact, 0.501) << step;
  }
}

TEST(FunctionTable, ClampsWhatInt8DoesNotHold) {
  const auto table = function_table(Function::unary(Op::kExp, Function()), 1, 1);
  EXPECT_EQ(table[128 + 4], 55);
  EXPECT_EQ(table[128 + 5], 127);
  EXPECT_EQ(table[255], 127);
}

TEST(FunctionTable, IsZeroWhereTheFunctionIsNotDefined) {
  const auto table = function_table(Function::unary(Op::kSqrt, Function()), 1, 1);
  EXPECT_EQ(table[0], 0);
  EXPECT_EQ(table[128 + 100], 10);
}

TEST(FunctionTable, HasOneForEachChannelOfAFunctionWithChannels) {
  const Function slope = Function::channel({1, -1});
  const auto table = function_table(Function::binary(Op::kMul, Function(), slope), 1, 1);
  ASSERT_EQ(table.size(), 512u);
  EXPECT_EQ(table[128 + 3], 3);
  EXPECT_EQ(table[256 + 128 + 3], -3);
}

}  // namespace
}  // namespace escalate
