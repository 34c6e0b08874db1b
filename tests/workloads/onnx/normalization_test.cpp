// Norms and reductions over channels: as layers of the machine beside what the host computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using testing::Each;
using testing::FloatNear;
using testing::Pointwise;

Tensor image(const Shape& shape) {
  Tensor made{shape, {}};
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    made.values.push_back(std::sin(float(3 * i)) * 2);
  }
  return made;
}

std::vector<float> outputs(const OnnxModel& model, const Shape& shape) {
  return run_file(model.read(), image(shape)).front().tensor.floats;
}

using Add = void (*)(OnnxModel&);

/// A convolution that changes nothing around what `add` makes of `a`, which it calls `b`: the same
/// values as layers and, without the second convolution, by the host.
void expect_layers_as_the_host(Add add, int opset = 18, std::size_t least_layers = 4) {
  const Shape shape{4, 2, 3};
  const auto made = [&](bool inside) {
    OnnxModel model(opset, {1, 4, 2, 3});
    std::vector<float> same(16, 0.0f);
    for (std::size_t c = 0; c < 4; ++c) same[c * 5] = 1;
    model.floats("same", {4, 4, 1, 1}, same);
    model.add("Conv", {"in", "same"}, {"a"});
    add(model);
    if (inside) model.add("Conv", {"b", "same"}, {"out"});
    return model.output(inside ? "out" : "b");
  };
  const Graph inside = made(true).read(), last = made(false).read();
  EXPECT_TRUE(inside.tail.empty());
  EXPECT_GE(inside.nodes.size(), least_layers);
  EXPECT_FALSE(last.tail.empty());
  EXPECT_THAT(outputs(made(true), shape), Pointwise(FloatNear(1e-5f), outputs(made(false), shape)));
}

TEST(OnnxNorms, OfInstancesAreLayersInsideANetwork) {
  expect_layers_as_the_host([](OnnxModel& model) {
    model.floats("scale", {4}, {1, 2, -1, 0.5f});
    model.floats("bias", {4});
    model.add("InstanceNormalization", {"a", "scale", "bias"}, {"b"});
  });
}

TEST(OnnxNorms, OfGroupsOfChannelsAreSo) {
  expect_layers_as_the_host([](OnnxModel& model) {
    model.integers("groups", {1, 2, -1});
    model.integers("whole", {1, 4, 2, 3});
    model.floats("scale", {2}, {1, 2});
    model.floats("bias", {2});
    model.add("Reshape", {"a", "groups"}, {"grouped"});
    model.add("InstanceNormalization", {"grouped", "scale", "bias"}, {"normed"});
    model.add("Reshape", {"normed", "whole"}, {"b"});
  });
}

TEST(OnnxNorms, OfChannelsAtEachPositionAreSo) {
  expect_layers_as_the_host([](OnnxModel& model) {
    model.floats("scale", {4}, {1, 2, -1, 0.5f});
    model.floats("bias", {4});
    set_attribute(model.add("Transpose", {"a"}, {"last"}), "perm", std::vector<int>{0, 2, 3, 1});
    model.add("LayerNormalization", {"last", "scale", "bias"}, {"normed"});
    set_attribute(model.add("Transpose", {"normed"}, {"b"}), "perm", std::vector<int>{0, 3, 1, 2});
  });
}

TEST(OnnxReductions, OverChannelsAreLayersInsideANetwork) {
  const auto reduced = [](const char* op) -> Add {
    static std::string name;
    name = op;
    return [](OnnxModel& model) {
      model.integers("axes", {1});
      model.add(name, {"a", "axes"}, {"one"});
      model.add("Add", {"a", "one"}, {"b"});
    };
  };
  for (const char* op : {"ReduceMean", "ReduceSum", "ReduceMax"}) {
    expect_layers_as_the_host(reduced(op));
  }
}

TEST(OnnxReductions, SumAMapInOneLayer) {
  OnnxModel model(18, {1, 2, 2, 3});
  model.integers("axes", {2, 3});
  model.add("ReduceSum", {"in", "axes"}, {"out"});
  const Graph graph = model.output("out").read();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[1].op, OpKind::kGlobalSum);
}

TEST(OnnxReductions, SumRowsAlone) {
  OnnxModel model(18, {1, 2, 2, 3});
  model.integers("axes", {2});
  model.add("ReduceSum", {"in", "axes"}, {"sums"});
  model.floats("w", {1, 2, 1, 1}, {1, 10});
  model.add("Conv", {"sums", "w"}, {"out"});
  const Graph graph = model.output("out").read();
  Tensor in{{2, 2, 3}, std::vector<float>(12, 1.0f)};
  EXPECT_THAT(run_file(graph, in).front().tensor.floats, Each(FloatNear(22.0f, 1e-4f)));
}

TEST(OnnxReductions, SumRowsAndColumns) {
  OnnxModel model(18, {1, 2, 2, 3});
  model.integers("axes", {2, 3});
  model.add("ReduceSum", {"in", "axes"}, {"sums"});
  model.floats("w", {1, 2, 1, 1}, {1, 10});
  model.add("Conv", {"sums", "w"}, {"out"});
  const Graph graph = model.output("out").read();
  Tensor in{{2, 2, 3}, std::vector<float>(12, 1.0f)};
  EXPECT_THAT(run_file(graph, in).front().tensor.floats, Each(FloatNear(66.0f, 1e-4f)));
}

// With alpha = n and k = 1 each value is divided by 1 plus its neighbours' squares.
TEST(OnnxNorms, OfNeighbouringChannelsAreLayers) {
  OnnxModel model(13, {1, 3, 1, 1});
  auto& node = model.add("LRN", {"in"}, {"norm"});
  set_attribute(node, "size", 2);
  set_attribute(node, "alpha", 2.0f);
  set_attribute(node, "beta", 1.0f);
  model.floats("w", {3, 3, 1, 1}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
  model.add("Conv", {"norm", "w"}, {"out"});
  const Graph graph = model.output("out").read();
  const auto made = run_file(graph, {{3, 1, 1}, {1, 2, 3}}).front().tensor.floats;
  EXPECT_THAT(made, Pointwise(FloatNear(1e-6f), std::vector<float>{1 / 6.f, 2 / 14.f, 3 / 10.f}));
}

TEST(OnnxNorms, NameTheGroupsThatDoNotFit) {
  OnnxModel model(21, {1, 4, 2, 3});
  model.floats("scale", {4});
  set_attribute(model.add("GroupNormalization", {"in", "scale", "scale"}, {"b"}), "num_groups", 3);
  model.floats("w", {4, 4, 1, 1});
  model.add("Conv", {"b", "w"}, {"out"});
  EXPECT_THAT(model.output("out").error(), testing::HasSubstr("has 3 groups for 4 channels"));
}

}  // namespace
}  // namespace escalate
