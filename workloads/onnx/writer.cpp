#include "workloads/onnx/writer.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "common/atomic_file.h"
#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"

namespace escalate {
namespace {

using nlohmann::json;
using Dimensions = std::vector<std::int64_t>;

[[noreturn]] void fail(const Node& node, const std::string& message) {
  throw UserError(SourcePlace{"", 0, node.name}, message);
}

void set_shape(onnx::ValueInfoProto& value, const std::string& name, const Shape& shape, int rank) {
  value.set_name(name);
  onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(shape.c);
  if (rank == 2) return;
  type.mutable_shape()->add_dim()->set_dim_value(shape.h);
  type.mutable_shape()->add_dim()->set_dim_value(shape.w);
}

// A name that no file has, for what the head makes.
constexpr const char* kHeadOutput = "\x01head";

class OnnxWriter {
 public:
  explicit OnnxWriter(const Graph& graph)
      : graph_(graph), layers_(graph), builder_(layers_.builder()), own_(layers_.own()) {}

  std::string bytes() {
    check_structure();
    start_model();
    builder_.graph().set_name(graph_.name);
    builder_.graph().set_doc_string(graph_.definition);
    write_head();
    for (int i = 1; i < int(graph_.nodes.size()); ++i) {
      kind_of(layers_.node(i)).write_onnx(layers_, i);
    }
    write_outputs();
    write_metadata();
    std::string text;
    if (!builder_.model().SerializeToString(&text)) {
      throw UserError("the network is too large for one ONNX file (2 GiB)");
    }
    return text;
  }

 private:
  void check_structure() {
    for (const Node& node : graph_.nodes) {
      ensure((node.op == OpKind::kInput) == (&node == &graph_.nodes[0]),
             "a network has one input, its first node");
      if (node.name.empty() || !builder_.claim(node.name)) {
        fail(node, "expected a name that no other layer has");
      }
    }
    ensure(graph_.nodes.size() > 1, "a network has layers");
  }

  // The opset is that of what the host computes, whose nodes are written as they were read.
  void start_model() {
    std::int64_t version = 7, opset = 13;
    for (const HostPart* part : {&graph_.head, &graph_.tail}) {
      if (part->empty()) continue;
      const onnx::ModelProto model = model_of(*part);
      version = std::max(version, std::int64_t{model.ir_version()});
      if (model.opset_import_size() > 0) opset = model.opset_import(0).version();
    }
    builder_.model().set_ir_version(version);
    builder_.model().set_producer_name("escalate");
    builder_.model().add_opset_import()->set_version(opset);
  }

  static onnx::ModelProto model_of(const HostPart& part) {
    onnx::ModelProto model;
    ensure(model.ParseFromString(part.onnx), "a part for the host is an ONNX model");
    return model;
  }

  void write_head() {
    if (graph_.head.empty()) {
      set_shape(*builder_.graph().add_input(), graph_.nodes[0].name, graph_.nodes[0].out, 4);
      return;
    }
    onnx::ModelProto head = model_of(graph_.head);
    const std::string input = head.graph().input(0).name();
    *builder_.graph().add_input() = head.graph().input(0);
    builder_.graph().mutable_input(0)->set_name(builder_.unused(input));
    // What the head makes is the network's input, by its name.
    for (auto& node : *head.mutable_graph()->mutable_node()) {
      for (std::string& output : *node.mutable_output()) {
        if (output == head.graph().output(0).name()) output = kHeadOutput;
      }
    }
    write_host(builder_, own_.head, head, {builder_.graph().input(0).name()});
    for (auto& node : *builder_.graph().mutable_node()) {
      for (std::string& output : *node.mutable_output()) {
        if (output == kHeadOutput) output = graph_.nodes[0].name;
      }
    }
    own_.head.erase(kHeadOutput);
    own_.head.insert(graph_.nodes[0].name);
  }

  void write_outputs() {
    if (graph_.tail.empty()) {
      for (const int output : graph_.output_nodes()) {
        const Node& node = graph_.nodes[std::size_t(output)];
        set_shape(*builder_.graph().add_output(), node.name, node.out, layers_.rank(output));
      }
      return;
    }
    const onnx::ModelProto tail = model_of(graph_.tail);
    std::vector<std::string> inputs;
    for (const int output : graph_.output_nodes()) {
      const auto& type = tail.graph().input(int(inputs.size())).type().tensor_type();
      inputs.push_back(in_rank(output, type.shape()));
    }
    write_host(builder_, own_.host, tail, inputs);
    for (auto output : tail.graph().output()) {
      for (int i = 0; i < tail.graph().input_size(); ++i) {
        if (tail.graph().input(i).name() == output.name()) output.set_name(inputs[std::size_t(i)]);
      }
      *builder_.graph().add_output() = output;
    }
  }

  // The output of a layer in as many dimensions as the tail reads.
  std::string in_rank(int layer, const onnx::TensorShapeProto& shape) {
    const Node& node = graph_.nodes[std::size_t(layer)];
    if (shape.dim_size() == layers_.rank(layer)) return node.name;
    Dimensions dims;
    for (const auto& dim : shape.dim()) dims.push_back(dim.dim_value());
    const std::string name = builder_.unused(node.name + ".host");
    builder_.add("Reshape", name, {node.name, builder_.constant(node, "shape", dims)}, name);
    own_.host.insert(name);
    return name;
  }

  void add_metadata(const char* key, const json& value) {
    auto& entry = *builder_.model().add_metadata_props();
    entry.set_key(key);
    entry.set_value(value.dump());
  }

  void write_metadata() {
    json nodes = json::object();
    const auto list = [&](const char* key, const std::set<std::string>& names) {
      if (!names.empty()) nodes[key] = names;
    };
    list("steps", own_.steps);
    list("functions", own_.functions);
    list("selections", own_.selections);
    list("pads", own_.pads);
    list("head", own_.head);
    list("host", own_.host);
    add_metadata("escalate.nodes", nodes);
    if (!layers_.reshapes.empty()) add_metadata("escalate.reshapes", layers_.reshapes);
    if (!layers_.layers.empty()) add_metadata("escalate.layers", layers_.layers);
    json transposed = json::object();
    for (const Node& node : graph_.nodes) {
      if (node.transposed_positions > 0) transposed[node.name] = node.transposed_positions;
    }
    if (!transposed.empty()) add_metadata("escalate.transposed", transposed);
    const InputTransform& transform = graph_.transform;
    if (!transform.mean.empty() || !transform.std.empty() || transform.bgr) {
      add_metadata("escalate.input", {{"mean", transform.mean},
                                      {"std", transform.std},
                                      {"channels", transform.bgr ? "bgr" : "rgb"}});
    }
    const StoredQuantization& quantization = graph_.quantization;
    if (quantization.tensor_scale.empty() && quantization.layers.empty()) return;
    json tensors = json::object(), layers = json::object();
    for (const auto& [name, scale] : quantization.tensor_scale) tensors[name] = {{"scale", scale}};
    for (const auto& [name, layer] : quantization.layers) {
      layers[name] = {
          {"multiplier", layer.multiplier}, {"shift", layer.shift}, {"bias", layer.bias}};
      if (layer.negative_multiplier.empty()) continue;
      layers[name]["negative_multiplier"] = layer.negative_multiplier;
      layers[name]["negative_shift"] = layer.negative_shift;
    }
    add_metadata("escalate.quantization", {{"tensors", tensors}, {"layers", layers}});
  }

  const Graph& graph_;
  OnnxLayerWriter layers_;
  OnnxModelBuilder& builder_;
  OwnNodes& own_;
};

}  // namespace

std::string onnx_bytes(const Graph& graph) { return OnnxWriter(graph).bytes(); }

std::string onnx_bytes(const Graph& graph, const std::string& path) {
  try {
    return onnx_bytes(graph);
  } catch (const UserError& fault) {
    throw UserError(SourcePlace{path, 0, fault.place().key}, fault.message());
  } catch (const json::exception& fault) {
    throw UserError(SourcePlace{path, 0, ""}, fmt::format("a name is not UTF-8: {}", fault.what()));
  }
}

void write_onnx(const Graph& graph, const std::string& path) {
  write_file(path, onnx_bytes(graph, path));
}

}  // namespace escalate
