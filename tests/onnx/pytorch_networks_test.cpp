// What the reader makes of files of today's PyTorch, beside PyTorch's own values.
#include "../support/pytorch_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../support/expect_user_error.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Graph read(const std::string& name) {
  OnnxOptions options;
  options.takes_head = true;
  return read_onnx(pytorch_file(name), options);
}

class PyTorchNetworks : public testing::TestWithParam<std::string> {};

TEST_P(PyTorchNetworks, ComputeWhatPyTorchComputes) {
  const Graph graph = read(GetParam());
  const std::vector<Tensor> images = pytorch_images(GetParam(), image_shape(graph));
  std::vector<std::vector<float>> made;  // by output, image after image
  for (const Tensor& image : images) {
    const std::vector<NamedTensor> outputs = run_file(graph, image);
    made.resize(outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::vector<float> values = as_floats(outputs[i].tensor);
      made[i].insert(made[i].end(), values.begin(), values.end());
    }
  }
  std::vector<float> seen;
  for (const auto& output : made) seen.insert(seen.end(), output.begin(), output.end());
  const std::vector<float> expected = pytorch_values(GetParam(), ".out");
  ASSERT_EQ(seen.size(), expected.size());
  float largest = 1;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    ASSERT_NEAR(seen[i], expected[i], 2e-5f * largest) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(, PyTorchNetworks, testing::ValuesIn(pytorch_networks()),
                         [](const auto& name) { return pytorch_test_name(name.param); });

TEST(PyTorchFiles, AreSmallAndOfBothExporters) {
  constexpr std::uintmax_t kMostBytes = 50'000;
  int traced = 0, dynamo = 0;
  for (const std::string& name : pytorch_networks()) {
    EXPECT_LT(std::filesystem::file_size(pytorch_file(name)), kMostBytes) << name;
    ++(name.ends_with(".trace") ? traced : dynamo);
  }
  EXPECT_GE(traced, 12);
  EXPECT_EQ(traced, dynamo);
}

TEST(PyTorchFiles, HaveLayerNormsAsLayers) {
  for (const char* exporter : {"trace", "dynamo"}) {
    EXPECT_TRUE(read(std::string("convnext-layernorm.") + exporter).tail.empty());
  }
}

TEST(PyTorchFiles, LeaveTheScalingOfPixelsToTheHost) {
  for (const char* exporter : {"trace", "dynamo"}) {
    const Graph graph = read(std::string("preprocessed.") + exporter);
    EXPECT_THAT(graph.head.operators,
                testing::ElementsAre("Transpose", "Div", "Sub", "Div", "Transpose", "Resize"));
    EXPECT_EQ(image_shape(graph), (Shape{3, 20, 20}));
    EXPECT_EQ(graph.nodes.front().out, (Shape{3, 16, 16}));
  }
}

}  // namespace
}  // namespace escalate
