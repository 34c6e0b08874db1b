// Random valid ONNX models of every operator that is read: what the reader makes of them beside
// ONNX's own shape inference, and beside another runtime's values.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../support/temporary_folder.h"
#include "tests/onnx/other_python.h"
#include "tests/onnx/random_model.h"
#include "tests/support/places.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

std::vector<int> dims_of(const Shape& shape, int images, std::size_t rank) {
  if (rank == 2) return {images, int(shape.size())};  // a layer in front may still have a map
  return {images, shape.c, shape.h, shape.w};
}

std::string macs_difference(const Graph& graph, const RandomModel& random) {
  if (graph.dense_macs() == random.macs()) return "";
  return fmt::format("{} MACs, expected {}", graph.dense_macs(), random.macs());
}

/// Compares shapes and multiply-accumulates; a message, or nothing.
std::string difference(const RandomModel& random) {
  Graph graph;
  try {
    graph = random.model().read();
  } catch (const UserError& refused) {
    return fmt::format("is refused: {}", refused.what());
  }
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto found = random.shapes().find(node.name);
    const bool moves =
        node.op == OpKind::kSelect || node.op == OpKind::kChannelPad || node.op == OpKind::kFlatten;
    if (found == random.shapes().end() && moves)
      continue;  // a Pad, or a vector, with none of these names
    if (found == random.shapes().end()) return node.name + " is made by no node of the model";
    if (dims_of(node.out, random.images(), found->second.size()) != found->second) {
      return fmt::format("{}: {}x{}x{}, the standard has [{}]", node.name, node.out.c, node.out.h,
                         node.out.w, fmt::join(found->second, ", "));
    }
  }
  return macs_difference(graph, random);
}

void check_shapes() {
  EXPECT_TRUE(rc::check("shapes and MACs are those of the standard", [] {
    const RandomModel random(*rc::gen::arbitrary<std::uint64_t>());
    if (random.opset() <= RandomModel::kLibraryOpset) standard_shapes(random.model().proto);
    const std::string found = difference(random);
    if (!found.empty()) RC_FAIL(found + "\n" + random.model().proto.DebugString());
  }));
}

/// What neither a layer nor the host does, by the words of the reader.
bool is_refused_rightly(const UserError& fault) {
  for (const char* words : {"in another order than blocks", "mixes rows, columns and channels",
                            "in front of the network, which are no layers"}) {
    if (fault.message().find(words) != std::string::npos) return true;
  }
  return false;
}

TEST(RandomOnnx, OfEveryOperatorHasTheMacsOfTheStandard) {
  EXPECT_TRUE(rc::check("MACs are those of the standard", [] {
    const RandomModel random(*rc::gen::arbitrary<std::uint64_t>(), true);
    try {
      const std::string found = macs_difference(random.model().read(), random);
      if (!found.empty()) RC_FAIL(found + "\n" + random.model().proto.DebugString());
    } catch (const UserError& refused) {
      if (is_refused_rightly(refused)) RC_DISCARD("refused");
      RC_FAIL(std::string(refused.what()) + "\n" + random.model().proto.DebugString());
    }
  }));
}

TEST(RandomOnnx, HasTheShapesAndMacsOfTheStandard) { check_shapes(); }
TEST(LongRandomOnnx, HasTheShapesAndMacsOfTheStandard) { check_shapes(); }

void write_floats(const std::filesystem::path& path, const std::vector<float>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             std::streamsize(values.size() * sizeof(float)));
}

/// Writes model, inputs and our outputs of image after image as NUMBER.onnx, .in and .out.
void write_case(const std::filesystem::path& folder, int number, const RandomModel& random,
                Random& values) {
  const Graph graph = random.model().read();
  std::ofstream(folder / fmt::format("{}.onnx", number), std::ios::binary)
      << random.model().proto.SerializeAsString();
  std::vector<float> in, out;
  for (int i = 0; i < random.images(); ++i) {
    Tensor image{graph.nodes[0].out, {}};
    for (std::int64_t j = 0; j < image.shape.size(); ++j) {
      image.values.push_back(float(values.uniform() * 4 - 2));
    }
    const std::vector<float> made = run_file(graph, image).back().tensor.floats;
    in.insert(in.end(), image.values.begin(), image.values.end());
    out.insert(out.end(), made.begin(), made.end());
  }
  write_floats(folder / fmt::format("{}.in", number), in);
  write_floats(folder / fmt::format("{}.out", number), out);
}

void check_values(int models, bool every_operator) {
  const std::string python = python_with("onnxruntime");
  if (python.empty()) GTEST_SKIP() << "no Python with onnxruntime: see scripts/onnx_oracle";
  constexpr int kAtOnce = 500;
  for (int first = 0; first < models; first += kAtOnce) {
    const TemporaryFolder folder;
    const int number = std::min(kAtOnce, models - first);
    int refused = 0;
    for (int i = 0; i < number; ++i) {
      Random values{std::uint64_t(first + i)};
      const RandomModel random(std::uint64_t(first + i), every_operator);
      try {
        write_case(folder.path(), i, random, values);
      } catch (const UserError& fault) {
        if (!is_refused_rightly(fault)) throw;
        ++refused;
      }
    }
    EXPECT_LE(refused, number / 10);
    const ShellRun run =
        run_shell(python + " '" + source_folder() + "/tests/onnx/other_runtime.py' '" +
                  folder.path().string() + "'");
    EXPECT_EQ(run.status, 0) << "seeds from " << first << "\n" << run.text;
    EXPECT_NE(run.text.find("0 differ"), std::string::npos) << run.text;
  }
}

TEST(RandomOnnx, HasTheValuesOfAnotherRuntime) { check_values(200, false); }
TEST(RandomOnnx, OfEveryOperatorHasTheValuesOfAnotherRuntime) { check_values(200, true); }
TEST(LongRandomOnnx, HasTheValuesOfAnotherRuntime) { check_values(20000, false); }
TEST(LongRandomOnnx, OfEveryOperatorHasTheValuesOfAnotherRuntime) { check_values(20000, true); }

}  // namespace
}  // namespace escalate
