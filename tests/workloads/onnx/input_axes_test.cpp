// Images that a file describes without a dimension of images, or in another order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/onnx_model.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

OnnxOptions with_head() {
  OnnxOptions options;
  options.takes_head = true;
  return options;
}

void unsqueeze(OnnxModel& model, const std::string& from, const std::string& to,
               const std::vector<int>& axes) {
  model.integers(to + ".axes", axes);
  model.add("Unsqueeze", {from, to + ".axes"}, {to});
}

void transpose(OnnxModel& model, const std::string& from, const std::string& to,
               const std::vector<int>& order) {
  set_attribute(model.add("Transpose", {from}, {to}), "perm", order);
}

/// A 1x1 convolution that weighs channels 1, 10, 100.
OnnxModel& weighed(OnnxModel& model, const std::string& from, int channels) {
  std::vector<float> weights = {1, 10, 100};
  weights.resize(std::size_t(channels));
  model.floats("w", {1, channels, 1, 1}, weights);
  model.add("Conv", {from, "w"}, {"out"});
  return model.output("out");
}

/// What the file makes of an image [3, 1, 2].
std::vector<float> made_of_six(const OnnxModel& model) {
  const Graph graph = model.read(with_head());
  EXPECT_EQ(image_shape(graph), (Shape{3, 1, 2}));
  return run_file(graph, {{3, 1, 2}, {1, 2, 3, 4, 5, 6}}).front().tensor.floats;
}

TEST(OnnxInputAxes, AreThoseOfAMapToWhichTheFileAddsImages) {
  OnnxModel by_unsqueeze(13, {3, 1, 2});
  unsqueeze(by_unsqueeze, "in", "map", {0});
  EXPECT_THAT(made_of_six(weighed(by_unsqueeze, "map", 3)), ElementsAre(531, 642));
  EXPECT_EQ(by_unsqueeze.read().nodes.size(), 2u);
  OnnxModel by_reshape(13, {3, 1, 2});
  by_reshape.integers("shape", {1, 3, -1, 2});
  by_reshape.add("Reshape", {"in", "shape"}, {"map"});
  EXPECT_THAT(made_of_six(weighed(by_reshape, "map", 3)), ElementsAre(531, 642));
}

TEST(OnnxInputAxes, AreThoseOfAMapWithChannelsLast) {
  for (const bool turned_first : {false, true}) {
    OnnxModel model(13, {1, 2, 3});
    if (turned_first) {
      transpose(model, "in", "turned", {2, 0, 1});
      unsqueeze(model, "turned", "map", {0});
    } else {
      unsqueeze(model, "in", "images", {0});
      transpose(model, "images", "map", {0, 3, 1, 2});
    }
    EXPECT_THAT(made_of_six(weighed(model, "map", 3)), ElementsAre(531, 642)) << turned_first;
    EXPECT_EQ(model.read().nodes.size(), 2u) << turned_first;
  }
}

TEST(OnnxInputAxes, AreThoseOfAMapThatIsScaledFirst) {
  OnnxModel model(13, {3, 1, 2});
  model.floats("mean", {1, 3, 1, 1}, {1, 1, 1});
  model.add("Sub", {"in", "mean"}, {"map"});  // which has images by then
  EXPECT_THAT(made_of_six(weighed(model, "map", 3)), ElementsAre(420, 531));
}

TEST(OnnxInputAxes, OfAGreyImageAreRowsAndColumns) {
  OnnxModel model(13, {2, 3});
  unsqueeze(model, "in", "map", {0, 1});
  const Graph graph = weighed(model, "map", 1).read();
  EXPECT_EQ(graph.nodes[0].out, (Shape{1, 2, 3}));
  EXPECT_EQ(graph.nodes.size(), 2u);
}

TEST(OnnxInputAxes, OfALineAreChannelsAndColumns) {
  OnnxModel model(13, {3, 4});
  unsqueeze(model, "in", "map", {0});
  model.floats("w", {1, 3, 2});
  model.add("Conv", {"map", "w"}, {"out"});
  const Graph graph = model.output("out").read();
  EXPECT_EQ(graph.nodes[0].out, (Shape{3, 1, 4}));
  EXPECT_EQ(graph.nodes[1].out, (Shape{1, 1, 3}));
}

TEST(OnnxInputAxes, OfAVectorAreChannels) {
  OnnxModel model(13, {3});
  unsqueeze(model, "in", "vector", {0});
  model.floats("w", {3, 2});
  model.add("MatMul", {"vector", "w"}, {"out"});
  EXPECT_EQ(model.output("out").read().nodes[0].out, (Shape{3, 1, 1}));
}

TEST(OnnxInputAxes, HaveImagesFirstUnlessTheFileAddsThem) {
  OnnxModel line(13, {1, 3, 4});
  line.floats("w", {1, 3, 2});
  line.add("Conv", {"in", "w"}, {"out"});
  EXPECT_EQ(line.output("out").read().nodes[0].out, (Shape{3, 1, 4}));
  OnnxModel vector(13, {3});
  vector.add("Relu", {"in"}, {"out"});
  EXPECT_THAT(vector.output("out").error(), HasSubstr("its input is not of shape [N, C, H, W]"));
}

TEST(OnnxInputAxes, LeaveOpenSizesToTheOneWhoReads) {
  OnnxModel model(13, {3, 0, 0});
  unsqueeze(model, "in", "map", {0});
  weighed(model, "map", 3);
  EXPECT_THAT(model.error(), HasSubstr("leaves the height H of its input open"));
  OnnxOptions options;
  options.input_shape = Shape{3, 4, 5};
  EXPECT_EQ(model.read(options).nodes[0].out, (Shape{3, 4, 5}));
}

// What the host computes in front of the network finds the image as the file describes it.
TEST(OnnxInputAxes, AreTheFilesForTheHost) {
  OnnxModel model(13, {1, 2, 3});
  set_attribute(model.add("Softmax", {"in"}, {"soft"}), "axis", 1);
  transpose(model, "soft", "turned", {2, 0, 1});
  unsqueeze(model, "turned", "map", {0});
  weighed(model, "map", 3);
  const Graph graph = model.read(with_head());
  EXPECT_EQ(image_shape(graph), (Shape{3, 1, 2}));
  const auto made = run_file(graph, {{3, 1, 2}, {9, 9, -50, 50, 50, -50}}).front();
  EXPECT_THAT(made.tensor.floats, ElementsAre(testing::FloatEq(100.5f), testing::FloatEq(10.5f)));
}

}  // namespace
}  // namespace escalate
