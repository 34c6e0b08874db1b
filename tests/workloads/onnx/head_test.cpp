#include "workloads/onnx/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/onnx_model.h"
#include "workloads/onnx/head_images.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

TEST(OnnxHead, MakesTheInputAndIsRefusedWhereNobodyRunsIt) {
  OnnxModel model(13, {1, 3, 4, 4});
  auto& softmax = model.add("Softmax", {"in"}, {"image"});
  set_attribute(softmax, "axis", 3);
  model.floats("w", {1, 3, 4, 4});
  model.add("Conv", {"image", "w"}, {"out"});
  EXPECT_THAT(model.output("out").error(), HasSubstr("has Softmax in front of the network"));
  OnnxOptions options;
  options.takes_head = true;
  const Graph graph = model.read(options);
  EXPECT_THAT(graph.head.operators, ElementsAre("Softmax"));
  const auto made = run_file(graph, {{3, 4, 4}, std::vector<float>(48, 7.0f)}).front();
  EXPECT_NEAR(made.tensor.floats.at(0), 47 * 48 / 2 / 4.0f, 1e-3);
}

// A softmax over the columns of an image [N, H, W, C], then the network's own order.
OnnxModel channels_last() {
  OnnxModel model(13, {1, 1, 2, 3});
  set_attribute(model.add("Softmax", {"in"}, {"soft"}), "axis", 2);
  set_attribute(model.add("Transpose", {"soft"}, {"map"}), "perm", std::vector<int>{0, 3, 1, 2});
  model.floats("w", {1, 3, 1, 1}, {1, 10, 100});
  model.add("Conv", {"map", "w"}, {"out"});
  return model.output("out");
}

TEST(OnnxHead, TakesImagesWithChannelsFirstWhateverTheFileReads) {
  OnnxOptions options;
  options.takes_head = true;
  const Graph graph = channels_last().read(options);
  EXPECT_EQ(image_shape(graph), (Shape{3, 1, 2}));
  EXPECT_THAT(graph.head.operators, ElementsAre("Transpose", "Softmax", "Transpose"));
  EXPECT_EQ(graph.nodes.size(), 2u);
  const auto made = run_file(graph, {{3, 1, 2}, {9, 9, -50, 50, 50, -50}}).front();
  EXPECT_THAT(made.tensor.floats, ElementsAre(testing::FloatEq(100.5f), testing::FloatEq(10.5f)));
}

// The size that the image is brought to is computed from its own, which is read within the head.
TEST(OnnxHead, HasShapesThatTheNetworkBehindItKnows) {
  OnnxModel model(13, {1, 3, 4, 4});
  set_attribute(model.add("Softmax", {"in"}, {"soft"}), "axis", 3);
  model.add("Shape", {"soft"}, {"sizes"});
  model.floats("w", {1, 3, 1, 1});
  model.add("Reshape", {"soft", "sizes"}, {"same"});
  model.add("Conv", {"same", "w"}, {"map"});
  model.integers("begin", {0});
  model.integers("end", {1});
  model.add("Slice", {"sizes", "begin", "end"}, {"images"});
  model.integers("rest", {-1});
  set_attribute(model.add("Concat", {"images", "rest"}, {"shape"}), "axis", 0);
  model.add("Reshape", {"map", "shape"}, {"out"});
  OnnxOptions options;
  options.takes_head = true;
  EXPECT_EQ(model.output("out").read(options).head.operators.front(), "Softmax");
}

class Steps : public InputSource {
 public:
  explicit Steps(bool is_int8) : is_int8_(is_int8) {}
  std::int64_t size() const override { return 1; }
  InputImage image(std::int64_t) const override {
    return {{{3, 1, 2}, {9, 9, -50, 50, 50, -50}}, std::nullopt, "image", is_int8_};
  }

 private:
  bool is_int8_;
};

TEST(HeadImages, AreWhatTheHeadMakesOfThem) {
  OnnxOptions options;
  options.takes_head = true;
  const Graph graph = channels_last().read(options);
  const auto images = behind_head(std::make_unique<Steps>(false), graph.head, graph.nodes[0].out);
  EXPECT_EQ(images->image(0).values.shape, graph.nodes[0].out);
  EXPECT_THAT(images->image(0).values.values,
              ElementsAre(0.5f, 0.5f, FloatNear(0, 1e-6f), 1, 1, FloatNear(0, 1e-6f)));
  const auto steps = behind_head(std::make_unique<Steps>(true), graph.head, graph.nodes[0].out);
  EXPECT_THROW(steps->image(0), UserError);
}

TEST(HeadImages, StayAsTheyAreWithoutAHead) {
  const auto images = behind_head(std::make_unique<Steps>(true), {}, {3, 1, 2});
  EXPECT_TRUE(images->image(0).is_int8_steps);
}

}  // namespace
}  // namespace escalate
