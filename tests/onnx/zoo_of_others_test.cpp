// What this program makes of one ONNX file in floating point, written down for
// scripts/zoo-of-others to compare with another runtime.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "common/random.h"
#include "workloads/onnx/host_part.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/reader.h"

namespace escalate {
namespace {

using Path = std::filesystem::path;
using nlohmann::json;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void write_floats(const Path& path, const std::vector<float>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             std::streamsize(values.size() * sizeof(float)));
}

OnnxOptions options() {
  OnnxOptions made;
  std::istringstream text(setting("ESCALATE_ZOO_SHAPE"));
  Shape shape;
  char by = 'x';
  if (text >> shape.c >> by >> shape.h >> by >> shape.w) made.input_shape = shape;
  return made;
}

json layers_by_outputs(const Graph& graph, const Path& folder) {
  Random random{1};
  Tensor image{image_shape(graph), {}};
  for (std::int64_t i = 0; i < image.shape.size(); ++i) {
    image.values.push_back(float(random.uniform() * 4 - 2));
  }
  write_floats(folder / "in", image.values);
  json outputs = json::array();
  for (const NamedTensor& output : run_file(graph, image)) {
    write_floats(folder / std::to_string(outputs.size()), as_floats(output.tensor));
    outputs.push_back({{"name", output.name}, {"dims", output.tensor.dims}});
  }
  return {{"image", {image.shape.c, image.shape.h, image.shape.w}}, {"outputs", outputs}};
}

TEST(ZooOfOthers, IsWrittenDownForAnotherRuntime) {
  const std::string file = setting("ESCALATE_ZOO_FILE");
  if (file.empty()) GTEST_SKIP() << "scripts/zoo-of-others names a file";
  const Path folder = setting("ESCALATE_ZOO_OUT");
  json made;
  try {
    const auto begin = std::chrono::steady_clock::now();
    const Graph graph = read_onnx(file, options());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    made = layers_by_outputs(graph, folder);
    made["seconds"] = seconds.count();
    made["macs"] = graph.dense_macs();
    made["layers"] = graph.nodes.size() - 1;
    made["head"] = graph.head.operators;
    made["tail"] = graph.tail.operators;
  } catch (const UserError& refused) {
    made["refused"] = refused.what();
  }
  std::ofstream(folder / "what.json") << made.dump(1);
}

}  // namespace
}  // namespace escalate
