#include "workloads/integer_network.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "common/random.h"
#include "tests/support/places.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

std::vector<std::int8_t> arbitrary_values(std::size_t count, int low, int high) {
  std::vector<std::int8_t> values(count);
  for (auto& value : values) value = std::int8_t(*rc::gen::inRange(low, high + 1));
  return values;
}

struct Case {
  IntegerNode node;
  Activations input;
};

Case arbitrary_convolution(WeightForm form) {
  Case test;
  IntegerNode& node = test.node;
  node.op = IntegerOp::kConv;
  node.form = form;
  node.groups = *rc::gen::inRange(1, 3);
  const int channels = node.groups * *rc::gen::inRange(1, 4);
  Window& window = node.window;
  window.r = *rc::gen::inRange(1, 4);
  window.s = *rc::gen::inRange(1, 4);
  window.stride_h = *rc::gen::inRange(1, 4);
  window.stride_w = *rc::gen::inRange(1, 4);
  window.pad_top = *rc::gen::inRange(0, window.r);
  window.pad_bottom = *rc::gen::inRange(0, window.r);
  window.pad_left = *rc::gen::inRange(0, window.s);
  window.pad_right = *rc::gen::inRange(0, window.s);
  test.input.shape = {channels, *rc::gen::inRange(3, 8), *rc::gen::inRange(3, 8)};
  test.input.values = arbitrary_values(test.input.shape.size(), -128, 127);
  node.out = {node.groups * *rc::gen::inRange(1, 11), window.out_h(test.input.shape.h),
              window.out_w(test.input.shape.w)};
  node.bias.assign(node.out.c, 0);
  const std::size_t taps = std::size_t(window.r) * window.s;
  const std::size_t kernels = std::size_t(node.out.c) * (channels / node.groups);
  if (form == WeightForm::kDirect) {
    node.weights = arbitrary_values(kernels * taps, -128, 127);
  } else {
    // 260 terms: some weights leave 16 bits.
    node.terms =
        *rc::gen::weightedOneOf<int>({{9, rc::gen::inRange(1, 10)}, {1, rc::gen::just(260)}});
    node.coefficients = arbitrary_values(kernels * node.terms, -1, 1);
    node.basis = arbitrary_values(node.terms * taps, -128, 127);
  }
  return test;
}

// The sum in the order of the accelerator: combine the input maps first, then convolve.
std::int32_t combined_first(const Case& test, int k, int p, int q) {
  const IntegerNode& node = test.node;
  const Window& window = node.window;
  const int channels = test.input.shape.c / node.groups;
  const int first = k / (node.out.c / node.groups) * channels;
  std::int32_t sum = 0;
  for (int m = 0; m < node.terms; ++m) {
    for (int r = 0; r < window.r; ++r) {
      for (int s = 0; s < window.s; ++s) {
        const int h = p * window.stride_h + r - window.pad_top;
        const int w = q * window.stride_w + s - window.pad_left;
        if (h < 0 || h >= test.input.shape.h || w < 0 || w >= test.input.shape.w) continue;
        std::int32_t element = 0;
        for (int c = 0; c < channels; ++c) {
          element += node.coefficients[(std::size_t(k) * node.terms + m) * channels + c] *
                     test.input.at(first + c, h, w);
        }
        sum += element * node.basis[(std::size_t(m) * window.r + r) * window.s + s];
      }
    }
  }
  return sum;
}

TEST(IntegerConvolution, EqualsCombiningTheInputMapsFirst) {
  EXPECT_TRUE(rc::check("reconstructed weights give the accelerator's sums", [] {
    const Case test = arbitrary_convolution(WeightForm::kDecomposed);
    RC_PRE(test.node.out.h > 0 && test.node.out.w > 0);
    const auto sums = reference_accumulators(test.node, test.input);
    std::size_t i = 0;
    for (int k = 0; k < test.node.out.c; ++k) {
      for (int p = 0; p < test.node.out.h; ++p) {
        for (int q = 0; q < test.node.out.w; ++q) {
          RC_ASSERT(sums[i++] == combined_first(test, k, p, q));
        }
      }
    }
  }));
}

void expect_sums_one_by_one(const Case& test) {
  const auto sums = reference_accumulators(test.node, test.input);
  std::size_t i = 0;
  for (int k = 0; k < test.node.out.c; ++k) {
    const auto kernel = reconstruct_kernel(test.node, test.input.shape.c, k);
    for (int p = 0; p < test.node.out.h; ++p) {
      for (int q = 0; q < test.node.out.w; ++q) {
        RC_ASSERT(sums[i++] == reference_accumulator(test.node, kernel, test.input, k, p, q));
      }
    }
  }
}

TEST(IntegerConvolution, EqualsItsDefinitionOutputByOutput) {
  EXPECT_TRUE(rc::check("all sums at once are the sums one by one", [] {
    const Case test =
        arbitrary_convolution(*rc::gen::element(WeightForm::kDecomposed, WeightForm::kDirect));
    RC_PRE(test.node.out.h > 0 && test.node.out.w > 0);
    expect_sums_one_by_one(test);
  }));
}

TEST(IntegerConvolution, EqualsItsDefinitionWithManyOutputChannels) {
  Case test;
  IntegerNode& node = test.node;
  node.op = IntegerOp::kConv;
  node.form = WeightForm::kDirect;
  node.groups = 2;
  node.out = {2 * 515, 2, 1};
  const RandomStream numbers(1);
  for (std::uint64_t i = 0; i < 2 * 515 * 3; ++i) {
    node.weights.push_back(std::int8_t(numbers.at(i)));
  }
  test.input = {{6, 2, 1}, {}};
  for (int i = 0; i < 12; ++i) test.input.values.push_back(std::int8_t(40 - 7 * i));
  EXPECT_NO_THROW(expect_sums_one_by_one(test));
}

TEST(IntegerConvolution, ReconstructsTheKernelOfOneChannelAsThatOfAll) {
  EXPECT_TRUE(rc::check("kernels one by one are the weights", [] {
    const Case test =
        arbitrary_convolution(*rc::gen::element(WeightForm::kDecomposed, WeightForm::kDirect));
    std::vector<std::int32_t> joined;
    for (int k = 0; k < test.node.out.c; ++k) {
      const auto kernel = reconstruct_kernel(test.node, test.input.shape.c, k);
      joined.insert(joined.end(), kernel.begin(), kernel.end());
    }
    RC_ASSERT(joined == reconstruct_weights(test.node, test.input.shape.c));
  }));
}

TEST(IntegerConvolution, StaysWithinItsWorstCase) {
  EXPECT_TRUE(rc::check("no accumulator exceeds the bound", [] {
    const Case test =
        arbitrary_convolution(*rc::gen::element(WeightForm::kDecomposed, WeightForm::kDirect));
    RC_PRE(test.node.out.h > 0 && test.node.out.w > 0);
    const std::int64_t bound = worst_case_accumulator(test.node, test.input.shape.c);
    for (const std::int32_t sum : reference_accumulators(test.node, test.input)) {
      RC_ASSERT(std::abs(std::int64_t{sum}) <= bound);
    }
  }));
}

TEST(IntegerConvolution, ReachesItsWorstCaseOnTheWorstInput) {
  IntegerNode node;
  node.op = IntegerOp::kConv;
  node.form = WeightForm::kDirect;
  node.out = {1, 1, 1};
  node.weights = {127, 100};
  node.bias = {-5};
  const Activations input{{2, 1, 1}, {-128, -128}};
  EXPECT_EQ(worst_case_accumulator(node, 2), 128 * 227 + 5);
  EXPECT_EQ(reference_accumulators(node, input)[0] + node.bias[0], -(128 * 227 + 5));
}

TEST(IntegerConvolution, HasAFactorOfItsOwnForSumsBelow0) {
  IntegerNode node;
  node.op = IntegerOp::kConv;
  node.form = WeightForm::kDirect;
  node.out = {3, 1, 1};
  node.weights = {1, 1, 1};
  node.bias = {0, -11, 20};
  node.requant = {{1, 1}, {1, 0}, {1, 0}};
  node.negative_requant = {{3, 1}, {-4, 1}, {9, 0}};
  const auto outputs = [&](std::int8_t value) {
    const Activations input{{1, 1, 1}, {value}};
    return run_node(node, {&input}).values;
  };
  using Values = std::vector<std::int8_t>;
  EXPECT_EQ(outputs(-5), (Values{-7, 32, 15}));  // -7.5 up, 16 * 2, and 15 from the bias on
  EXPECT_EQ(outputs(11), (Values{6, 0, 31}));
  EXPECT_EQ(outputs(10), (Values{5, 2, 30}));
  node.clamp_low = 3;
  node.clamp_high = 20;
  EXPECT_EQ(outputs(-5), (Values{3, 20, 15}));
  EXPECT_EQ(requantized(node, 0, INT32_MIN), 3);
}

TEST(IntegerPooling, LeavesPaddingOutOfTheMaximum) {
  IntegerNode node;
  node.op = IntegerOp::kMaxPool;
  node.window = {.r = 3, .s = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  node.out = {1, 1, 1};
  const Activations input{{1, 1, 1}, {-7}};
  EXPECT_EQ(run_node(node, {&input}).values, std::vector<std::int8_t>{-7});
}

TEST(IntegerPooling, RoundsAnAverageToTheNearestWithTiesUp) {
  IntegerNode node;
  node.op = IntegerOp::kAvgPool;
  node.window = {.r = 1, .s = 2};
  node.requant = {to_fixed_point(0.5)};
  node.out = {1, 1, 1};
  const Activations up{{1, 1, 2}, {1, 2}};
  const Activations down{{1, 1, 2}, {-1, -2}};
  EXPECT_EQ(run_node(node, {&up}).values[0], 2);
  EXPECT_EQ(run_node(node, {&down}).values[0], -1);
}

TEST(IntegerPooling, GivesWindowsThatHangOverThePaddedMapAFactorOfTheirOwn) {
  const Activations input{{1, 4, 4}, std::vector<std::int8_t>(16, 90)};
  IntegerNode node;
  node.op = IntegerOp::kAvgPool;
  node.window = {.r = 3, .s = 3, .stride_h = 2, .stride_w = 2, .pad_right = 1, .ceil_mode = true};
  node.count_include_pad = true;
  node.out = {1, 2, 2};
  node.requant = average_factors(1, node.window, true, input.shape);
  ASSERT_EQ(node.requant.size(), 4u);  // hangs over below, not to the right: there it is padded
  EXPECT_EQ(run_node(node, {&input}).values, (std::vector<std::int8_t>{90, 60, 90, 60}));
  node.count_include_pad = false;
  node.requant = average_factors(1, node.window, false, input.shape);
  ASSERT_EQ(node.requant.size(), 1u);
  EXPECT_EQ(run_node(node, {&input}).values, std::vector<std::int8_t>(4, 90));
}

TEST(IntegerAdd, BringsBothInputsToTheScaleOfTheOutputAndRoundsOnce) {
  IntegerNode node;
  node.op = IntegerOp::kAdd;
  node.out = {1, 1, 1};
  node.add_multiplier[0] = 3;
  node.add_multiplier[1] = 1;
  node.add_shift = 1;
  node.clamp_low = 0;
  const Activations a{{1, 1, 1}, {5}};
  const Activations b{{1, 1, 1}, {2}};
  EXPECT_EQ(run_node(node, {&a, &b}).values[0], 9);  // (15 + 2 + 1) >> 1
}

TEST(DrawnNetwork, PromisesThatNoAccumulatorOverflows) {
  for (const char* name : {"vgg16-imagenet", "resnet50-imagenet", "mobilenetv2-cifar10"}) {
    const IntegerNetwork network =
        draw_network(read_yaml_workload(source_folder() + "/workloads/zoo/" + name + ".yaml"), {})
            .network;
    for (const IntegerNode& node : network.nodes) {
      if (node.op != IntegerOp::kConv) continue;
      const int channels = network.nodes[node.inputs[0]].out.c;
      EXPECT_LT(worst_case_accumulator(node, channels), std::int64_t{1} << 31)
          << name << " " << node.name;
    }
  }
}

TEST(DrawnNetwork, RunsThroughWithOutputsThatNeitherVanishNorSaturate) {
  const IntegerNetwork network =
      draw_network(read_yaml_workload(source_folder() + "/workloads/zoo/resnet20-cifar10.yaml"), {})
          .network;
  std::vector<Activations> outputs = run_network(network, synthetic_input(network, 0));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (network.nodes[i].op != IntegerOp::kConv) continue;
    std::vector<const Activations*> inputs;
    for (const int input : network.nodes[i].inputs) inputs.push_back(&outputs[input]);
    double square = 0;
    for (const std::int8_t value : run_node(network.nodes[i], inputs).values)
      square += value * value;
    const double rms = std::sqrt(square / double(network.nodes[i].out.size()));
    EXPECT_GT(rms, 10) << network.nodes[i].name;
    EXPECT_LT(rms, 90) << network.nodes[i].name;
  }
}

}  // namespace
}  // namespace escalate
