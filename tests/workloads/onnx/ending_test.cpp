// Networks that end in decoders with weights of their own: what the host computes of them.
#include "workloads/onnx/ending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

/// Scores of four steps for each of two sides, whose mean a convolution takes: the head of YOLOv8.
OnnxModel with_distribution(int channels) {
  OnnxModel model(13, {1, channels, 1, 2});
  model.floats("w", {8, channels, 1, 1}, std::vector<float>(std::size_t(8 * channels), 0.0f));
  model.add("Conv", {"in", "w"}, {"map"});
  model.integers("sides", {1, 2, 4, 2});
  model.add("Reshape", {"map", "sides"}, {"split"});
  set_attribute(model.add("Transpose", {"split"}, {"steps"}), "perm", std::vector<int>{0, 2, 1, 3});
  set_attribute(model.add("Softmax", {"steps"}, {"shares"}), "axis", 1);
  model.floats("step", {1, 4, 1, 1});
  model.add("Conv", {"shares", "step"}, {"means"});
  return model.output("means");
}

TEST(OnnxEnding, LeavesTheMeanOfADistributionToTheHost) {
  const Graph graph = with_distribution(64).read();
  EXPECT_THAT(graph.tail.operators, ElementsAre("Softmax", "Conv"));
  EXPECT_THAT(graph.warnings, testing::Contains(HasSubstr("4 of its 516 weights are the host's")));
  const Tensor image{{64, 1, 2}, std::vector<float>(128, 1.0f)};
  const auto made = run_file(graph, image).front().tensor;
  EXPECT_EQ(made.dims, (OnnxDims{1, 1, 2, 2}));
  EXPECT_THAT(made.floats, Pointwise(FloatNear(1e-6f), std::vector<float>(4, 1.5f)));
}

TEST(OnnxEnding, IsRefusedWhereItHasMoreThanAHundredthOfTheWeights) {
  EXPECT_THAT(with_distribution(16).error(), HasSubstr("(Softmax)"));
}

OnnxModel recurrent(const std::string& op, int gates, std::vector<float> weights) {
  OnnxModel model(13, {1, 1, 1, 2});
  model.floats("one", {1, 1, 1, 1}, {1});
  model.add("Conv", {"in", "one"}, {"map"});
  model.integers("axis", {2});
  model.add("Squeeze", {"map", "axis"}, {"columns"});
  set_attribute(model.add("Transpose", {"columns"}, {"steps"}), "perm", std::vector<int>{2, 0, 1});
  model.floats("W", {1, gates, 1}, weights);
  model.floats("R", {1, gates, 1}, std::vector<float>(std::size_t(gates), 0.5f));
  set_attribute(model.add(op, {"steps", "W", "R"}, {"all", "last"}), "hidden_size", 1);
  model.output("all");
  return model;
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

TEST(OnnxEnding, ReadsColumnsByAnLstm) {
  const Graph graph = recurrent("LSTM", 4, {1, 2, -1, 0.25f}).read();
  const std::vector<float> x = {1, -0.5f};
  float state = 0, cell = 0;
  std::vector<float> expected;
  for (const float value : x) {
    const float by = 0.5f * state;
    cell = sigmoid(-value + by) * cell + sigmoid(value + by) * std::tanh(0.25f * value + by);
    state = sigmoid(2 * value + by) * std::tanh(cell);
    expected.push_back(state);
  }
  const auto made = run_file(graph, {{1, 1, 2}, x}).front().tensor;
  EXPECT_EQ(made.dims, (OnnxDims{2, 1, 1, 1}));
  EXPECT_THAT(made.floats, Pointwise(FloatNear(1e-6f), expected));
}

TEST(OnnxEnding, ReadsColumnsByAGru) {
  const Graph graph = recurrent("GRU", 3, {1, 2, -1}).read();
  const std::vector<float> x = {1, -0.5f};
  float state = 0;
  std::vector<float> expected;
  for (const float value : x) {
    const float by = 0.5f * state;
    const float update = sigmoid(value + by), reset = sigmoid(2 * value + by);
    state = (1 - update) * std::tanh(-value + 0.5f * (reset * state)) + update * state;
    expected.push_back(state);
  }
  EXPECT_THAT(run_file(graph, {{1, 1, 2}, x}).front().tensor.floats,
              Pointwise(FloatNear(1e-6f), expected));
}

TEST(OnnxEnding, NamesWhatARecurrentLayerHasThatIsNotRead) {
  OnnxModel model = recurrent("LSTM", 4, {1, 2, -1, 0.25f});
  set_attribute(model.node(3), "clip", 1.0f);
  EXPECT_THAT(model.error(), HasSubstr("(LSTM): clips its gates"));
}

TEST(OnnxEnding, PoolsScoresBehindASoftmax) {
  OnnxModel model(13, {1, 2, 2, 3});
  model.floats("w", {2, 2, 1, 1}, {1, 0, 0, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  set_attribute(model.add("Softmax", {"map"}, {"shares"}), "axis", 1);
  auto& largest = model.add("MaxPool", {"shares"}, {"largest"});
  set_attribute(largest, "kernel_shape", std::vector<int>{2, 2});
  auto& mean = model.add("AveragePool", {"largest"}, {"mean"});
  set_attribute(mean, "kernel_shape", std::vector<int>{1, 2});
  set_attribute(mean, "pads", std::vector<int>{0, 1, 0, 0});
  set_attribute(mean, "strides", std::vector<int>{1, 2});
  const Graph graph = model.output("mean").read();
  EXPECT_THAT(graph.tail.operators, ElementsAre("Softmax", "MaxPool", "AveragePool"));
  const Tensor image{{2, 2, 3}, {0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}};
  const float a = sigmoid(3), b = 0.5f;
  EXPECT_THAT(run_file(graph, image).front().tensor.floats,
              Pointwise(FloatNear(1e-6f), std::vector<float>{a, b}));
}

}  // namespace
}  // namespace escalate
