#include "workloads/onnx/writer.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "common/atomic_file.h"
#include "workloads/onnx/model_builder.h"
#include "workloads/onnx/writer_parts.h"

namespace escalate {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;
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
  explicit OnnxWriter(const Graph& graph) : graph_(graph) {}

  std::string bytes() {
    check_structure();
    start_model();
    builder_.graph().set_name(graph_.name);
    builder_.graph().set_doc_string(graph_.definition);
    ranks_.assign(graph_.nodes.size(), 4);
    write_head();
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) write(int(i));
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
        set_shape(*builder_.graph().add_output(), node.name, node.out, ranks_[std::size_t(output)]);
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
    if (shape.dim_size() == ranks_[std::size_t(layer)]) return node.name;
    Dimensions dims;
    for (const auto& dim : shape.dim()) dims.push_back(dim.dim_value());
    const std::string name = builder_.unused(node.name + ".host");
    add("Reshape", name, {node.name, constant(node, "shape", dims)}, name);
    own_.host.insert(name);
    return name;
  }

  std::string unused(std::string name) { return builder_.unused(std::move(name)); }
  MadeNode add(const std::string& op, const std::string& name, const Strings& inputs,
               const std::string& output) {
    return builder_.add(op, name, inputs, output);
  }
  // A node that makes the output of `node` and carries its name.
  MadeNode add(const std::string& op, const Node& node, const Strings& inputs) {
    return add(op, node.name, inputs, node.name);
  }
  std::string constant(const Node& node, const char* what, const Dimensions& shape,
                       const std::vector<float>& values) {
    return builder_.constant(node, what, shape, values);
  }
  std::string constant(const Node& node, const char* what, const Dimensions& values) {
    return builder_.constant(node, what, values);
  }

  // Input `i` of a node as [N, C, H, W]; a vector is reshaped to a map of one position.
  std::string map_input(const Node& node, int i = 0) {
    const int from = node.inputs[i];
    if (ranks_[from] == 4) return graph_.nodes[from].name;
    return reshaped(node, "map", graph_.nodes[from].name, graph_.nodes[from].out.size());
  }
  std::string reshaped(const Node& node, const char* what, const std::string& input,
                       std::int64_t channels) {
    const std::string name = unused(fmt::format("{}.{}", node.name, what));
    add("Reshape", name, {input, constant(node, "shape", {-1, channels, 1, 1})}, name);
    reshapes_.push_back(name);
    return name;
  }
  // Input 0 of a node as [N, C*H*W].
  std::string vector_input(const Node& node) {
    const int from = node.inputs[0];
    if (ranks_[from] == 2) return graph_.nodes[from].name;
    const std::string name = unused(node.name + ".vector");
    add("Flatten", name, {graph_.nodes[from].name}, name).set("axis", std::int64_t{1});
    reshapes_.push_back(name);
    return name;
  }
  // All inputs of a node, of one rank; sets the node's rank to it.
  Strings equal_inputs(int index) {
    const Node& node = graph_.nodes[index];
    const bool vectors = std::all_of(node.inputs.begin(), node.inputs.end(),
                                     [&](int input) { return ranks_[input] == 2; });
    ranks_[index] = vectors ? 2 : 4;
    Strings inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      inputs.push_back(vectors ? graph_.nodes[node.inputs[i]].name : map_input(node, int(i)));
    }
    return inputs;
  }

  void write(int index) {
    const Node& node = graph_.nodes[index];
    switch (node.op) {
      case OpKind::kConv:
      case OpKind::kFullyConnected:
        return write_weighted(index);
      case OpKind::kMaxPool:
      case OpKind::kAvgPool:
        return write_pool(node);
      case OpKind::kGlobalAvgPool:
        add("GlobalAveragePool", node, {map_input(node)});
        return;
      case OpKind::kAdd:
        return write_sum(builder_, own_, node, equal_inputs(index));
      case OpKind::kMultiply:
        add("Mul", node, equal_inputs(index));
        return;
      case OpKind::kMinimum:
        add("Min", node, equal_inputs(index));
        return;
      case OpKind::kMaximum:
        add("Max", node, equal_inputs(index));
        return;
      case OpKind::kPointwise: {
        const std::string input = equal_inputs(index)[0];
        return write_function(builder_, own_, node, input, ranks_[std::size_t(index)]);
      }
      case OpKind::kSelect:
        return write_select(node);
      case OpKind::kConcat:
        add("Concat", node, equal_inputs(index)).set("axis", std::int64_t{1});
        return;
      case OpKind::kChannelPad:
        own_.pads.insert(node.name);
        return write_pad(builder_, node, node.name, map_input(node),
                         {0, node.pad_before, 0, 0, 0, node.pad_after, 0, 0}, node.name);
      case OpKind::kRelu:
        add("Relu", node, equal_inputs(index));
        return;
      case OpKind::kClip:
        return write_clip(index);
      case OpKind::kBatchNorm:
        return write_batch_norm(index);
      case OpKind::kFlatten:
        ranks_[index] = 2;
        add("Flatten", node, {graph_.nodes[node.inputs[0]].name}).set("axis", std::int64_t{1});
        return;
      case OpKind::kSoftmax:
        add("Softmax", node, equal_inputs(index)).set("axis", std::int64_t{1});
        return;
      case OpKind::kInput:
        break;
    }
    throw InternalError("a network has one input");
  }

  void write_select(const Node& node) {
    Strings inputs;
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      inputs.push_back(map_input(node, int(i)));
      shapes.push_back(graph_.nodes[std::size_t(node.inputs[i])].out);
    }
    write_selection(builder_, own_, node, inputs, shapes);
  }

  void write_weighted(int index) {
    const Node& node = graph_.nodes[index];
    if (node.decomposition) return write_decomposed(index);
    if (node.weights.empty()) {
      fail(node, "has no weights, only a shape and densities; expected a trained layer");
    }
    const std::int64_t outputs = node.out_channels;
    const std::int64_t depth =
        std::int64_t(node.weights.size()) / (outputs * node.window.r * node.window.s);
    const bool is_conv = node.op == OpKind::kConv;
    Strings inputs = {is_conv ? map_input(node) : vector_input(node)};
    const Dimensions shape = is_conv ? Dimensions{outputs, depth, node.window.r, node.window.s}
                                     : Dimensions{outputs, depth};
    inputs.push_back(constant(node, "weight", shape, node.weights));
    if (!node.bias.empty()) inputs.push_back(constant(node, "bias", {outputs}, node.bias));
    if (is_conv) {
      add("Conv", node, inputs).set(node.window).set("group", std::int64_t{node.groups});
    } else {
      ranks_[index] = 2;
      add("Gemm", node, inputs).set("transB", std::int64_t{1});
    }
    if (node.form == LayerForm::kUnset) return;
    json entry = {{"name", node.name},
                  {"form", node.form == LayerForm::kDirect ? "direct" : "decomposed"}};
    if (!node.weight_scale.empty()) entry["weight_scale"] = node.weight_scale;
    layers_.push_back(std::move(entry));
  }

  void write_decomposed(int index) {
    const Node& node = graph_.nodes[index];
    const Decomposition& parts = *node.decomposition;
    const bool is_conv = node.op == OpKind::kConv;
    const std::int64_t outputs = node.out_channels, terms = parts.terms;
    ensure(terms > 0 && parts.channel_scale.size() == std::size_t(outputs),
           "a decomposition has terms and one scale an output channel");
    if (!(parts.basis_scale > 0) || !std::isfinite(parts.basis_scale)) {
      fail(node, "its basis scale is not a positive number");
    }
    const std::string input = is_conv ? map_input(node)
                                      : reshaped(node, "reshape", graph_.nodes[node.inputs[0]].name,
                                                 graph_.input_shape_of(index).size());
    const std::string combine = unused(node.name + ".combine");
    const std::vector<float> codes(parts.coefficients.begin(), parts.coefficients.end());
    const std::int64_t channels = std::int64_t(codes.size()) / (outputs * terms);
    add("Conv", combine,
        {input, constant(node, "coefficients", {outputs * terms, channels, 1, 1}, codes)}, combine)
        .set(Window{})
        .set("group", std::int64_t{is_conv ? node.groups : 1});

    const bool is_scaled =
        !node.bias.empty() || std::any_of(parts.channel_scale.begin(), parts.channel_scale.end(),
                                          [](float scale) { return scale != 1; });
    const std::string basis = unused(node.name + ".basis");
    const std::string scale = is_scaled ? unused(node.name + ".scale") : "";
    const std::string last = is_conv ? node.name : unused(node.name + ".map");
    add("Conv", basis, {combine, repeated_basis(node)}, is_scaled ? basis : last)
        .set(node.window)
        .set("group", outputs);
    if (is_scaled) write_channel_scale(node, scale, basis, last);
    json entry = {{"name", node.name},
                  {"combine", combine},
                  {"basis", basis},
                  {"M", terms},
                  {"basis_scale", parts.basis_scale}};
    if (is_scaled) entry["scale"] = scale;
    if (!is_conv) {
      entry["fully_connected"] = true;
      ranks_[index] = 2;
      const std::string flatten = unused(node.name + ".flatten");
      add("Flatten", flatten, {last}, node.name).set("axis", std::int64_t{1});
      reshapes_.push_back(flatten);
    }
    layers_.push_back(std::move(entry));
  }

  std::string repeated_basis(const Node& node) {
    const Decomposition& parts = *node.decomposition;
    std::vector<float> values;
    values.reserve(parts.basis.size() * std::size_t(node.out_channels));
    for (int k = 0; k < node.out_channels; ++k) {
      for (const std::int8_t step : parts.basis) values.push_back(float(step) * parts.basis_scale);
    }
    return constant(node, "basis_kernels",
                    {node.out_channels, parts.terms, node.window.r, node.window.s}, values);
  }

  // s_k and the bias of a decomposed layer as a batch norm.
  void write_channel_scale(const Node& node, const std::string& name, const std::string& input,
                           const std::string& output) {
    const Dimensions shape = {node.out_channels};
    const std::vector<float> zeros(std::size_t(node.out_channels), 0.0f);
    const std::vector<float> ones(std::size_t(node.out_channels), 1.0f);
    add("BatchNormalization", name,
        {input, constant(node, "channel_scale", shape, node.decomposition->channel_scale),
         constant(node, "bias", shape, node.bias.empty() ? zeros : node.bias),
         constant(node, "mean", shape, zeros), constant(node, "variance", shape, ones)},
        output)
        .set("epsilon", 0.0f);
  }

  void write_pool(const Node& node) {
    const bool is_max = node.op == OpKind::kMaxPool;
    MadeNode made = add(is_max ? "MaxPool" : "AveragePool", node, {map_input(node)});
    made.set(node.window);
    if (node.window.ceil_mode) made.set("ceil_mode", std::int64_t{1});  // opset 10
    if (!is_max) made.set("count_include_pad", std::int64_t{node.count_include_pad});
  }

  void write_clip(int index) {
    const Node& node = graph_.nodes[index];
    Strings inputs = equal_inputs(index);
    if (node.is_quantizer()) return write_quantizer(builder_, own_, node, inputs[0]);
    if (builder_.model().opset_import(0).version() < 11) {
      MadeNode made = add("Clip", node, inputs);
      if (!std::isinf(node.clip_min)) made.set("min", node.clip_min);
      if (!std::isinf(node.clip_max)) made.set("max", node.clip_max);
      return;
    }
    inputs.push_back(std::isinf(node.clip_min) ? ""
                                               : constant(node, "minimum", {}, {node.clip_min}));
    if (!std::isinf(node.clip_max)) {
      inputs.push_back(constant(node, "maximum", {}, {node.clip_max}));
    }
    add("Clip", node, inputs);
  }

  void write_batch_norm(int index) {
    const Node& node = graph_.nodes[index];
    const Dimensions shape = {node.out.c};
    Strings inputs = equal_inputs(index);
    inputs.push_back(constant(node, "scale", shape, node.bn_scale));
    inputs.push_back(constant(node, "bias", shape, node.bn_bias));
    inputs.push_back(constant(node, "mean", shape, node.bn_mean));
    inputs.push_back(constant(node, "variance", shape, node.bn_variance));
    add("BatchNormalization", node, inputs).set("epsilon", node.bn_epsilon);
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
    if (!reshapes_.empty()) add_metadata("escalate.reshapes", reshapes_);
    if (!layers_.empty()) add_metadata("escalate.layers", layers_);
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
  OnnxModelBuilder builder_;
  OwnNodes own_;
  std::vector<int> ranks_;  ///< by node: 4 for maps, 2 for vectors
  json layers_ = json::array();
  json reshapes_ = json::array();
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
