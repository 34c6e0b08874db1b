// Networks: ONNX files, decomposed and calibrated ones, YAML workloads, single layers.
#include <onnx/onnx_pb.h>

#include "common/error.h"
#include "compress/integer_builder.h"
#include "fuzz/damage.h"
#include "fuzz/memory_file.h"
#include "fuzz/mutations.h"
#include "fuzz/small.h"
#include "fuzz/targets.h"
#include "workloads/draw.h"
#include "workloads/float_executor.h"
#include "workloads/onnx/reader.h"
#include "workloads/quick_layer.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

void run_integers(const IntegerNetwork& network) {
  network.validate();
  if (is_small(network)) run_network(network, synthetic_input(network, 0));
}

void read_onnx_bytes(const std::string& bytes) {
  const Graph graph = parse_onnx(bytes, "fuzz.onnx");
  if (!is_small(graph)) return;
  const Shape& shape = graph.nodes[0].out;
  run_float(graph, {shape, std::vector<float>(std::size_t(shape.size()), 0.5f)});
}

void build_from_onnx(const std::string& bytes) {
  const Graph graph = parse_onnx(bytes, "fuzz.onnx");
  if (!is_small(graph)) return;
  run_integers(build_integer_network(graph));
}

// All names and some words of the format, which damage puts where they do not belong.
std::vector<std::string> names_in(const onnx::ModelProto& model) {
  std::vector<std::string> names = {
      "",     "SAME_UPPER", "SAME_LOWER", "kernel_shape",     "pads", "axes", "Conv",
      "Relu", "Add",        "[]",         "{\"tensors\": {}}"};
  for (const auto& node : model.graph().node()) {
    names.insert(names.end(), {node.name(), node.op_type()});
    names.insert(names.end(), node.input().begin(), node.input().end());
    names.insert(names.end(), node.output().begin(), node.output().end());
  }
  return names;
}

std::string mutated_onnx(const std::string& bytes, std::uint64_t seed) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) return bytes;
  Random random(seed);
  MessageDamage damage(names_in(model), random);
  for (std::uint64_t faults = random.below(3) + 1; faults > 0; --faults) {
    if (model.metadata_props_size() > 0 && random.below(3) == 0) {
      auto& entry = *model.mutable_metadata_props(
          int(random.below(std::uint64_t(model.metadata_props_size()))));
      entry.set_value(mutated_json(entry.value(), random()));
    } else {
      damage.apply(model);
    }
  }
  return model.SerializeAsString();
}

void read_workload(const std::string& bytes) {
  const MemoryFile file(bytes);
  const Graph graph = read_yaml_workload(file.path());
  if (is_small(graph)) run_integers(draw_network(graph, {}).network);
}

void read_layer(const std::string& bytes) {
  const Graph graph = parse_quick_layer(bytes);
  if (is_small(graph)) run_integers(draw_network(graph, {}).network);
}

}  // namespace

FuzzTarget onnx_target() {
  return {"onnx", "an ONNX file, run in floats", run<read_onnx_bytes>, mutated_onnx};
}

FuzzTarget integer_onnx_target() {
  return {"integer_onnx", "a decomposed and calibrated ONNX file, run in integers",
          run<build_from_onnx>, mutated_onnx};
}

FuzzTarget workload_target() {
  return {"workload", "a YAML workload, drawn and run", run<read_workload>, mutated_text};
}

FuzzTarget quick_layer_target() {
  return {"quick_layer", "the text behind --layer, drawn and run", run<read_layer>, mutated_text};
}

}  // namespace escalate
