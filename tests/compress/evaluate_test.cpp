#include "compress/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/expect_user_error.h"
#include "compress/calibrate.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Vectors of length `outputs`, as given, with labels.
class GivenImages final : public InputSource {
 public:
  struct Image {
    std::vector<float> values;
    std::optional<int> label;
  };
  explicit GivenImages(std::vector<Image> images, bool is_int8_steps = false)
      : images_(std::move(images)), is_int8_steps_(is_int8_steps) {}
  std::int64_t size() const override { return std::int64_t(images_.size()); }
  InputImage image(std::int64_t index) const override {
    const Image& image = images_.at(std::size_t(index));
    return {{{int(image.values.size()), 1, 1}, image.values},
            image.label,
            "image " + std::to_string(index),
            is_int8_steps_};
  }

 private:
  std::vector<Image> images_;
  bool is_int8_steps_;
};

/// input (6) -> relu -> classifier that passes its input on
Graph identity_network() {
  Graph graph;
  graph.name = "identity";
  graph.nodes.resize(3);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {6, 1, 1};
  graph.nodes[1].name = "relu";
  graph.nodes[1].op = OpKind::kRelu;
  graph.nodes[1].inputs = {0};
  Node& layer = graph.nodes[2];
  layer.name = "classifier";
  layer.op = OpKind::kFullyConnected;
  layer.inputs = {1};
  layer.out_channels = 6;
  layer.weights.assign(36, 0);
  for (std::size_t k = 0; k < 6; ++k) layer.weights[7 * k] = 1;
  graph.infer_shapes();
  return graph;
}

GivenImages four_images() {
  return GivenImages({{{9, 1, 2, 3, 4, 5}, 0},     // first of all
                      {{0, 1, 2, 3, 4, 5}, 0},     // last: not among five
                      {{5, 5, 0, 0, -4, 0}, 1},    // second: among equals the first counts
                      {{1, 0, 0, 0, 0, 0}, {}}});  // no label
}

TEST(Evaluate, CountsWhatIsRight) {
  const GivenImages images = four_images();
  const Evaluation made = evaluate(identity_network(), images, {0, 4});
  EXPECT_EQ(made.labelled, 3);
  EXPECT_EQ(made.real.top1, 1);
  EXPECT_EQ(made.real.top5, 2);
  EXPECT_THAT(made.classes, ElementsAre(0, 5, 0, 0));
  EXPECT_FALSE(made.integer.has_value());
}

TEST(Evaluate, CountsWhatLayersReadThatIsNotZero) {
  const GivenImages images = four_images();
  const Evaluation made = evaluate(identity_network(), images, {0, 4});
  ASSERT_EQ(made.layers.size(), 1u);
  EXPECT_EQ(made.layers[0].name, "classifier");
  EXPECT_EQ(made.layers[0].macs, 36);
  EXPECT_DOUBLE_EQ(made.layers[0].density, (6 + 5 + 2 + 1) / 24.0);
  EXPECT_DOUBLE_EQ(made.density(), 14 / 24.0);
}

TEST(Evaluate, RunsACalibratedNetworkAsIntegersToo) {
  const GivenImages images = four_images();
  Graph graph = identity_network();
  calibrate(graph, images, {4, 1});
  const Evaluation made = evaluate(graph, images, {0, 4});
  ASSERT_TRUE(made.integer.has_value());
  EXPECT_EQ(made.integer->top1, 1);
  EXPECT_EQ(made.integer->top5, 2);
  EXPECT_THAT(made.integer_classes, ElementsAre(0, 5, 0, 0));
  EXPECT_EQ(made.same_class(), 4);
  EXPECT_DOUBLE_EQ(made.layers[0].integer_density.value(), 14 / 24.0);
}

TEST(Evaluate, TakesInputsThatAreStepsForACalibratedNetworkOnly) {
  Graph graph = identity_network();
  const GivenImages images = four_images();
  const GivenImages steps({{{1, 2, 127, 0, 0, 0}, 2}}, true);
  EXPECT_USER_ERROR(evaluate(graph, steps, {0, 1}),
                    AllOf(HasSubstr("image 0"), HasSubstr("not calibrated")));
  calibrate(graph, images, {4, 1});
  const Evaluation made = evaluate(graph, steps, {0, 1});
  EXPECT_THAT(made.classes, ElementsAre(2));
  EXPECT_THAT(made.integer_classes, ElementsAre(2));
}

TEST(Evaluate, BeginsWhereItIsTold) {
  const GivenImages images = four_images();
  EXPECT_THAT(evaluate(identity_network(), images, {1, 2}).classes, ElementsAre(5, 0));
}

TEST(Evaluate, GivesTheSameForAnyNumberOfJobs) {
  const GivenImages images = four_images();
  Graph graph = identity_network();
  calibrate(graph, images, {4, 1});
  std::int64_t last = 0;
  EvaluateOptions parallel{0, 4, 3, [&](std::int64_t done) { last = done; }};
  EXPECT_EQ(evaluation_json(evaluate(graph, images, parallel)),
            evaluation_json(evaluate(graph, images, {0, 4})));
  EXPECT_EQ(last, 4);
}

TEST(Evaluate, TellsHowFarOutputsAreFromThoseOfTheOriginal) {
  const GivenImages images({{{4, 3, 0, 0, 0, 0}, {}}});
  const Graph original = identity_network();
  Graph graph = original;
  graph.nodes[2].weights[7] = 0;  // the second output is lost: 3 of a length of 5
  EvaluateOptions options;
  options.original = &original;
  const Evaluation made = evaluate(graph, images, options);
  ASSERT_EQ(made.outputs.size(), 1u);
  EXPECT_EQ(made.outputs[0].name, "classifier");
  EXPECT_DOUBLE_EQ(made.outputs[0].error.real.value(), 0.6);
  EXPECT_DOUBLE_EQ(made.layers[0].error.real.value(), 0.6);
  EXPECT_FALSE(made.outputs[0].error.integer.has_value());
}

TEST(Evaluate, TellsHowFarIntegersAreFromFloats) {
  const GivenImages images = four_images();
  Graph graph = identity_network();
  calibrate(graph, images, {4, 1});
  const TensorError error = evaluate(graph, images, {0, 4}).outputs.at(0).error;
  EXPECT_GT(error.integer.value(), 0);
  EXPECT_LT(error.integer.value(), 0.02);
  EXPECT_FALSE(error.real.has_value());
  // A scale that is far too large: steps of 100 leave nothing of outputs up to 9.
  graph.quantization.tensor_scale["classifier"] = 100;
  for (auto& multiplier : graph.quantization.layers["classifier"].multiplier) multiplier = 1 << 20;
  EXPECT_NEAR(evaluate(graph, images, {0, 4}).outputs.at(0).error.integer.value(), 1, 1e-6);
}

TEST(Evaluate, ComparesEachOutput) {
  const GivenImages images = four_images();
  Graph graph = identity_network();
  graph.nodes[1].is_output = true;
  calibrate(graph, images, {4, 1});
  const Evaluation made = evaluate(graph, images, {0, 4});
  ASSERT_EQ(made.outputs.size(), 2u);
  EXPECT_EQ(made.outputs[0].name, "relu");
  EXPECT_TRUE(made.outputs[0].error.integer.has_value());
  EXPECT_TRUE(made.outputs[1].error.integer.has_value());
}

TEST(Evaluate, RefusesAnOriginalOfOtherShapes) {
  const GivenImages images = four_images();
  Graph original = identity_network();
  original.nodes[1].is_output = true;
  EvaluateOptions options;
  options.original = &original;
  EXPECT_USER_ERROR(evaluate(identity_network(), images, options),
                    HasSubstr("has not the input and outputs"));
}

TEST(Evaluate, NamesWhatIsWrong) {
  const GivenImages images = four_images();
  const Graph graph = identity_network();
  EXPECT_USER_ERROR(evaluate(graph, images, {2, 3}), AllOf(HasSubstr("2 to 4"), HasSubstr("4")));
  EXPECT_USER_ERROR(evaluate(graph, images, {0, 0}), HasSubstr("at least one"));
  const GivenImages labelled({{{1, 0, 0, 0, 0, 0}, 6}});
  EXPECT_USER_ERROR(evaluate(graph, labelled, {0, 1}),
                    AllOf(HasSubstr("label 6"), HasSubstr("6 outputs")));
}

}  // namespace
}  // namespace escalate
