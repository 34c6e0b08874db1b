#include "escalate/inside/loaded_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/memory_limit.h"
#include "common/suggestions.h"
#include "common/visible_text.h"
#include "compress/integer_builder.h"
#include "escalate/inside/run_source.h"
#include "workloads/yaml_reader.h"
#include "workloads/zoo.h"

namespace escalate {
namespace {

void check_name(const std::string& path, const char* what, const std::string& name) {
  if (is_utf8(name)) return;
  throw UserError({path, 0, ""},
                  fmt::format("the {}'s name '{}' is not UTF-8", what, visible(name)));
}

/// A byte for each value that is drawn, the least that a network takes: of weights in the form that
/// takes less, and of what each weighted layer reads.
double least_bytes(const Graph& graph) {
  double bytes = 0;
  std::set<int> read;
  for (const Node& node : graph.nodes) {
    if (!node.is_weighted()) continue;
    const Node& input = graph.nodes[std::size_t(node.inputs.at(0))];
    read.insert(node.inputs[0]);
    const bool is_conv = node.op == OpKind::kConv;
    bytes += double(node.out.c) * (is_conv ? input.out.c / node.groups : double(input.out.size()));
  }
  for (const int node : read) bytes += double(graph.nodes[std::size_t(node)].out.size());
  return bytes;
}

void tell_warnings(const std::vector<std::string>& warnings, const NetworkReading& reading) {
  if (!reading.warn) return;
  for (const std::string& warning : warnings) reading.warn(warning);
}

}  // namespace

bool is_workload(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension();
  return ending == ".yaml" || ending == ".yml" || is_zoo_name(path);
}

std::string network_file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string() + (is_zoo_name(path) ? ".yaml" : "");
}

void check_there(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) || is_zoo_name(path)) return;
  const std::string name = std::filesystem::path(path).stem().string();
  throw UserError({path, 0, ""}, system_failure("open", ENOENT) +
                                     did_you_mean_one_of(similar_names(name, embedded_networks())));
}

void check_names(const std::string& path, const Graph& graph) {
  check_name(path, "network", graph.name);
  for (const Node& node : graph.nodes) check_name(path, "layer", node.name);
}

void check_names(const std::string& path, const IntegerNetwork& network) {
  check_name(path, "network", network.name);
  for (const IntegerNode& node : network.nodes) check_name(path, "layer", node.name);
}

Graph read_trained_network(const std::string& path, const NetworkReading& reading) {
  check_there(path);
  if (is_workload(path)) {
    throw UserError({path, 0, ""},
                    "expected an ONNX file; a YAML workload has shapes and densities, no weights");
  }
  if (!is_stream(path) && is_program_file(path)) {
    throw UserError({path, 0, ""}, "expected an ONNX file, not a compiled program");
  }
  OnnxOptions options = reading.onnx;
  options.takes_head = true;
  Graph graph = read_onnx(path, options);
  check_names(path, graph);
  tell_warnings(graph.warnings, reading);
  return graph;
}

LoadedNetwork drawn_network(const std::string& name, const Graph& graph,
                            const NetworkReading& reading) {
  check_memory(name, least_bytes(graph), "its weights and maps");
  DrawnNetwork network = draw_network(graph, reading.draw);
  tell_warnings(network.warnings, reading);
  LoadedNetwork loaded;
  loaded.drawn_from = drawn_digest(graph, network.network.seed);
  loaded.network = std::move(network.network);
  loaded.is_drawn = true;
  return loaded;
}

LoadedNetwork calibrated_network(const std::string& path, const Graph& graph,
                                 const NetworkReading& reading) {
  if (graph.quantization.empty()) {
    throw UserError(
        {path, 0, "escalate.quantization"},
        "expected a network with calibrated scales; `escalate compress` makes one, and "
        "densities (--coefficient-density, --activation-density) draw one of its shapes");
  }
  LoadedNetwork loaded;
  loaded.network = build_integer_network(graph);
  loaded.head = graph.head;
  loaded.tail = graph.tail;
  if (reading.draw.seed) loaded.network.seed = *reading.draw.seed;
  return loaded;
}

LoadedNetwork read_network(const std::string& path, const NetworkReading& reading) {
  check_there(path);
  LoadedNetwork loaded;
  if (is_workload(path)) {
    const Graph graph = read_yaml_workload(path);
    check_names(path, graph);
    loaded = drawn_network(path, graph, reading);
  } else if (std::filesystem::path(path).extension() == ".onnx") {
    loaded = calibrated_network(path, read_trained_network(path, reading), reading);
  } else {
    throw UserError({path, 0, ""}, "expected an .onnx or .yaml file");
  }
  loaded.file = network_file_name(path);
  return loaded;
}

InputBatch read_images(const InputSource& source, const IntegerNetwork& network, int count) {
  if (source.size() < count) {
    throw UserError({"", 0, "--images"}, fmt::format("{} images were asked for, the input has {}",
                                                     count, source.size()));
  }
  InputBatch batch;
  for (int i = 0; i < count; ++i) {
    const InputImage image = source.image(i);
    batch.images.push_back(quantize_input(image, network.input_scale));
    batch.labels.push_back(image.label);
  }
  return batch;
}

InputBatch drawn_input(const IntegerNetwork& network, int count) {
  InputBatch batch;
  for (int i = 0; i < count; ++i) batch.images.push_back(synthetic_input(network, i));
  batch.labels.resize(std::size_t(count));
  return batch;
}

}  // namespace escalate
