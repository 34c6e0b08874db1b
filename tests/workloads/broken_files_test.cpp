// Damaged files of every kind that the program reads: each is either read, and then of use, or
// refused by one line that names the file.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <png.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "../support/expect_user_error.h"
#include "../support/jpeg_bytes.h"
#include "../support/npy_text.h"
#include "../support/random_graph.h"
#include "../support/temporary_folder.h"
#include "../support/ternary_qonnx.h"
#include "common/atomic_file.h"
#include "fuzz/damage.h"
#include "workloads/draw.h"
#include "workloads/float_executor.h"
#include "workloads/image_file.h"
#include "workloads/inputs.h"
#include "workloads/npy.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/writer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

/// Whether `use` went through; fails unless it did or threw a UserError of one line that names the
/// file, or one beside it.
template <class Use>
bool is_used(const std::string& file, Use use) {
  try {
    use();
    return true;
  } catch (const UserError& error) {
    const std::string text = error.what();
    RC_LOG() << text << "\n";
    RC_ASSERT(text.find('\n') == std::string::npos);
    RC_ASSERT(text.find(std::filesystem::path(file).parent_path().string()) != std::string::npos);
    return false;
  }
}

/// The same for a file whose contents are `contents`, damaged in many ways.
template <class Use>
void check_damaged(const TemporaryFolder& folder, const std::string& name,
                   const std::string& contents, int rounds, Use use) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  RC_ASSERT(is_used(folder.write(name, contents), [&] { use(folder.file(name)); }));
  for (int round = 0; round < rounds; ++round) {
    folder.write(name, damaged(contents, random));
    is_used(folder.file(name), [&] { use(folder.file(name)); });
  }
}

/// The parameter is the number of damaged files for each random case.
class BrokenFile : public testing::TestWithParam<int> {};

bool is_small(const Graph& graph) {
  constexpr std::int64_t kSmall = 1 << 20;
  return std::all_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) { return node.out.size() < kSmall; }) &&
         graph.dense_macs() < kSmall;
}

void read_and_run_onnx(const std::string& path) {
  const Graph graph = read_onnx(path);
  if (!is_small(graph)) return;
  const Shape& shape = graph.nodes[0].out;
  run_float(graph, {shape, std::vector<float>(std::size_t(shape.size()), 0.5f)});
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsOnnxWhateverItsBytes) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("damaged bytes", [&] {
    const std::string path = folder.file("sound.onnx");
    write_onnx(RandomGraph::make(), path);
    check_damaged(folder, "broken.onnx", read_file(path), GetParam(), read_and_run_onnx);
  }));
}

TEST(BrokenOnnxFile, OfAConvolutionThatCallsItselfFullyConnectedIsRefused) {
  const TemporaryFolder folder;
  Graph graph;
  graph.nodes.resize(2);
  graph.nodes[0].name = "input";
  graph.nodes[0].out = {3, 5, 5};
  Node& conv = graph.nodes[1];
  conv.name = "conv";
  conv.op = OpKind::kConv;
  conv.inputs = {0};
  conv.out_channels = 2;
  conv.decomposition = Decomposition{1, {1, 0, -1, 1, 1, 0}, {7}, 0.5f, {1, 1}};
  conv.form = LayerForm::kDecomposed;
  graph.infer_shapes();
  write_onnx(graph, folder.file("conv.onnx"));
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read_file(folder.file("conv.onnx"))));
  for (auto& entry : *model.mutable_metadata_props()) {
    if (entry.key() != "escalate.layers") continue;
    entry.mutable_value()->insert(2, "\"fully_connected\":true,");
  }
  folder.write("conv.onnx", model.SerializeAsString());
  EXPECT_USER_ERROR(read_onnx(folder.file("conv.onnx")),
                    testing::HasSubstr("conv.onnx: conv: is decomposed into 6 coefficients"));
}

/// All names of a model, which damage puts where they do not belong.
std::vector<std::string> names_in(const onnx::ModelProto& model) {
  std::vector<std::string> names = {"", "SAME_UPPER", "kernel_shape", "[]", "{\"tensors\": {}}"};
  for (const auto& node : model.graph().node()) {
    names.insert(names.end(), {node.name(), node.op_type()});
    names.insert(names.end(), node.input().begin(), node.input().end());
    names.insert(names.end(), node.output().begin(), node.output().end());
  }
  return names;
}

/// The same for a model, whose fields are damaged.
void check_damaged_fields(const TemporaryFolder& folder, const std::string& bytes, int rounds) {
  const std::string path = folder.file("model.onnx");
  onnx::ModelProto sound;
  RC_ASSERT(sound.ParseFromString(bytes));
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  MessageDamage damage(names_in(sound), random);
  for (int round = 0; round < rounds; ++round) {
    onnx::ModelProto model = sound;
    for (std::uint64_t faults = random.below(3) + 1; faults > 0; --faults) damage.apply(model);
    folder.write("model.onnx", model.SerializeAsString());
    is_used(path, [&] { read_and_run_onnx(path); });
  }
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsOnnxWhateverItsFields) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("damaged fields", [&] {
    check_damaged_fields(folder, onnx_bytes(RandomGraph::make()), GetParam());
  }));
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsAQuantisedNetworkWhateverItsFields) {
  const TemporaryFolder folder;
  const OnnxModel models[] = {TernaryQonnx(1).model(), by_pairs().output("z"),
                              by_quantized_operators().output("z")};
  EXPECT_TRUE(rc::check("damaged fields", [&] {
    const OnnxModel& model = models[*rc::gen::inRange(0, 3)];
    check_damaged_fields(folder, model.proto.SerializeAsString(), GetParam());
  }));
}

constexpr const char* kWorkload = R"(name: small
definition: "a network with one of everything"
input: [3, 9, 9]
transform: {mean: [0.1, 0.2, 0.3], std: [1, 1.5, 2], channels: bgr}
seed: 7
defaults: {coefficient_density: 0.2, weight_density: 0.5, activation_density: 0.5, terms: 3}
blocks:
  pair:
    - {conv: a, K: $width, kernel: 3, stride: [1, 1], then: relu}
    - {conv: b, K: $width, kernel: [1, 3], pad: [0, 1], form: direct}
    - {add: sum, from: [a, b], then: relu6}
layers:
  - {conv: first, K: 4, kernel: 3, stride: 2, pad: [1, 1, 0, 0]}
  - {use: pair, name: block, width: 4, repeat: 2, first: 1}
  - {maxpool: pool, kernel: 2, ceil: true}
  - {avgpool: mean, kernel: 2, stride: 1, pad: 1, count_include_pad: true}
  - {concat: both, from: [mean, mean]}
  - {channel_pad: padded, before: 1, after: 2}
  - {conv: last, K: 5, kernel: 1, coefficients: codes.npy}
  - {global_avgpool: global}
  - {flatten: vector}
  - {fc: classifier, K: 6}
)";

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsYamlWorkload) {
  const TemporaryFolder folder;
  folder.write("codes.npy", npy_int8("(5, 1, 11)", std::vector<std::int8_t>(55, 1)));
  EXPECT_TRUE(rc::check("damaged text", [&] {
    check_damaged(folder, "small.yaml", kWorkload, GetParam(), [](const std::string& path) {
      const Graph graph = read_yaml_workload(path);
      if (is_small(graph)) draw_network(graph, {});
    });
  }));
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsNpy) {
  const TemporaryFolder folder;
  const std::string contents = npy_float("(2, 3, 2, 1)", std::vector<float>(12, 0.25f));
  EXPECT_TRUE(rc::check("damaged bytes", [&] {
    check_damaged(folder, "tensor.npy", contents, GetParam(), [](const std::string& path) {
      const NpyFile file(path);
      RC_ASSERT(file.read_floats(0, file.num_elements()).size() ==
                std::size_t(file.num_elements()));
    });
  }));
}

std::string png_bytes(int height, int width) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.height = png_uint_32(height);
  png.width = png_uint_32(width);
  png.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < height * width * 3; ++i) pixels.push_back(std::uint8_t(i * i));
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  EXPECT_NE(png_image_write_to_memory(&png, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

void read_and_scale_image(const std::string& path) {
  RC_ASSERT(resize_and_crop(read_image_file(path), 8, 8).pixels.size() == 8u * 8 * 3);
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsPng) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check("damaged bytes", [&] {
    check_damaged(folder, "image.png", png_bytes(5, 7), GetParam(), read_and_scale_image);
  }));
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsJpeg) {
  const TemporaryFolder folder;
  const std::string contents = jpeg_bytes(9, 11, 3, std::vector<std::uint8_t>(9 * 11 * 3, 77));
  EXPECT_TRUE(rc::check("damaged bytes", [&] {
    check_damaged(folder, "image.jpg", contents, GetParam(), read_and_scale_image);
  }));
}

TEST_P(BrokenFile, IsReadOrRefusedByOneLineAsCifar10) {
  const TemporaryFolder folder;
  const InputTransform transform{{0, 0, 0}, {1, 1, 1}, false};
  EXPECT_TRUE(rc::check("damaged bytes", [&] {
    check_damaged(folder, "test_batch.bin", std::string(std::size_t{2} * 3073, '\3'), GetParam(),
                  [&](const std::string& path) {
                    const auto input = open_input("cifar10:" + path, {3, 32, 32}, transform);
                    for (std::int64_t i = 0; i < input->size(); ++i) input->image(i);
                  });
  }));
}

INSTANTIATE_TEST_SUITE_P(Few, BrokenFile, testing::Values(3));
INSTANTIATE_TEST_SUITE_P(Long, BrokenFile, testing::Values(1000));

}  // namespace
}  // namespace escalate
