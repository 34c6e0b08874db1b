#include "workloads/onnx/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

OnnxModel with_boxes() {
  OnnxModel model;
  model.floats("w", {4, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  set_attribute(model.add("Transpose", {"map"}, {"last"}), "perm", std::vector<int>{0, 2, 3, 1});
  model.integers("shape", {1, -1, 4});
  model.add("Reshape", {"last", "shape"}, {"boxes"});
  model.add("Exp", {"boxes"}, {"sizes"});
  model.add("Sigmoid", {"map"}, {"scores"});
  model.output("sizes");
  model.graph().add_output()->set_name("scores");
  return model;
}

TEST(OnnxTail, IsComputedByTheHostAndSaid) {
  const Graph graph = with_boxes().read();
  EXPECT_THAT(graph.tail.operators, ElementsAre("Transpose", "Reshape", "Exp"));
  EXPECT_THAT(graph.warnings, ElementsAre(HasSubstr("leaves to the host, without cycles and")));
  EXPECT_EQ(graph.output_nodes().size(), 2u);
  const auto made = run_file(graph, {{3, 5, 5}, std::vector<float>(75, 0.0f)});
  EXPECT_EQ(made.at(0).tensor.dims, (OnnxDims{1, 25, 4}));
  EXPECT_EQ(made.at(1).name, "scores");
  EXPECT_FLOAT_EQ(made.at(1).tensor.floats.at(7), 0.5f);
}

TEST(OnnxTail, IsLeftOutWithTheOutputsThatNobodyAskedFor) {
  OnnxOptions options;
  options.outputs = {"scores"};
  EXPECT_TRUE(with_boxes().read(options).tail.empty());
  options.outputs = {"score"};
  EXPECT_THAT(with_boxes().error(options),
              AllOf(HasSubstr("has no output 'score'"), HasSubstr("sizes, scores")));
}

// Of the places that are not zero the first one: there is none in a tail of zeros.
TEST(OnnxTail, IsNotRefusedBecauseItCannotBeComputedOfZeros) {
  OnnxModel model;
  model.floats("w", {1, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  model.add("NonZero", {"map"}, {"places"});
  model.integers("first", {0});
  set_attribute(model.add("Gather", {"places", "first"}, {"out"}), "axis", 1);
  const Graph graph = model.output("out").read();
  Tensor image{{3, 5, 5}, std::vector<float>(75, 0.0f)};
  EXPECT_THROW(run_file(graph, image), UserError);
  image.values[25 + 7] = 1;
  EXPECT_THAT(as_integers(run_file(graph, image).front().tensor), ElementsAre(0, 0, 1, 2));
}

TEST(OnnxTail, IsRefusedIfItCannotBeComputedOfAnything) {
  OnnxModel model;
  model.floats("w", {1, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  model.integers("first", {9});
  set_attribute(model.add("ArgMax", {"map"}, {"best"}), "axis", 3);
  set_attribute(model.add("Gather", {"best", "first"}, {"out"}), "axis", 2);
  EXPECT_THAT(model.output("out").error(),
              AllOf(HasSubstr("an index is out of range"), HasSubstr("(in the tail)")));
}

// A node that is a layer for what follows inside the network, and the host's for an output.
TEST(OnnxTail, MayComputeAgainWhatALayerIsCalledAs) {
  OnnxModel model;
  model.floats("w", {4, 3, 1, 1});
  model.add("Conv", {"in", "w"}, {"map"});
  set_attribute(model.add("Transpose", {"map"}, {"last"}), "perm", std::vector<int>{0, 2, 3, 1});
  model.integers("pads", {0, 0, 0, 0, 0, 0, 0, 2});
  model.add("Pad", {"last", "pads"}, {"padded"}).set_name("pad");
  set_attribute(model.add("ReduceMean", {"padded"}, {"mean"}), "axes", std::vector<int>{1, 2});
  set_attribute(model.node(3), "keepdims", 0);
  model.floats("v", {6, 2});
  model.add("MatMul", {"mean", "v"}, {"out"});
  model.output("out");
  model.graph().add_output()->set_name("padded");
  const Graph graph = model.read();
  const Graph again = parse_onnx(onnx_bytes(graph), "again.onnx");
  EXPECT_EQ(again.nodes.size(), graph.nodes.size());
  const Tensor image{{3, 5, 5}, std::vector<float>(75, 1.0f)};
  const auto made = run_file(graph, image), same = run_file(again, image);
  ASSERT_EQ(made.size(), same.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i].tensor.floats, same[i].tensor.floats);
  }
}

}  // namespace
}  // namespace escalate
