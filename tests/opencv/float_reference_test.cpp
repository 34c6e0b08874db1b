// The float reference and the ONNX files that we write, against OpenCV's dnn module.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "../support/data_folder.h"
#include "../support/random_graph.h"
#include "../support/temporary_folder.h"
#include "tests/opencv/opencv_runtime.h"
#include "workloads/float_executor.h"
#include "workloads/inputs.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"

namespace escalate {
namespace {

/// Largest difference, relative to the largest expected magnitude (or 1); 1 if sizes differ.
float relative_error(const std::vector<float>& expected, const std::vector<float>& seen) {
  if (expected.size() != seen.size()) return 1;
  float largest = 1, error = 0;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const float difference = std::abs(expected[i] - seen[i]);
    error = difference <= error ? error : difference;  // not a number counts
  }
  return error / largest;
}

/// Window positions by OpenCV 4.6: where it rounds up, the last window is left out if it begins
/// beyond the input and the padding after it. (ONNX: beyond the input and the padding before it.)
int opencv_positions(int extent, int kernel, int stride, int pad_before, int pad_after) {
  const int count = (extent + pad_before + pad_after - kernel + stride - 1) / stride + 1;
  return pad_after > 0 && (count - 1) * stride >= extent + pad_after ? count - 1 : count;
}

/// OpenCV 4.6 pools otherwise than ONNX says in two cases: padding never counts in an average, and
/// rounding up can give another number of windows.
bool opencv_pools_otherwise(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    if (node.op != OpKind::kMaxPool && node.op != OpKind::kAvgPool) return false;
    const Window& w = node.window;
    const bool is_padded = w.pad_top + w.pad_bottom + w.pad_left + w.pad_right > 0;
    if (node.count_include_pad && (is_padded || w.ceil_mode)) return true;
    const Shape& in = graph.nodes[std::size_t(node.inputs[0])].out;
    return w.ceil_mode &&
           (node.out.h != opencv_positions(in.h, w.r, w.stride_h, w.pad_top, w.pad_bottom) ||
            node.out.w != opencv_positions(in.w, w.s, w.stride_w, w.pad_left, w.pad_right));
  });
}

TEST(OpenCv, ComputesWhatTheFloatReferenceComputesOnRandomGraphs) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("a written file computes in OpenCV what the graph says", [&] {
    const Graph graph = RandomGraph::make();
    RC_PRE(!opencv_pools_otherwise(graph));
    RC_LOG() << describe(graph);
    write_onnx(graph, folder.file("random.onnx"));
    const Tensor image = open_input("synthetic", graph.nodes[0].out, {})->image(0).values;
    RC_ASSERT(relative_error(run_float(graph, image).back().values,
                             OpenCvRuntime(folder.file("random.onnx")).run(image)) < 1e-4f);
  }));
}

struct Network {
  std::string file, input;
  InputTransform transform;  ///< empty: in the file's metadata
};
void PrintTo(const Network& network, std::ostream* out) { *out << network.file; }

class OpenCvRealNetwork : public testing::TestWithParam<Network> {};

TEST_P(OpenCvRealNetwork, ComputesWhatTheFloatReferenceComputesOnRealImages) {
  const auto file = data_folder() / "weights" / GetParam().file;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no real networks";
  const TemporaryFolder folder;
  const Graph graph = read_onnx(file.string());
  write_onnx(graph, folder.file("written.onnx"));
  OpenCvRuntime original(file.string()), written(folder.file("written.onnx"));
  const std::size_t colon = GetParam().input.find(':') + 1;
  const std::string spec =
      GetParam().input.substr(0, colon) + (data_folder() / GetParam().input.substr(colon)).string();
  const auto input =
      open_input(spec, graph.nodes[0].out,
                 GetParam().transform.mean.empty() ? graph.transform : GetParam().transform);
  const FloatExecutor reference(graph);
  for (int i = 0; i < 4; ++i) {
    const Tensor image = input->image(i).values;
    const std::vector<float> expected = reference.run(image).back().values;
    EXPECT_LT(relative_error(expected, original.run(image)), 1e-4f) << "image " << i;
    EXPECT_LT(relative_error(expected, written.run(image)), 1e-4f) << "image " << i;
  }
}

const InputTransform kResnet20 = {{.485f, .456f, .406f}, {.229f, .224f, .225f}, false};
INSTANTIATE_TEST_SUITE_P(
    Networks, OpenCvRealNetwork,
    testing::Values(Network{"cifar10_resnet20_bn.onnx", "cifar10:cifar10", kResnet20},
                    Network{"cifar10_resnet20_folded.onnx", "cifar10:cifar10", kResnet20},
                    Network{"cifar10_resnet20_ternary_m6.onnx", "cifar10:cifar10", {}},
                    Network{"cifar10_mlperftiny_resnet8_folded.onnx",
                            "cifar10:cifar10",
                            {{0, 0, 0}, {.00392157f, .00392157f, .00392157f}, false}},
                    Network{"imagenet_mobilenetv2_folded.onnx",
                            "image:photos",
                            {{.5f, .5f, .5f}, {.5f, .5f, .5f}, false}}),
    [](const auto& test) { return test.param.file.substr(0, test.param.file.size() - 5); });

}  // namespace
}  // namespace escalate
