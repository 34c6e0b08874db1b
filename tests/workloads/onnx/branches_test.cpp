#include "workloads/onnx/branches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "../../support/expect_user_error.h"
#include "../../support/onnx_model.h"
#include "workloads/float_executor.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A branch whose one node makes `output`.
onnx::GraphProto branch(const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& output) {
  onnx::GraphProto graph;
  graph.set_name(op);
  if (!op.empty()) {
    auto& node = *graph.add_node();
    node.set_op_type(op);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
  }
  graph.add_output()->set_name(output);
  return graph;
}

void add_if(OnnxModel& model, const std::string& condition, const std::string& output,
            const onnx::GraphProto& then_branch, const onnx::GraphProto& else_branch) {
  auto& node = model.add("If", {condition}, {output});
  for (const auto& [name, graph] :
       {std::pair{"then_branch", &then_branch}, {"else_branch", &else_branch}}) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    *attribute.mutable_g() = *graph;
  }
}

void add_truth(OnnxModel& model, const std::string& name, bool value) {
  auto& tensor = *model.graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::BOOL);
  tensor.add_int32_data(value ? 1 : 0);
}

/// conv -> If -> conv
OnnxModel between_layers(bool truth) {
  OnnxModel model(13, {1, 2, 3, 3});
  model.floats("w", {2, 2, 1, 1});
  model.add("Conv", {"in", "w"}, {"first"});
  add_truth(model, "condition", truth);
  add_if(model, "condition", "chosen", branch("Relu", {"first"}, "t"),
         branch("Sigmoid", {"first"}, "e"));
  model.add("Conv", {"chosen", "w"}, {"last"});
  return model.output("last");
}

TEST(OnnxBranches, AreChosenByAConstant) {
  EXPECT_EQ(between_layers(true).read().nodes.at(2).op, OpKind::kRelu);
  EXPECT_EQ(between_layers(false).read().nodes.at(2).op, OpKind::kPointwise);
}

// Values and constants of a branch have names of its own, which another branch may use, too.
TEST(OnnxBranches, OfDifferentNodesUseTheSameNames) {
  const auto in_two_steps = [](const std::string& input, float factor) {
    onnx::GraphProto graph = branch("Mul", {input, "factor"}, "t");
    graph.mutable_output(0)->set_name("out");
    auto& node = *graph.add_node();
    node.set_op_type("Sigmoid");
    node.add_input("t");
    node.add_output("out");
    auto& constant = *graph.add_initializer();
    constant.set_name("factor");
    constant.set_data_type(onnx::TensorProto::FLOAT);
    constant.add_float_data(factor);
    return graph;
  };
  OnnxModel model(13, {1, 2, 3, 3});
  model.floats("w", {2, 2, 1, 1});
  model.add("Conv", {"in", "w"}, {"first"});
  add_truth(model, "condition", true);
  for (const auto& [from, to, factor] :
       {std::tuple{"first", "middle", 2.0f}, {"middle", "chosen", -3.0f}}) {
    const onnx::GraphProto both = in_two_steps(from, factor);
    add_if(model, "condition", to, both, both);
  }
  model.add("Conv", {"chosen", "w"}, {"last"});
  const Graph graph = model.output("last").read();
  const Tensor input{{2, 3, 3}, std::vector<float>(18, 0.5f)};
  const std::vector<Tensor> outputs = run_float(graph, input);
  const auto sigmoid = [](float x) { return 1 / (1 + std::exp(-x)); };
  const float first = outputs.at(1).values.at(0);
  EXPECT_NEAR(outputs.at(outputs.size() - 2).values.at(0), sigmoid(-3 * sigmoid(2 * first)), 1e-6);
}

// As PyTorch exports squeeze(): one branch removes the dimension, the other passes the value on.
TEST(OnnxBranches, AreChosenByAShape) {
  for (const int height : {1, 3}) {
    OnnxModel model(13, {1, 2, height, 3});
    model.floats("w", {2, 2, 1, 1});
    model.add("Conv", {"in", "w"}, {"first"});
    model.add("Shape", {"first"}, {"shape"});
    model.integer("two", 2);
    model.add("Gather", {"shape", "two"}, {"height"});
    model.integer("one", 1);
    model.add("Equal", {"height", "one"}, {"condition"});
    onnx::GraphProto squeeze = branch("Squeeze", {"first", "axes"}, "squeezed");
    model.integers("axes", {2});
    add_if(model, "condition", "out", squeeze, branch("", {}, "first"));
    const Graph graph = model.output("out").read();
    EXPECT_EQ(graph.nodes.size(), 2u) << height;
    EXPECT_EQ(graph.nodes.back().name, "first");
  }
}

TEST(OnnxBranches, MayHaveConstantsAndBranchesOfTheirOwn) {
  OnnxModel inner(13);
  onnx::GraphProto sum = branch("Add", {"first", "offset"}, "t2");
  auto& offset = *sum.add_initializer();
  offset.set_name("offset");
  offset.set_data_type(onnx::TensorProto::FLOAT);
  offset.add_float_data(2);
  add_if(inner, "condition", "t1", sum, branch("Abs", {"first"}, "e2"));
  onnx::GraphProto outer;
  *outer.add_node() = inner.node(0);
  outer.add_output()->set_name("t1");
  OnnxModel model(13, {1, 2, 3, 3});
  model.floats("w", {2, 2, 1, 1});
  model.add("Conv", {"in", "w"}, {"first"});
  add_truth(model, "condition", true);
  add_if(model, "condition", "chosen", outer, branch("Sigmoid", {"first"}, "e1"));
  model.add("Conv", {"chosen", "w"}, {"last"});
  const Graph graph = model.output("last").read();
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[1].bias, (std::vector<float>{2, 2}));
}

TEST(OnnxBranches, ThatDependOnTheImageAreRefusedByName) {
  OnnxModel model = between_layers(true);
  model.node(1).set_input(0, "in");
  EXPECT_THAT(model.error(), AllOf(HasSubstr("node 'chosen' (If)"),
                                   HasSubstr("its condition depends on the image")));
}

TEST(OnnxBranches, ThatLackABranchAreRefused) {
  OnnxModel model = between_layers(true);
  model.node(1).mutable_attribute(0)->set_name("other");
  EXPECT_THAT(model.error(), HasSubstr("lacks a then_branch that makes its 1 outputs"));
}

}  // namespace
}  // namespace escalate
