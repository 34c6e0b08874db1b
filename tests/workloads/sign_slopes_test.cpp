#include "workloads/sign_slopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <set>
#include <string>

#include "../support/prelu_model.h"

namespace escalate {
namespace {

void expect_slopes(const std::string& text, const std::vector<float>& positive,
                   const std::vector<float>& negative) {
  const auto slopes = sign_slopes(parse_function(text));
  ASSERT_TRUE(slopes) << text;
  EXPECT_EQ(slopes->positive, positive) << text;
  EXPECT_EQ(slopes->negative, negative) << text;
}

TEST(SignSlopes, AreThoseOfAPReluHoweverItIsWritten) {
  expect_slopes("x 0 max x 0 min [0.25,-0.5] mul add", {1, 1}, {0.25f, -0.5f});
  expect_slopes("x 0 max x neg 0 max [0.25,-0.5] mul sub", {1, 1}, {0.25f, -0.5f});
  expect_slopes("x 0 max [-0.25,0.5] x neg 0 max mul add", {1, 1}, {0.25f, -0.5f});
  expect_slopes("x 0 max x x abs sub [0.25,-0.5] mul 0.5 mul add", {1, 1}, {0.25f, -0.5f});
  expect_slopes("x x [0.25,0.5] mul max", {1, 1}, {0.25f, 0.5f});
  expect_slopes("x 2 div x abs add", {1.5f}, {-0.5f});
  expect_slopes("x -3 abs mul", {3}, {3});
  expect_slopes("x 5 7 min mul", {5}, {5});
}

TEST(SignSlopes, AreNoneOfOtherFunctions) {
  for (const char* text :
       {"x 1 add", "x 0.5 max", "x x mul", "x sigmoid", "1 x div", "x 0 div", "3", "0",
        "x 0 max x 0 min [0.25,0.5] mul add 1 sub", "x [1,2,3] mul [1,2] mul"}) {
    EXPECT_FALSE(sign_slopes(parse_function(text))) << text;
  }
}

TEST(SignSlopes, AreFusibleOnlyByChannelAndWhereNoLineFallsAbove0) {
  const auto fusible = [](const char* text) {
    return fusible_slopes(parse_function(text)).has_value();
  };
  EXPECT_TRUE(fusible("x 0 max x 0 min [0.25,-0.5] mul add"));
  EXPECT_TRUE(fusible("x 0 min [0.25,-0.5] mul"));
  EXPECT_FALSE(fusible("x 0 max x 0 min 0.25 mul add"));
  EXPECT_FALSE(fusible("x [0.25,-0.5] mul"));
}

TEST(SignSlopes, AreThoseOfAPReluOfAnyExporter) {
  for (const PreluForm form : {PreluForm::kOperator, PreluForm::kKeras, PreluForm::kTensorFlow}) {
    const Graph graph = prelu_model(form).read();
    ASSERT_EQ(graph.nodes.size(), 5u);
    const auto slopes = fusible_slopes(graph.nodes[3].function);
    ASSERT_TRUE(slopes);
    EXPECT_EQ(slopes->negative, (std::vector<float>{0.25f, -0.5f}));
    EXPECT_EQ(std::set<float>(slopes->positive.begin(), slopes->positive.end()),
              (std::set<float>{1}));
  }
}

/// Within a property: a line through 0 on either side of it, of two channels.
PointwiseFunction random_line(int depth) {
  using F = PointwiseFunction;
  using Op = F::Op;
  const auto number = [] { return float(*rc::gen::inRange(-8, 9)) / 4; };
  if (depth == 0) return {};
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return F::unary(*rc::gen::elementOf(std::vector<Op>{Op::kNegate, Op::kAbs}),
                      random_line(depth - 1));
    case 1:
      return F::binary(Op::kMul, F::channel({number(), number()}), random_line(depth - 1));
    case 2:
      return F::binary(*rc::gen::elementOf(std::vector<Op>{Op::kMin, Op::kMax}), F::constant(0),
                       random_line(depth - 1));
    default:
      return F::binary(*rc::gen::elementOf(std::vector<Op>{Op::kAdd, Op::kSub, Op::kMin, Op::kMax}),
                       random_line(depth - 1), random_line(depth - 1));
  }
}

TEST(SignSlopes, GiveTheValuesOfTheFunction) {
  EXPECT_TRUE(rc::check("slope times x is the function", [] {
    const PointwiseFunction function = random_line(*rc::gen::inRange(0, 4));
    const auto slopes = sign_slopes(function);
    RC_ASSERT(slopes.has_value());
    for (const float x : {-3.0f, -0.5f, 0.0f, 0.25f, 7.0f}) {
      for (std::size_t c = 0; c < 2; ++c) {
        const auto& of = x < 0 ? slopes->negative : slopes->positive;
        RC_ASSERT(function(x, int(c)) == of[of.size() == 1 ? 0 : c] * x);
      }
    }
  }));
}

}  // namespace
}  // namespace escalate
