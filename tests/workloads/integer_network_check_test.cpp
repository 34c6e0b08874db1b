// IntegerNetwork::validate(): networks that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "../support/expect_user_error.h"
#include "workloads/integer_network.h"

namespace escalate {
namespace {

using testing::HasSubstr;

IntegerNode node(const char* name, IntegerOp op, std::vector<int> inputs, Shape out) {
  IntegerNode made;
  made.name = name;
  made.op = op;
  made.inputs = std::move(inputs);
  made.out = out;
  return made;
}

constexpr FixedPoint kHalf{1 << 30, 31};

// One of every operation: input 2x4x4 -> conv (3) -> pool -> mean -> direct (3) -> sum -> concat ->
// pad -> rescale -> flatten.
IntegerNetwork sound() {
  IntegerNetwork network;
  network.nodes.push_back(node("input", IntegerOp::kInput, {}, {2, 4, 4}));
  IntegerNode conv = node("conv", IntegerOp::kConv, {0}, {3, 4, 4});
  conv.window.r = conv.window.s = 3;
  conv.window.pad_top = conv.window.pad_left = conv.window.pad_bottom = conv.window.pad_right = 1;
  conv.terms = 2;
  conv.coefficients.assign(3 * 2 * 2, 1);
  conv.basis.assign(2 * 9, 5);
  conv.bias.assign(3, 7);
  conv.requant.assign(3, kHalf);
  network.nodes.push_back(conv);
  IntegerNode pool = node("pool", IntegerOp::kMaxPool, {1}, {3, 2, 2});
  pool.window.r = pool.window.s = pool.window.stride_h = pool.window.stride_w = 2;
  network.nodes.push_back(pool);
  IntegerNode mean = node("mean", IntegerOp::kAvgPool, {2}, {3, 2, 2});
  mean.requant = {kHalf};
  network.nodes.push_back(mean);
  IntegerNode direct = node("direct", IntegerOp::kConv, {3}, {3, 2, 2});
  direct.form = WeightForm::kDirect;
  direct.groups = 3;
  direct.weights.assign(3, -4);
  direct.bias.assign(3, 0);
  direct.requant.assign(3, kHalf);
  network.nodes.push_back(direct);
  IntegerNode sum = node("sum", IntegerOp::kAdd, {2, 4}, {3, 2, 2});
  sum.add_multiplier[0] = sum.add_multiplier[1] = 1;
  network.nodes.push_back(sum);
  IntegerNode concat = node("concat", IntegerOp::kConcat, {5, 2}, {6, 2, 2});
  concat.requant.assign(2, kHalf);
  network.nodes.push_back(concat);
  IntegerNode pad = node("pad", IntegerOp::kChannelPad, {6}, {9, 2, 2});
  pad.pad_before = 1;
  pad.pad_after = 2;
  pad.substitute = Activations{pad.out, std::vector<std::int8_t>(36, 0)};
  network.nodes.push_back(pad);
  IntegerNode rescale = node("rescale", IntegerOp::kRescale, {7}, {9, 2, 2});
  rescale.requant = {kHalf};
  network.nodes.push_back(rescale);
  network.nodes.push_back(node("flatten", IntegerOp::kFlatten, {8}, {36, 1, 1}));
  return network;
}

enum Number { kInput, kConv, kPool, kMean, kDirect, kSum, kConcat, kPad, kRescale, kFlatten };

template <class Change>
void expect_refused(Number number, Change&& change, const std::string& what) {
  IntegerNetwork network = sound();
  IntegerNode& changed = network.nodes[std::size_t(number)];
  const std::string name = changed.name;
  change(changed);
  EXPECT_USER_ERROR(network.validate(),
                    testing::AllOf(testing::StartsWith(name + ": "), HasSubstr(what)));
}

TEST(IntegerNetworkCheck, TakesOneOfEveryOperation) { EXPECT_NO_THROW(sound().validate()); }

TEST(IntegerNetworkCheck, TakesAnAverageWithAFactorForEachKindOfWindow) {
  IntegerNetwork network = sound();
  network.nodes[kMean].requant.assign(4, kHalf);
  EXPECT_NO_THROW(network.validate());
}

TEST(IntegerNetworkCheck, RefusesInputsThatAreNotBeforeANode) {
  expect_refused(
      kPool, [](IntegerNode& n) { n.inputs = {2}; }, "before it");
  expect_refused(
      kPool, [](IntegerNode& n) { n.inputs = {-1}; }, "before it");
  expect_refused(
      kPool, [](IntegerNode& n) { n.inputs = {}; }, "0 inputs, expected 1");
  expect_refused(
      kSum, [](IntegerNode& n) { n.inputs = {2}; }, "1 inputs, expected 2");
  expect_refused(
      kSum,
      [](IntegerNode& n) {
        n.inputs = {2, 2, 2};
      },
      "3 inputs, expected 2");
  expect_refused(
      kConcat, [](IntegerNode& n) { n.inputs = {}; }, "at least 1");
  expect_refused(
      kInput, [](IntegerNode& n) { n.inputs = {0}; }, "1 inputs, expected 0");
  expect_refused(
      kInput, [](IntegerNode& n) { n.op = IntegerOp::kRescale; }, "first node");
  expect_refused(
      kRescale, [](IntegerNode& n) { n.op = IntegerOp::kInput; }, "first node");
}

TEST(IntegerNetworkCheck, RefusesShapesThatAreNotThoseOfTheOperation) {
  for (const Number number :
       {kConv, kPool, kMean, kDirect, kSum, kConcat, kPad, kRescale, kFlatten}) {
    IntegerNetwork network = sound();
    for (int Shape::*extent : {&Shape::c, &Shape::h, &Shape::w}) {
      IntegerNode& changed = network.nodes[std::size_t(number)];
      const Shape before = changed.out;
      for (const int other : {before.*extent + 1, 0, -1, std::numeric_limits<int>::max()}) {
        changed.out.*extent = other;
        EXPECT_USER_ERROR(network.validate(), testing::StartsWith(changed.name + ": "));
      }
      changed.out = before;
    }
  }
  expect_refused(
      kInput, [](IntegerNode& n) { n.out.c = 0; }, "0x4x4");
  expect_refused(
      kInput,
      [](IntegerNode& n) {
        n.out = {1 << 20, 1 << 20, 1};
      },
      "elements");
}

TEST(IntegerNetworkCheck, RefusesWindowsThatCannotBe) {
  expect_refused(
      kConv, [](IntegerNode& n) { n.window.r = 0; }, "kernel size or stride 0");
  expect_refused(
      kConv, [](IntegerNode& n) { n.window.stride_w = -1; }, "kernel size or stride -1");
  expect_refused(
      kConv, [](IntegerNode& n) { n.window.pad_left = -1; }, "padding -1");
  expect_refused(
      kPool, [](IntegerNode& n) { n.window.pad_bottom = 2; }, "as much as its kernel");
  expect_refused(
      kMean,
      [](IntegerNode& n) {
        n.window.r = n.window.s = 1 << 13;
        n.window.pad_top = n.window.pad_left = (1 << 13) - 1;
      },
      "window of");
}

TEST(IntegerNetworkCheck, RefusesTensorsOfOtherSizes) {
  expect_refused(
      kConv, [](IntegerNode& n) { n.groups = 0; }, "groups 0");
  expect_refused(
      kConv, [](IntegerNode& n) { n.groups = 2; }, "do not divide");
  expect_refused(
      kConv, [](IntegerNode& n) { n.terms = 0; }, "terms 0");
  expect_refused(
      kConv, [](IntegerNode& n) { n.coefficients.pop_back(); }, "11 coefficients");
  expect_refused(
      kConv, [](IntegerNode& n) { n.coefficients[0] = 2; }, "not -1, 0 or 1");
  expect_refused(
      kConv, [](IntegerNode& n) { n.basis.push_back(1); }, "19 basis values");
  expect_refused(
      kConv, [](IntegerNode& n) { n.weights.push_back(1); }, "1 weights, expected 0");
  expect_refused(
      kConv, [](IntegerNode& n) { n.bias.clear(); }, "0 biases, expected 3");
  expect_refused(
      kConv, [](IntegerNode& n) { n.requant.clear(); }, "0 factors, expected 3");
  expect_refused(
      kConv, [](IntegerNode& n) { n.negative_requant.assign(2, kHalf); },
      "2 factors of sums below 0, expected 3");
  expect_refused(
      kMean, [](IntegerNode& n) { n.negative_requant.assign(3, kHalf); }, "makes no sums");
  expect_refused(
      kConv, [](IntegerNode& n) { n.form = WeightForm(-128); }, "form -128");
  expect_refused(
      kDirect, [](IntegerNode& n) { n.weights.clear(); }, "0 weights, expected 3");
  expect_refused(
      kDirect, [](IntegerNode& n) { n.basis = {1}; }, "expected 0");
  expect_refused(
      kMean, [](IntegerNode& n) { n.requant.clear(); }, "0 factors, expected 1");
  expect_refused(
      kConcat, [](IntegerNode& n) { n.requant.pop_back(); }, "1 factors, expected 2");
  expect_refused(
      kRescale, [](IntegerNode& n) { n.requant.clear(); }, "0 factors, expected 1");
  expect_refused(
      kConcat, [](IntegerNode& n) { n.op = IntegerOp(99); }, "expected");
}

TEST(IntegerNetworkCheck, RefusesNumbersThatArithmeticDoesNotHold) {
  expect_refused(
      kConv, [](IntegerNode& n) { n.requant[1].shift = 63; }, "shift 63");
  expect_refused(
      kConv, [](IntegerNode& n) { n.requant[1].multiplier = -1; }, "multiplier -1");
  expect_refused(
      kConv,
      [](IntegerNode& n) {
        n.negative_requant.assign(3, {1, 63});
      },
      "shift of sums below 0 63");
  expect_refused(
      kConv,
      [](IntegerNode& n) {
        n.negative_requant.assign(3, {INT32_MIN, 62});
      },
      "multiplier of sums below 0 -2147483648");
  expect_refused(
      kConv, [](IntegerNode& n) { n.bias[2] = INT32_MIN; }, "more than 32 bits");
  expect_refused(
      kSum, [](IntegerNode& n) { n.add_shift = -1; }, "shift -1");
  expect_refused(
      kPool, [](IntegerNode& n) { n.clamp_low = -129; }, "clamp");
  expect_refused(
      kPool, [](IntegerNode& n) { n.clamp_high = 128; }, "clamp");
  expect_refused(
      kPool, [](IntegerNode& n) { n.clamp_low = n.clamp_high + 1; }, "clamp");
  expect_refused(
      kPool, [](IntegerNode& n) { n.scale = 0; }, "scale");
  expect_refused(
      kPool, [](IntegerNode& n) { n.scale = std::nan(""); }, "scale");
  expect_refused(
      kPad, [](IntegerNode& n) { n.pad_before = -1; }, "padding -1");
}

TEST(IntegerNetworkCheck, RefusesDrawnValuesThatDoNotFit) {
  expect_refused(
      kPad, [](IntegerNode& n) { n.substitute->values.pop_back(); }, "35 drawn values");
  expect_refused(
      kPad, [](IntegerNode& n) { n.substitute->shape.c = 8; }, "drawn for a tensor");
  expect_refused(
      kPad, [](IntegerNode& n) { n.substitute->values[0] = 1; }, "padding");
  expect_refused(
      kPad, [](IntegerNode& n) { n.substitute->values[35] = 1; }, "padding");
  const auto select_with_zeros = [](IntegerNode& n, int drawn_row) {
    n.op = IntegerOp::kSelect;
    n.requant = {kHalf};
    n.selection.rows = {Selection::kZero, 1};
    n.out = {6, 2, 2};
    n.substitute = Activations{n.out, std::vector<std::int8_t>(24, 0)};
    n.substitute->values[std::size_t(drawn_row) * 2] = 1;
  };
  expect_refused(
      kPad, [&](IntegerNode& n) { select_with_zeros(n, 0); }, "zeros");
  // What follows wants the shape of a padding, and nothing else is wrong.
  IntegerNetwork right = sound();
  right.nodes.resize(std::size_t(kPad) + 1);
  select_with_zeros(right.nodes.back(), 1);
  EXPECT_NO_THROW(right.validate());
  expect_refused(
      kFlatten,
      [](IntegerNode& n) {
        n.substitute = Activations{n.out, std::vector<std::int8_t>(36, 0)};
      },
      "read otherwise");
}

TEST(IntegerNetworkCheck, RefusesWhatIsNoNetwork) {
  EXPECT_USER_ERROR(IntegerNetwork{}.validate(), HasSubstr("no nodes"));
  IntegerNetwork network = sound();
  network.input_scale = -1;
  EXPECT_USER_ERROR(network.validate(), HasSubstr("input_scale"));
  network = sound();
  network.transform.mean = {std::numeric_limits<float>::infinity()};
  EXPECT_USER_ERROR(network.validate(), HasSubstr("transform"));
}

}  // namespace
}  // namespace escalate
