#include "workloads/draw.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "../support/expect_user_error.h"
#include "../support/npy_text.h"
#include "../support/temporary_folder.h"
#include "tests/support/places.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::vector<std::int8_t>;

Graph zoo(const std::string& name) {
  return read_yaml_workload(source_folder() + "/workloads/zoo/" + name + ".yaml");
}

double density(const Values& values) {
  return 1 - double(std::count(values.begin(), values.end(), 0)) / double(values.size());
}

/// Five standard deviations of a Bernoulli share: one test in two million fails by chance.
double tolerance(double share, std::size_t count) {
  return 5 * std::sqrt(share * (1 - share) / double(count)) + 1e-9;
}

const IntegerNode& node(const IntegerNetwork& network, const std::string& name) {
  const auto found = std::find_if(network.nodes.begin(), network.nodes.end(),
                                  [&](const IntegerNode& n) { return n.name == name; });
  if (found == network.nodes.end()) throw std::runtime_error("no node " + name);
  return *found;
}

const Values& input_of(const IntegerNetwork& network, const IntegerNode& layer) {
  return network.nodes[layer.inputs.at(0)].substitute.value().values;
}

Values layer_weights(const IntegerNode& layer) {
  return layer.form == WeightForm::kDirect ? layer.weights : layer.coefficients;
}

class Draw : public testing::Test {
 protected:
  Graph graph(const std::string& layers, const std::string& input = "[4, 8, 8]") {
    return read_yaml_workload(
        folder_.write("w.yaml", "name: t\ninput: " + input +
                                    "\ndefaults: {coefficient_density: 0.3, weight_density: 0.4, "
                                    "activation_density: 0.5}\nlayers:\n" +
                                    layers));
  }
  TemporaryFolder folder_;
};

TEST_F(Draw, GivesEveryTensorTheDensityAskedFor) {
  const Graph workload = zoo("mobilenetv2-cifar10");
  const IntegerNetwork network = draw_network(workload, {}).network;
  for (const Node& layer : workload.nodes) {
    if (!layer.is_weighted()) continue;
    const IntegerNode& drawn = node(network, layer.name);
    const double asked =
        layer.form == LayerForm::kDirect ? layer.drawn->weight : layer.drawn->coefficient;
    const Values weights = layer_weights(drawn);
    EXPECT_NEAR(density(weights), asked, tolerance(asked, weights.size())) << layer.name;
    const Values& input = input_of(network, drawn);
    EXPECT_NEAR(density(input), layer.drawn->activation,
                tolerance(layer.drawn->activation, input.size()))
        << layer.name;
  }
}

TEST_F(Draw, GivesTernaryCoefficientsBothSignsEqually) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=256,K=128,H=4,R=3,density=0.5"), {}).network;
  const Values& coefficients = network.nodes[1].coefficients;
  ASSERT_EQ(coefficients.size(), 256u * 128 * 6);
  const auto of = [&](int value) {
    return double(std::count(coefficients.begin(), coefficients.end(), value)) /
           double(coefficients.size());
  };
  EXPECT_NEAR(of(1), 0.25, tolerance(0.25, coefficients.size()));
  EXPECT_NEAR(of(-1), 0.25, tolerance(0.25, coefficients.size()));
  EXPECT_NEAR(of(0), 0.5, tolerance(0.5, coefficients.size()));
}

TEST_F(Draw, GivesNegativeInputsOnlyWhereNoReluStandsBefore) {
  const IntegerNetwork network = draw_network(zoo("mobilenetv2-cifar10"), {}).network;
  const auto smallest = [&](const char* layer) {
    const Values& input = input_of(network, node(network, layer));
    return *std::min_element(input.begin(), input.end());
  };
  EXPECT_EQ(smallest("stem"), -127);             // the image
  EXPECT_EQ(smallest("block3.1.expand"), -127);  // a linear bottleneck
  EXPECT_EQ(smallest("block3.1.depthwise"), 0);
  EXPECT_EQ(smallest("block3.1.project"), 0);
}

TEST_F(Draw, UsesTheWholeRangeOfInt8ButTheLeastValue) {
  const Values input = input_of(
      draw_network(parse_quick_layer("C=64,K=1,H=64,activation_density=1"), {}).network,
      draw_network(parse_quick_layer("C=64,K=1,H=64,activation_density=1"), {}).network.nodes[1]);
  for (int value = 1; value <= 127; ++value) {
    const double share =
        double(std::count(input.begin(), input.end(), value)) / double(input.size());
    EXPECT_NEAR(share, 1 / 127.0, 1 / 127.0 + 0.002) << value;
    EXPECT_GT(share, 0) << value;
  }
  EXPECT_EQ(density(input), 1);
}

TEST_F(Draw, DrawsNothingAtDensityZeroAndEverythingAtOne) {
  const auto coefficients = [](const char* layer) {
    return draw_network(parse_quick_layer(layer), {}).network.nodes[1].coefficients;
  };
  EXPECT_EQ(density(coefficients("C=64,K=64,H=4,R=3,density=0")), 0);
  EXPECT_EQ(density(coefficients("C=64,K=64,H=4,R=3,density=1")), 1);
}

TEST_F(Draw, KeepsTheNonZerosOfALowerDensityAtAHigherOne) {
  EXPECT_TRUE(rc::check("non-zeros at a lower density are among those at a higher", [] {
    const auto low = *rc::gen::inRange(0, 1001), high = *rc::gen::inRange(low, 1001);
    const auto draw = [](int permille) {
      const std::string share = std::to_string(permille / 1000.0);
      return draw_network(parse_quick_layer("C=16,K=8,H=5,R=3,density=" + share +
                                            ",activation_density=" + share),
                          {})
          .network;
    };
    const IntegerNetwork sparse = draw(low), dense = draw(high);
    const auto is_subset = [](const Values& few, const Values& many) {
      for (std::size_t i = 0; i < few.size(); ++i) {
        if (few[i] != 0 && few[i] != many[i]) return false;
      }
      return true;
    };
    RC_ASSERT(is_subset(sparse.nodes[1].coefficients, dense.nodes[1].coefficients));
    RC_ASSERT(is_subset(sparse.nodes[0].substitute->values, dense.nodes[0].substitute->values));
  }));
}

TEST_F(Draw, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Graph workload = zoo("resnet20-cifar10");
  const auto coefficients = [&](std::uint64_t seed) {
    DrawOptions options;
    options.seed = seed;
    return node(draw_network(workload, options).network, "layer1.0.conv1").coefficients;
  };
  EXPECT_EQ(coefficients(7), coefficients(7));
  EXPECT_NE(coefficients(7), coefficients(8));
}

TEST_F(Draw, ChangesNoOtherLayerWhenOneChangesOrIsAdded) {
  const std::string tail =
      "  - {conv: b, K: 8, kernel: 3, then: relu}\n  - {conv: c, K: 8, kernel: 3}\n";
  const IntegerNetwork before =
      draw_network(graph("  - {conv: a, K: 8, kernel: 3, then: relu}\n" + tail), {}).network;
  const IntegerNetwork after =
      draw_network(graph("  - {conv: a, K: 8, kernel: 3, weight_density: 0.9, then: relu}\n"
                         "  - {conv: extra, K: 8, kernel: 3, then: relu}\n" +
                         tail),
                   {})
          .network;
  EXPECT_NE(node(before, "a").weights, node(after, "a").weights);
  for (const char* layer : {"b", "c"}) {
    EXPECT_EQ(node(before, layer).coefficients, node(after, layer).coefficients);
    EXPECT_EQ(node(before, layer).basis, node(after, layer).basis);
    EXPECT_EQ(input_of(before, node(before, layer)), input_of(after, node(after, layer)));
  }
}

TEST_F(Draw, DrawsUnlikeValuesInLayersOfTheSameShape) {
  const IntegerNetwork network = draw_network(zoo("resnet20-cifar10"), {}).network;
  EXPECT_NE(node(network, "layer1.0.conv1").coefficients,
            node(network, "layer1.0.conv2").coefficients);
}

TEST_F(Draw, ChoosesTheNumberOfTermsByTheKernel) {
  const Graph workload = graph(
      "  - {conv: a, K: 8, kernel: 3}\n  - {conv: b, K: 8, kernel: 3}\n"
      "  - {conv: c, K: 8, kernel: 1}\n  - {conv: d, K: 8, kernel: [3, 1]}\n"
      "  - {conv: e, K: 8, kernel: 3, terms: 4}\n  - {conv: f, K: 8, kernel: 1, terms: 2}\n");
  DrawOptions options;
  options.terms = 5;
  const IntegerNetwork network = draw_network(workload, options).network;
  EXPECT_EQ(node(network, "b").terms, 5);
  EXPECT_EQ(node(network, "c").terms, 1);
  EXPECT_TRUE(node(network, "c").bypasses_mac());
  EXPECT_EQ(node(network, "d").terms, 3);
  EXPECT_EQ(node(network, "e").terms, 4);
  EXPECT_EQ(node(network, "e").basis.size(), 4u * 9);
  EXPECT_EQ(node(network, "f").terms, 2);
  EXPECT_FALSE(node(network, "f").bypasses_mac());
}

TEST_F(Draw, GivesOutputsThatNeitherVanishNorSaturate) {
  for (const char* name : {"resnet20-cifar10", "mobilenetv2-cifar10"}) {
    const IntegerNetwork network = draw_network(zoo(name), {}).network;
    const std::vector<Activations> seen = run_network(network, synthetic_input(network, 0));
    for (const IntegerNode& layer : network.nodes) {
      if (layer.op != IntegerOp::kConv && layer.op != IntegerOp::kAdd) continue;
      std::vector<const Activations*> inputs;
      for (const int input : layer.inputs) inputs.push_back(&seen[input]);
      const Values out = run_node(layer, inputs).values;
      const auto saturated =
          std::count_if(out.begin(), out.end(), [](int v) { return v == 127 || v == -128; });
      EXPECT_LT(double(saturated) / double(out.size()), 0.05) << name << ' ' << layer.name;
      EXPECT_GT(density(out), 0.3) << name << ' ' << layer.name;
      EXPECT_GT(*std::max_element(out.begin(), out.end()), 30) << name << ' ' << layer.name;
    }
  }
}

TEST_F(Draw, AveragesOverTheWindowOfAPool) {
  const IntegerNetwork network = draw_network(zoo("resnet20-cifar10"), {}).network;
  Activations ones{{64, 8, 8}, Values(64 * 64, 100)};
  const Values out = run_node(node(network, "pool"), {&ones}).values;
  EXPECT_THAT(out, testing::Each(100));
}

TEST_F(Draw, LetsNoAccumulatorOverflowInAnyZooNetwork) {
  for (const auto& file : std::filesystem::directory_iterator(source_folder() + "/workloads/zoo")) {
    const Graph workload = read_yaml_workload(file.path().string());
    DrawOptions options;
    options.terms = 9;
    options.pointwise_terms = 3;
    const DrawnNetwork drawn = draw_network(workload, options);
    EXPECT_TRUE(drawn.warnings.empty()) << drawn.warnings.at(0);
    for (const IntegerNode& layer : drawn.network.nodes) {
      if (layer.op != IntegerOp::kConv) continue;
      const int channels = drawn.network.nodes[layer.inputs.at(0)].out.c;
      EXPECT_LT(worst_case_accumulator(layer, channels), std::int64_t{1} << 31) << layer.name;
    }
  }
}

TEST_F(Draw, ShrinksTheBasisOfALayerThatCouldOverflow) {
  const IntegerNetwork network =
      draw_network(parse_quick_layer("C=16384,K=2,H=1,R=5,M=25,density=1"), {}).network;
  EXPECT_LT(worst_case_accumulator(network.nodes[1], 16384), std::int64_t{1} << 31);
  EXPECT_LT(*std::max_element(network.nodes[1].basis.begin(), network.nodes[1].basis.end()), 2);
  EXPECT_USER_ERROR(draw_network(parse_quick_layer("C=1000000,K=1,H=1,R=5,M=25,density=1"), {}),
                    AllOf(HasSubstr("'layer'"), HasSubstr("int32 accumulators could overflow")));
}

TEST_F(Draw, RefusesATensorTooLargeToDraw) {
  EXPECT_USER_ERROR(draw_network(parse_quick_layer("C=1000000,K=1000000,H=1"), {}),
                    HasSubstr("too large"));
}

TEST_F(Draw, FlattensWhatAFullyConnectedLayerReads) {
  const IntegerNetwork network =
      draw_network(graph("  - {conv: a, K: 6, kernel: 3, then: relu}\n  - {maxpool: p, kernel: 2}\n"
                         "  - {fc: f, K: 3}\n"),
                   {})
          .network;
  const IntegerNode& layer = node(network, "f");
  const IntegerNode& flatten = network.nodes[layer.inputs[0]];
  EXPECT_EQ(flatten.op, IntegerOp::kFlatten);
  EXPECT_EQ(flatten.out, (Shape{96, 1, 1}));
  EXPECT_FALSE(flatten.substitute.has_value());
  EXPECT_EQ(network.nodes[flatten.inputs[0]].substitute->shape, (Shape{6, 4, 4}));
  EXPECT_EQ(layer.coefficients.size(), 3u * 96);
}

TEST_F(Draw, LeavesThePaddingOfChannelsZero) {
  const IntegerNetwork network =
      draw_network(graph("  - {channel_pad: p, before: 1, after: 2}\n"
                         "  - {conv: a, K: 6, kernel: 3, activation_density: 1}\n"),
                   {})
          .network;
  const Values& values = input_of(network, node(network, "a"));
  ASSERT_EQ(values.size(), 7u * 64);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i] != 0, i >= 64 && i < 5u * 64) << i;
  }
}

TEST_F(Draw, FusesAReluUnlessItsInputIsReadElsewhere) {
  const IntegerNetwork network =
      draw_network(
          graph("  - {conv: a, K: 4, kernel: 3, then: relu}\n  - {conv: b, K: 4, kernel: 3}\n"
                "  - {relu: r}\n  - {add: s, from: [r, b]}\n"),
          {})
          .network;
  EXPECT_EQ(node(network, "a").clamp_low, 0);
  EXPECT_EQ(node(network, "b").clamp_low, -128);
  EXPECT_EQ(node(network, "r").op, IntegerOp::kRescale);
  EXPECT_EQ(node(network, "r").clamp_low, 0);
}

TEST_F(Draw, FusesAPReluByChannelUnlessItsInputIsReadElsewhere) {
  const std::string prelu = ", is: \"x 0 max x 0 min [0.5,-0.25] mul add\"}\n";
  const IntegerNetwork network =
      draw_network(graph("  - {conv: a, K: 2, kernel: 3}\n  - {function: p" + prelu +
                         "  - {conv: b, K: 2, kernel: 3}\n  - {function: q" + prelu +
                         "  - {add: s, from: [b, q]}\n"),
                   {})
          .network;
  const IntegerNode& a = node(network, "a");
  ASSERT_EQ(a.negative_requant.size(), 2u);
  EXPECT_EQ(a.negative_requant[0], (FixedPoint{a.requant[0].multiplier, a.requant[0].shift + 1}));
  EXPECT_EQ(a.negative_requant[1], (FixedPoint{-a.requant[1].multiplier, a.requant[1].shift + 2}));
  EXPECT_TRUE(node(network, "b").negative_requant.empty());
  EXPECT_EQ(node(network, "q").op, IntegerOp::kTable);
}

TEST_F(Draw, WarnsWhereLayersAskForDifferentDensitiesOfOneTensor) {
  const DrawnNetwork drawn =
      draw_network(graph("  - {conv: a, K: 64, kernel: 3, then: relu}\n"
                         "  - {conv: b, K: 4, kernel: 1, activation_density: 0.2}\n"
                         "  - {conv: c, from: a, K: 4, kernel: 1, activation_density: 0.8}\n"
                         "  - {conv: d, from: a, K: 4, kernel: 1, activation_density: 0.2}\n"),
                   {});
  ASSERT_EQ(drawn.warnings.size(), 1u);
  EXPECT_THAT(drawn.warnings[0], AllOf(HasSubstr("'b' and 'c'"), HasSubstr("'a'")));
  EXPECT_NEAR(density(input_of(drawn.network, node(drawn.network, "c"))), 0.2, 0.05);
}

TEST_F(Draw, DrawsPlainWeightsOnTheSameInputsForTheBaselines) {
  const Graph workload = zoo("resnet20-cifar10");
  DrawOptions options;
  options.plain_weights = true;
  const IntegerNetwork plain = draw_network(workload, options).network;
  const IntegerNetwork ternary = draw_network(workload, {}).network;
  const IntegerNode& layer = node(plain, "layer2.1.conv2");
  EXPECT_EQ(layer.form, WeightForm::kDirect);
  EXPECT_NEAR(density(layer.weights), 0.35, tolerance(0.35, layer.weights.size()));
  EXPECT_EQ(input_of(plain, layer), input_of(ternary, node(ternary, "layer2.1.conv2")));
}

TEST_F(Draw, DropsBatchNormAndFinalSoftmax) {
  Graph workload = graph("  - {conv: a, K: 2, kernel: 3}\n  - {relu: r}\n", "[4, 1, 1]");
  Node norm;
  norm.name = "bn";
  norm.op = OpKind::kBatchNorm;
  norm.inputs = {1};
  norm.bn_scale = norm.bn_bias = norm.bn_mean = norm.bn_variance = {1, 1};
  Node relu = workload.nodes[2];
  relu.inputs = {2};
  Node softmax;
  softmax.name = "softmax";
  softmax.op = OpKind::kSoftmax;
  softmax.inputs = {3};
  workload.nodes = {workload.nodes[0], workload.nodes[1], norm, relu, softmax};
  workload.infer_shapes();
  const IntegerNetwork network = draw_network(workload, {}).network;
  ASSERT_EQ(network.nodes.size(), 2u);
  EXPECT_EQ(network.nodes[1].clamp_low, 0);
}

TEST_F(Draw, RefusesALayerWithoutDensitiesAndZeroTerms) {
  Graph workload = graph("  - {conv: a, K: 2, kernel: 3}\n");
  DrawOptions options;
  options.terms = 0;
  EXPECT_USER_ERROR(draw_network(workload, options), HasSubstr("at least 1"));
  workload.nodes[1].drawn.reset();
  EXPECT_USER_ERROR(draw_network(workload, {}), HasSubstr("layer 'a' has no densities"));
}

TEST_F(Draw, GivesTheDrawnInputAsSyntheticInputElseOneOfEachImage) {
  IntegerNetwork network = draw_network(zoo("resnet20-cifar10"), {}).network;
  EXPECT_EQ(synthetic_input(network, 5).values, network.nodes[0].substitute->values);
  network.nodes[0].substitute.reset();
  const Activations image = synthetic_input(network, 5);
  EXPECT_EQ(image.shape, (Shape{3, 32, 32}));
  EXPECT_EQ(synthetic_input(network, 5).values, image.values);
  EXPECT_NE(synthetic_input(network, 6).values, image.values);
}

class DrawFromTensors : public Draw {
 protected:
  /// A layer of 2 output and 1 input channels on a 1x2x2 input, with the given further keys.
  DrawnNetwork draw(const std::string& keys) {
    return draw_network(graph("  - {conv: a, K: 2, kernel: 1, " + keys + "}\n", "[1, 2, 2]"), {});
  }
};

TEST_F(DrawFromTensors, TakesWeightsCoefficientsAndBasisAsTheyAre) {
  folder_.write("w.npy", npy_int8("(2, 1, 1, 1)", {-5, 100}));
  EXPECT_THAT(draw("weights: w.npy").network.nodes[1].weights, ElementsAre(-5, 100));
  folder_.write("c.npy", npy_int8("(2, 3, 1)", {0, 1, -1, 1, 1, 0}));
  folder_.write("b.npy", npy_float("(3, 1, 1)", {7, -127, 1}));
  const IntegerNode layer = draw("coefficients: c.npy, basis: b.npy").network.nodes[1];
  EXPECT_EQ(layer.terms, 3);
  EXPECT_THAT(layer.coefficients, ElementsAre(0, 1, -1, 1, 1, 0));
  EXPECT_THAT(layer.basis, ElementsAre(7, -127, 1));
}

TEST_F(DrawFromTensors, ScalesFloatsToTheLargestInt8) {
  folder_.write("w.npy", npy_float("(2, 1, 1, 1)", {-0.5f, 0.25f}));
  EXPECT_THAT(draw("weights: w.npy").network.nodes[1].weights, ElementsAre(-127, 64));
}

TEST_F(DrawFromTensors, TakesActivationsAndMasksOfTheInput) {
  folder_.write("a.npy", npy_int8("(1, 2, 2)", {0, 3, -4, 0}));
  EXPECT_THAT(draw("activations: a.npy").network.nodes[0].substitute->values,
              ElementsAre(0, 3, -4, 0));
  folder_.write("m.npy", npy<std::uint8_t>("|b1", "(1, 2, 2)", {1, 0, 0, 1}));
  const Values masked = draw("mask: m.npy").network.nodes[0].substitute->values;
  EXPECT_THAT(masked, ElementsAre(testing::Ne(0), 0, 0, testing::Ne(0)));
}

TEST_F(DrawFromTensors, NamesFileLayerAndShapeOfATensorThatDoesNotFit) {
  folder_.write("w.npy", npy_int8("(2, 2)", {1, 2, 3, 4}));
  EXPECT_USER_ERROR(draw("weights: w.npy"),
                    AllOf(HasSubstr("w.npy: "), HasSubstr("weights of layer 'a'"),
                          HasSubstr("is int8 [2][2]; expected [2][1][1][1]")));
  EXPECT_USER_ERROR(draw("coefficients: w.npy"), HasSubstr("expected [K][M][C/groups]"));
  EXPECT_USER_ERROR(draw("mask: w.npy"), HasSubstr("expected [1][2][2]"));
}

TEST_F(DrawFromTensors, RefusesCoefficientsThatAreNotTernaryAndBasesThatAreNotInt8) {
  folder_.write("c.npy", npy_int8("(2, 1, 1)", {1, 2}));
  EXPECT_USER_ERROR(draw("coefficients: c.npy"),
                    HasSubstr("element 1 is 2; expected a whole number from -1 to 1"));
  folder_.write("b.npy", npy_float("(1, 1, 1)", {0.5f}));
  EXPECT_USER_ERROR(draw("basis: b.npy"), HasSubstr("element 0 is 0.5; expected a whole number"));
  folder_.write("w.npy", npy_float("(2, 1, 1, 1)", {1, std::nanf("")}));
  EXPECT_USER_ERROR(draw("weights: w.npy"), HasSubstr("not finite"));
}

}  // namespace
}  // namespace escalate
