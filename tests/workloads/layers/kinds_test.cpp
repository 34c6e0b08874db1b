// What holds for every kind of layer there is.
#include "workloads/layers/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "workloads/yaml_layers.h"

namespace escalate {
namespace {

/// The smallest node of a kind, which reads tensors of 2x3x3, or 18x1x1 for a softmax.
Node small_node(int op) {
  Node node;
  node.name = "layer";
  node.op = static_cast<OpKind>(op);
  node.inputs.assign(kind_of(node).inputs().least, 0);
  node.out_channels = 2;
  node.out = {2, 3, 3};
  node.bn_scale = node.bn_bias = node.bn_mean = node.bn_variance = {1, 1};
  return node;
}

std::vector<Shape> inputs_of(const Node& node) {
  const Shape in =
      kind_of(node).name(node) == std::string("softmax") ? Shape{18, 1, 1} : Shape{2, 3, 3};
  return std::vector<Shape>(node.inputs.size(), in);
}

bool is_layer_of_integers(const LayerKind& kind) {
  return kind.role() != IntegerRole::kWeighted && kind.role() != IntegerRole::kNone &&
         kind.inputs().least > 0;
}

TEST(LayerKinds, AreFoundByTheirNumbers) {
  const std::vector<const LayerKind*>& kinds = layer_kinds();
  ASSERT_GT(kinds.size(), std::size_t(OpKind::kGlobalSum));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(&kind_of(static_cast<OpKind>(i)), kinds[i]);
  }
  EXPECT_EQ(std::set<const LayerKind*>(kinds.begin(), kinds.end()).size(), kinds.size());
  EXPECT_THROW(kind_of(static_cast<OpKind>(kinds.size())), InternalError);
}

TEST(LayerKinds, OfIntegersAreFoundByTheirNumbers) {
  const std::vector<const IntegerKind*>& kinds = integer_kinds();
  ASSERT_GT(kinds.size(), std::size_t(IntegerOp::kFlatten));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(&kind_of(static_cast<IntegerOp>(i)), kinds[i]);
  }
  EXPECT_EQ(std::set<const IntegerKind*>(kinds.begin(), kinds.end()).size(), kinds.size());
  EXPECT_THROW(kind_of(static_cast<IntegerOp>(kinds.size())), InternalError);
}

TEST(LayerKinds, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (int op = 0; op < int(layer_kinds().size()); ++op) {
    const Node node = small_node(op);
    // A clip is written as a function.
    if (node.op != OpKind::kClip) {
      EXPECT_TRUE(names.insert(kind_of(node).name(node)).second) << op;
    }
  }
}

TEST(LayerKinds, AreNamedByOneWordEach) {
  std::map<std::string, const LayerKind*> kinds;
  for (const LayerKind* kind : layer_kinds()) {
    for (const std::string& word : kind->yaml_words()) {
      EXPECT_TRUE(kinds.emplace(word, kind).second) << word;
      EXPECT_EQ(&kind_of_word(word), kind) << word;
    }
  }
  EXPECT_EQ(plain_layer_words().size() + 2, kinds.size()) << "all but conv and fc";
}

TEST(LayerKinds, AreWrittenByAWordThatTheyRead) {
  for (int op = 0; op < int(layer_kinds().size()); ++op) {
    Node node = small_node(op);
    const LayerKind& kind = kind_of(node);
    const std::vector<std::string> words = kind.yaml_words();
    if (words.empty() || node.op == OpKind::kClip) continue;
    EXPECT_THAT(words, testing::Contains(kind.name(node)));
  }
}

TEST(LayerKinds, MakeThatManyFloatsAsTheirShapeSays) {
  for (int op = 0; op < int(layer_kinds().size()); ++op) {
    Node node = small_node(op);
    const LayerKind& kind = kind_of(node);
    if (kind.role() == IntegerRole::kWeighted || node.inputs.empty()) continue;
    const std::vector<Shape> shapes = inputs_of(node);
    node.out = kind.shape(node, shapes);
    const Tensor input{shapes[0], std::vector<float>(std::size_t(shapes[0].size()), 0.5f)};
    const Tensor out = kind.run(node, std::vector<const Tensor*>(node.inputs.size(), &input));
    EXPECT_EQ(out.shape, node.out) << kind.name(node);
    EXPECT_EQ(std::int64_t(out.values.size()), node.out.size()) << kind.name(node);
  }
}

TEST(LayerKinds, MakeIntegersThatAreValidAndCanBeRun) {
  for (int op = 0; op < int(layer_kinds().size()); ++op) {
    Node node = small_node(op);
    const LayerKind& kind = kind_of(node);
    if (!is_layer_of_integers(kind)) continue;
    const std::vector<Shape> shapes = inputs_of(node);
    IntegerNetwork network;
    network.nodes.resize(2);
    network.nodes[0].name = "input";
    network.nodes[0].out = shapes[0];
    IntegerNode& made = network.nodes[1];
    made.name = node.name;
    made.inputs = node.inputs;
    made.out = kind.shape(node, shapes);
    kind.set_integers(node, shapes, {std::vector<double>(shapes.size(), 0.5), 0.25}, made);
    EXPECT_NO_THROW(network.validate()) << kind.name(node);
    const Activations input{shapes[0], std::vector<std::int8_t>(std::size_t(shapes[0].size()), 3)};
    const Activations out =
        run_node(made, std::vector<const Activations*>(node.inputs.size(), &input));
    EXPECT_EQ(std::int64_t(out.values.size()), made.out.size()) << kind.name(node);
  }
}

TEST(LayerKinds, WithoutIntegersSaySo) {
  for (int op = 0; op < int(layer_kinds().size()); ++op) {
    const Node node = small_node(op);
    const LayerKind& kind = kind_of(node);
    if (node.inputs.empty() || is_layer_of_integers(kind)) continue;
    IntegerNode made;
    EXPECT_THROW(kind.set_integers(node, inputs_of(node), {{1}, 1}, made), InternalError)
        << kind.name(node);
  }
}

}  // namespace
}  // namespace escalate
