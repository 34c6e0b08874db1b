#include "workloads/onnx/reader.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <limits>
#include <map>
#include <utility>
#include <variant>

#include "common/atomic_file.h"
#include "common/error.h"
#include "workloads/onnx/decomposition.h"
#include "workloads/onnx/file.h"
#include "workloads/onnx/partition.h"
#include "workloads/onnx/quantized_operators.h"

namespace escalate {
namespace {

Graph read_model(onnx::ModelProto model, const std::string& folder, const OnnxOptions& options) {
  std::map<std::string, std::int64_t> steps;
  while (true) {
    if (auto rewritten = without_quantized_operators(model, folder)) {
      model = std::move(rewritten->model);
      steps.merge(rewritten->steps);
    }
    OnnxFile file(model, options, folder, steps);
    auto read = partitioned(file);
    if (const auto* branch = std::get_if<OnnxBranch>(&read)) {
      model = with_branch(model, *branch);
      continue;
    }
    Graph graph = std::move(std::get<Graph>(read));
    apply_metadata(file.metadata(), graph);
    return graph;
  }
}

Graph parsed(const std::string& bytes, const std::string& path, const std::string& folder,
             const OnnxOptions& options) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph()) {
    throw UserError(SourcePlace{path, 0, ""},
                    "cannot be read as an ONNX model (broken or truncated)");
  }
  try {
    Graph graph = read_model(std::move(model), folder, options);
    if (!graph.head.empty() && !options.takes_head) {
      throw UserError(
          fmt::format("has {} in front of the network, which are no layers; expected "
                      "an image that the network reads as it is",
                      fmt::join(graph.head.operators, ", ")));
    }
    for (std::string& warning : graph.warnings) warning = path + ": " + warning;
    return graph;
  } catch (const UserError& fault) {
    throw UserError(SourcePlace{path, 0, fault.place().key}, fault.message());
  }
}

}  // namespace

Graph read_onnx(const std::string& path, const OnnxOptions& options) {
  constexpr std::int64_t kMostBytes =
      std::numeric_limits<std::int32_t>::max();  // limit of protobuf
  // A message begins with a field's number, which is not 0: said before a large file is read.
  if (first_bytes(path, 1) == std::string(1, '\0')) {
    throw UserError(SourcePlace{path, 0, ""}, "is not an ONNX model");
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return parsed(read_file(path, kMostBytes), path, folder.empty() ? "." : folder, options);
}

Graph parse_onnx(const std::string& bytes, const std::string& name, const OnnxOptions& options) {
  return parsed(bytes, name, "", options);
}

}  // namespace escalate
