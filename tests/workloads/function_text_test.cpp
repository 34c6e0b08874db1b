#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../support/expect_user_error.h"
#include "workloads/pointwise_function.h"

namespace escalate {
namespace {

using testing::HasSubstr;

TEST(FunctionText, IsReadBackAsTheFunctionItIsOf) {
  using Op = PointwiseFunction::Op;
  const PointwiseFunction x;
  const PointwiseFunction all = PointwiseFunction::binary(
      Op::kMax, PointwiseFunction::unary(Op::kErf, x),
      PointwiseFunction::binary(Op::kMul, PointwiseFunction::channel({0.5f, -1e-7f}),
                                PointwiseFunction::constant(3)));
  EXPECT_EQ(parse_function(all.text()), all);
  EXPECT_EQ(parse_function(x.text()), x);
}

TEST(FunctionText, NamesActivations) {
  EXPECT_FLOAT_EQ(parse_function("silu")(2, 0), 2 / (1 + std::exp(-2.0f)));
  EXPECT_FLOAT_EQ(parse_function("hardswish")(1, 0), 4.0f / 6);
  EXPECT_FLOAT_EQ(parse_function("hardsigmoid")(-9, 0), 0);
  EXPECT_FLOAT_EQ(parse_function("leaky_relu")(-2, 0), -0.02f);
  EXPECT_FLOAT_EQ(parse_function("elu")(-1, 0), std::exp(-1.0f) - 1);
  EXPECT_FLOAT_EQ(parse_function("exp")(0, 0), 1);
  for (const std::string& name : function_names()) EXPECT_NO_THROW(parse_function(name)) << name;
}

TEST(FunctionText, IsRefusedUnlessItLeavesOneValue) {
  EXPECT_USER_ERROR(parse_function("x add"), HasSubstr("'add' takes 2 values, and there are 1"));
  EXPECT_USER_ERROR(parse_function("x x"), HasSubstr("leaves 2 values"));
  EXPECT_USER_ERROR(parse_function(""), HasSubstr("leaves 0 values"));
  EXPECT_USER_ERROR(parse_function("sillu"), HasSubstr("'sillu' is no step of a function"));
  EXPECT_USER_ERROR(parse_function("x nan mul"), HasSubstr("'nan' is no step"));
  EXPECT_USER_ERROR(parse_function("[1,b] x mul"), HasSubstr("'b' is no step"));
  EXPECT_USER_ERROR(parse_function("[] x mul"), HasSubstr("'[]' is no list"));
  std::string endless = "x";
  for (int i = 0; i < 99; ++i) endless += " neg";
  EXPECT_USER_ERROR(parse_function(endless), HasSubstr("has 100 steps"));
}

}  // namespace
}  // namespace escalate
