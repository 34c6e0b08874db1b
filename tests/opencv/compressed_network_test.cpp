// A compressed network is an ordinary ONNX file: OpenCV computes from it what we do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "../support/data_folder.h"
#include "../support/small_network.h"
#include "../support/temporary_folder.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/output_refit.h"
#include "tests/opencv/opencv_runtime.h"
#include "workloads/float_executor.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

/// Compresses and calibrates a network, and compares a few images.
void expect_the_same(const Graph& original, const InputSource& images,
                     const CompressOptions& options) {
  const TemporaryFolder folder;
  Graph graph = compress_graph(original, options);
  refit_to_outputs(graph, original, images, {8, 1, 2});
  calibrate(graph, images, {8, 2});
  write_onnx(graph, folder.file("compressed.onnx"));
  OpenCvRuntime runtime(folder.file("compressed.onnx"));
  for (int i = 0; i < 4; ++i) {
    const Tensor image = images.image(i).values;
    const std::vector<float> expected = run_float(graph, image).back().values;
    const std::vector<float> seen = runtime.run(image);
    ASSERT_EQ(seen.size(), expected.size());
    float largest = 0;
    for (const float value : expected) largest = std::max(largest, std::abs(value));
    for (std::size_t k = 0; k < seen.size(); ++k) {
      EXPECT_NEAR(seen[k], expected[k], 1e-4f * largest) << "image " << i << " output " << k;
    }
  }
}

TEST(OpenCvCompressed, ComputesWhatWeComputeFromASmallNetwork) {
  const Graph graph = small_network();
  const auto images = open_input("synthetic", graph.nodes[0].out, {});
  for (const int terms : {1, 4, 9}) {
    CompressOptions options;
    options.terms = terms;
    options.pointwise_terms = std::min(terms, 3);
    expect_the_same(graph, *images, options);
  }
}

TEST(OpenCvCompressed, ComputesWhatWeComputeFromResNet20) {
  const auto file = data_folder() / "weights" / "cifar10_resnet20_bn.onnx";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no real networks";
  Graph graph = read_onnx(file.string());
  graph.transform = {{.485f, .456f, .406f}, {.229f, .224f, .225f}, false};
  const auto images = open_input("cifar10:" + (data_folder() / "cifar10").string(),
                                 graph.nodes[0].out, graph.transform);
  expect_the_same(graph, *images, {});
}

}  // namespace
}  // namespace escalate
