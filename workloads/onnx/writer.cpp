#include "workloads/onnx/writer.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "common/atomic_file.h"

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

// One ONNX node in the making.
class Made {
 public:
  Made(onnx::NodeProto& node, const std::string& op, const std::string& name, const Strings& inputs,
       const std::string& output)
      : node_(node) {
    node_.set_op_type(op);
    node_.set_name(name);
    for (const std::string& input : inputs) node_.add_input(input);
    node_.add_output(output);
  }
  Made& set(const char* name, std::int64_t value) {
    onnx::AttributeProto& attribute = add(name, onnx::AttributeProto::INT);
    attribute.set_i(value);
    return *this;
  }
  Made& set(const char* name, float value) {
    add(name, onnx::AttributeProto::FLOAT).set_f(value);
    return *this;
  }
  Made& set(const char* name, const Dimensions& values) {
    onnx::AttributeProto& attribute = add(name, onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
    return *this;
  }
  Made& set(const Window& window) {
    set("kernel_shape", Dimensions{window.r, window.s});
    set("strides", Dimensions{window.stride_h, window.stride_w});
    return set("pads",
               Dimensions{window.pad_top, window.pad_left, window.pad_bottom, window.pad_right});
  }

 private:
  onnx::AttributeProto& add(const char* name, onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto& attribute = *node_.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  }
  onnx::NodeProto& node_;
};

class OnnxWriter {
 public:
  explicit OnnxWriter(const Graph& graph) : graph_(graph) {}

  std::string bytes() {
    check_structure();
    model_.set_ir_version(7);
    model_.set_producer_name("escalate");
    model_.add_opset_import()->set_version(13);
    onnx_graph().set_name(graph_.name);
    onnx_graph().set_doc_string(graph_.definition);
    ranks_.assign(graph_.nodes.size(), 4);
    set_shape(*onnx_graph().add_input(), graph_.nodes[0].name, graph_.nodes[0].out, 4);
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) write(int(i));
    const Node& last = graph_.nodes.back();
    set_shape(*onnx_graph().add_output(), last.name, last.out, ranks_.back());
    write_metadata();
    std::string text;
    if (!model_.SerializeToString(&text)) {
      throw UserError("the network is too large for one ONNX file (2 GiB)");
    }
    return text;
  }

 private:
  onnx::GraphProto& onnx_graph() { return *model_.mutable_graph(); }

  void check_structure() {
    for (const Node& node : graph_.nodes) {
      ensure((node.op == OpKind::kInput) == (&node == &graph_.nodes[0]),
             "a network has one input, its first node");
      if (node.name.empty() || !names_.insert(node.name).second) {
        fail(node, "expected a name that no other layer has");
      }
    }
    ensure(graph_.nodes.size() > 1, "a network has layers");
  }

  // A name that nothing in the file has yet.
  std::string unused(std::string name) {
    while (!names_.insert(name).second) name += '_';
    return name;
  }

  Made add(const std::string& op, const std::string& name, const Strings& inputs,
           const std::string& output) {
    return Made(*onnx_graph().add_node(), op, name, inputs, output);
  }
  // A node that makes the output of `node` and carries its name.
  Made add(const std::string& op, const Node& node, const Strings& inputs) {
    return add(op, node.name, inputs, node.name);
  }

  onnx::TensorProto& start_constant(const std::string& name, const Dimensions& shape,
                                    onnx::TensorProto::DataType type) {
    onnx::TensorProto& tensor = *onnx_graph().add_initializer();
    tensor.set_name(unused(name));
    tensor.set_data_type(type);
    for (const std::int64_t extent : shape) tensor.add_dims(extent);
    return tensor;
  }
  // A float tensor of the file, by name; bytes are little endian, as this program's machines are.
  std::string constant(const Node& node, const char* what, const Dimensions& shape,
                       const std::vector<float>& values) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    ensure(count == std::int64_t(values.size()), "a layer's tensors have the sizes of its shape");
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      fail(node, fmt::format("its {} holds a value that is not finite", what));
    }
    auto& tensor =
        start_constant(fmt::format("{}.{}", node.name, what), shape, onnx::TensorProto::FLOAT);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor.name();
  }
  std::string constant(const Node& node, const char* what, const Dimensions& values) {
    auto& tensor = start_constant(fmt::format("{}.{}", node.name, what),
                                  {std::int64_t(values.size())}, onnx::TensorProto::INT64);
    tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
    return tensor.name();
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
        add("Add", node, equal_inputs(index));
        return;
      case OpKind::kMultiply:
      case OpKind::kMinimum:
      case OpKind::kMaximum:
      case OpKind::kPointwise:
      case OpKind::kSelect:
        throw UserError(SourcePlace{"", 0, node.name}, "is a layer that cannot be written yet");
      case OpKind::kConcat:
        add("Concat", node, equal_inputs(index)).set("axis", std::int64_t{1});
        return;
      case OpKind::kChannelPad:
        add("Pad", node,
            {map_input(node),
             constant(node, "pads", {0, node.pad_before, 0, 0, 0, node.pad_after, 0, 0})});
        return;
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
    Made made = add(is_max ? "MaxPool" : "AveragePool", node, {map_input(node)});
    made.set(node.window).set("ceil_mode", std::int64_t{node.window.ceil_mode});
    if (!is_max) made.set("count_include_pad", std::int64_t{node.count_include_pad});
  }

  void write_clip(int index) {
    const Node& node = graph_.nodes[index];
    Strings inputs = equal_inputs(index);
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
    auto& entry = *model_.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value.dump());
  }

  void write_metadata() {
    if (!reshapes_.empty()) add_metadata("escalate.reshapes", reshapes_);
    if (!layers_.empty()) add_metadata("escalate.layers", layers_);
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
    }
    add_metadata("escalate.quantization", {{"tensors", tensors}, {"layers", layers}});
  }

  const Graph& graph_;
  onnx::ModelProto model_;
  std::set<std::string> names_;  ///< names of nodes, values and tensors of the file
  std::vector<int> ranks_;       ///< by node: 4 for maps, 2 for vectors
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
