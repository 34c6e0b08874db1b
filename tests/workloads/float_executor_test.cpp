#include "workloads/float_executor.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "../support/data_folder.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

// Right answers among the first `images` test images of CIFAR-10, as a share.
double accuracy(const std::string& network, const std::vector<float>& mean,
                const std::vector<float>& deviation, int images) {
  const Graph graph = read_onnx((data_folder() / "weights" / network).string());
  const FloatExecutor executor(graph);
  std::ifstream file(data_folder() / "cifar10/test_batch.bin", std::ios::binary);
  std::string record(3073, '\0');
  int right = 0;
  for (int i = 0; i < images; ++i) {
    file.read(record.data(), std::streamsize(record.size()));
    EXPECT_TRUE(file.good());
    Tensor image{{3, 32, 32}, std::vector<float>(3072)};
    for (std::size_t j = 0; j < 3072; ++j) {
      const float pixel = float(static_cast<unsigned char>(record[j + 1])) / 255.0f;
      image.values[j] = (pixel - mean[j / 1024]) / deviation[j / 1024];
    }
    const Tensor scores = executor.run(image).back();
    const auto best = std::max_element(scores.values.begin(), scores.values.end());
    right += best - scores.values.begin() == record[0];
  }
  return double(right) / images;
}

Graph average_pool(const Shape& in, const Window& window, bool count_include_pad) {
  Graph graph;
  Node input, pool;
  input.name = "input";
  input.out = in;
  pool.name = "pool";
  pool.op = OpKind::kAvgPool;
  pool.inputs = {0};
  pool.window = window;
  pool.count_include_pad = count_include_pad;
  graph.nodes = {input, pool};
  graph.infer_shapes();
  return graph;
}

TEST(FloatPooling, DividesAWindowThatHangsOverThePaddedMapByWhatLiesWithinIt) {
  const Window window{.r = 3, .s = 3, .stride_h = 2, .stride_w = 2, .ceil_mode = true};
  const Tensor ones{{1, 4, 4}, std::vector<float>(16, 1.0f)};
  EXPECT_EQ(run_float(average_pool(ones.shape, window, true), ones).back().values,
            std::vector<float>(4, 1.0f));
}

// Extents of one dimension of a pool: the counted elements of a window are those of the padded
// map, or of the map alone.
int counted(int out, int kernel, int stride, int extent, int before, int after, bool with_padding) {
  int count = 0;
  for (int i = out * stride - before; i < out * stride - before + kernel; ++i) {
    count += with_padding ? i < extent + after : i >= 0 && i < extent;
  }
  return count;
}

TEST(FloatPooling, AveragesOverWhatCountsInAnyWindow) {
  EXPECT_TRUE(rc::check("ones average to the counted share of the map", [] {
    const auto between = [](int low, int high) { return *rc::gen::inRange(low, high + 1); };
    Window window{.r = between(1, 4), .s = between(1, 4)};
    window.stride_h = between(1, 5);
    window.stride_w = between(1, 5);
    for (int* pad : {&window.pad_top, &window.pad_bottom}) *pad = between(0, window.r - 1);
    for (int* pad : {&window.pad_left, &window.pad_right}) *pad = between(0, window.s - 1);
    window.ceil_mode = between(0, 1) == 1;
    const bool with_padding = between(0, 1) == 1;
    const Tensor ones{{1, between(4, 9), between(4, 9)}, {}};
    Tensor map = ones;
    map.values.assign(std::size_t(map.shape.size()), 1.0f);
    const Tensor out = run_float(average_pool(map.shape, window, with_padding), map).back();
    for (int p = 0; p < out.shape.h; ++p) {
      for (int q = 0; q < out.shape.w; ++q) {
        const auto share = [&](bool padded) {
          return counted(p, window.r, window.stride_h, map.shape.h, window.pad_top,
                         window.pad_bottom, padded) *
                 counted(q, window.s, window.stride_w, map.shape.w, window.pad_left,
                         window.pad_right, padded);
        };
        const float expected = float(share(false)) / float(share(with_padding));
        RC_ASSERT(std::abs(out.values[std::size_t(p * out.shape.w + q)] - expected) < 1e-6f);
      }
    }
  }));
}

struct Measured {
  std::string file;
  double accuracy;  ///< of all 10,000 test images, measured with another runtime
  bool raw_pixels = false;
};
void PrintTo(const Measured& measured, std::ostream* out) { *out << measured.file; }

class FloatAccuracy : public testing::TestWithParam<Measured> {
 protected:
  void check(int images, double tolerance) {
    if (!std::filesystem::exists(data_folder() / "weights")) GTEST_SKIP() << "no real networks";
    const Measured& known = GetParam();
    const std::vector<float> mean =
        known.raw_pixels ? std::vector<float>(3, 0.0f) : std::vector<float>{0.485f, 0.456f, 0.406f};
    const std::vector<float> deviation = known.raw_pixels
                                             ? std::vector<float>(3, 1.0f / 255)
                                             : std::vector<float>{0.229f, 0.224f, 0.225f};
    EXPECT_NEAR(accuracy(known.file, mean, deviation, images), known.accuracy, tolerance);
  }
};
class LongFloatAccuracy : public FloatAccuracy {};

TEST_P(FloatAccuracy, IsNearThatOfAnotherRuntimeOnThreeHundredImages) { check(300, 0.04); }
TEST_P(LongFloatAccuracy, EqualsThatOfAnotherRuntimeOnAllImages) { check(10000, 0.0002); }

const auto kNetworks = testing::Values(
    Measured{"cifar10_resnet20_bn.onnx", 0.9173}, Measured{"cifar10_resnet20_folded.onnx", 0.9173},
    Measured{"cifar10_resnet20_ternary_m6.onnx", 0.9001},
    Measured{"cifar10_mlperftiny_resnet8_folded.onnx", 0.8719, true});
const auto kName = [](const auto& test) {
  return test.param.file.substr(8, test.param.file.size() - 13);
};
INSTANTIATE_TEST_SUITE_P(Networks, FloatAccuracy, kNetworks, kName);
INSTANTIATE_TEST_SUITE_P(Long, LongFloatAccuracy, kNetworks, kName);

}  // namespace
}  // namespace escalate
