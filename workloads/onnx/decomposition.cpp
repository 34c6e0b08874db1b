#include "workloads/onnx/decomposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/json.h"

namespace escalate {
namespace {

using json = Json;

struct LayerEntry {
  std::string name, combine, basis;
  std::string
      scale;  ///< the batch norm that holds s_k and the bias; empty: none of the layer's own
  int terms = 0;
  float basis_scale = 0;
  bool fully_connected = false;
};

[[noreturn]] void fail(const LayerEntry& layer, const std::string& message) {
  throw UserError(SourcePlace{"", 0, "escalate.layers: " + layer.name}, message);
}

std::vector<std::int8_t> ternary(const LayerEntry& layer, const std::vector<float>& values) {
  std::vector<std::int8_t> codes;
  codes.reserve(values.size());
  for (const float value : values) {
    if (value != -1 && value != 0 && value != 1) {
      fail(layer, fmt::format("a coefficient is {}; expected -1, 0 or 1", value));
    }
    codes.push_back(std::int8_t(value));
  }
  return codes;
}

// A stored float as a whole number of steps of `scale`.
std::int8_t whole_steps(const LayerEntry& layer, const char* what, float value, float scale) {
  const float steps = value / scale;
  const float nearest = std::round(steps);
  if (!(std::abs(steps - nearest) <= 1e-2f && nearest >= -128 && nearest <= 127)) {
    fail(layer, fmt::format("a {} is {} steps of its scale; expected a whole number of -128 to 127",
                            what, steps));
  }
  return std::int8_t(nearest);
}

// The basis of one output channel as int8; all others must repeat it.
std::vector<std::int8_t> repeated_basis(const LayerEntry& layer, const Node& node) {
  const std::size_t size = std::size_t(layer.terms) * node.window.r * node.window.s;
  ensure(size > 0, "a basis has kernels");
  std::vector<std::int8_t> basis;
  for (std::size_t i = 0; i < size; ++i) {
    basis.push_back(whole_steps(layer, "basis value", node.weights[i], layer.basis_scale));
  }
  for (std::size_t i = size; i < node.weights.size(); ++i) {
    if (node.weights[i] != node.weights[i % size])
      fail(layer, "output channels differ in their basis");
  }
  return basis;
}

// The only reader of a node; -1 if it has none or several.
int only_reader(const Graph& graph, int node) {
  int found = -1;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    if (std::find(inputs.begin(), inputs.end(), node) == inputs.end()) continue;
    if (found >= 0) return -1;
    found = int(i);
  }
  return found;
}

bool is_pair(const LayerEntry& layer, const Node& first, const Node& second) {
  return first.op == OpKind::kConv && second.op == OpKind::kConv && first.bias.empty() &&
         first.window == Window{} && second.groups == second.out_channels && layer.terms > 0 &&
         first.out_channels == std::int64_t{second.out_channels} * layer.terms &&
         layer.basis_scale > 0 && std::isfinite(layer.basis_scale);
}

// Takes s_k and the bias from a batch norm that changes nothing else.
void take_scale(const LayerEntry& layer, const Node& scale, Node& made) {
  const auto all = [](const std::vector<float>& values, float value) {
    return std::all_of(values.begin(), values.end(), [=](float v) { return v == value; });
  };
  if (scale.op != OpKind::kBatchNorm || !all(scale.bn_mean, 0) || !all(scale.bn_variance, 1) ||
      scale.bn_epsilon != 0 || !made.bias.empty()) {
    fail(layer, "its scale is not a batch norm of mean 0, variance 1 and epsilon 0");
  }
  made.decomposition->channel_scale = scale.bn_scale;
  if (!all(scale.bn_bias, 0)) made.bias = scale.bn_bias;
}

// Puts the decomposed layer in place of its last node; the others are left without a reader and
// added to `joined`.
void join(const LayerEntry& layer, Graph& graph, std::set<int>& joined) {
  const int combine = graph.find(layer.combine);
  const int basis = graph.find(layer.basis);
  const int scale = layer.scale.empty() ? basis : graph.find(layer.scale);
  if (combine < 0 || basis < 0 || scale < 0) fail(layer, "its nodes are not in the network");
  const Node& first = graph.nodes[combine];
  const Node& second = graph.nodes[basis];
  if (!is_pair(layer, first, second) || only_reader(graph, combine) != basis ||
      (scale != basis && only_reader(graph, basis) != scale)) {
    fail(layer, "its nodes are not a combining and a basis convolution of M terms");
  }
  Decomposition decomposition;
  decomposition.terms = layer.terms;
  decomposition.coefficients = ternary(layer, first.weights);
  decomposition.basis = repeated_basis(layer, second);
  decomposition.basis_scale = layer.basis_scale;
  decomposition.channel_scale.assign(second.out_channels, 1.0f);
  Node made = second;
  made.name = layer.name;
  made.op = layer.fully_connected ? OpKind::kFullyConnected : OpKind::kConv;
  made.form = LayerForm::kDecomposed;
  made.terms = layer.terms;
  made.groups = first.groups;
  made.weights.clear();
  made.inputs = first.inputs;
  made.is_output = graph.nodes[scale].is_output;
  made.decomposition = std::move(decomposition);
  if (scale != basis) take_scale(layer, graph.nodes[scale], made);
  graph.nodes[scale] = std::move(made);
  joined.insert(combine);
  if (scale != basis) joined.insert(basis);
}

// Removes nodes; what read one of them reads what that one read first.
void remove(const std::set<int>& removed, Graph& graph) {
  std::vector<int> moved(graph.nodes.size(), -1);
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (int& input : node.inputs) input = moved[input];
    if (removed.contains(int(i))) {
      moved[i] = node.inputs.at(0);
      Node& read = kept[std::size_t(moved[i])];
      read.is_output = read.is_output || node.is_output;
      continue;
    }
    moved[i] = int(kept.size());
    kept.push_back(std::move(node));
  }
  ensure(!kept.empty(), "an input is never removed");
  if (moved.back() != int(kept.size()) - 1) {
    throw UserError("its metadata make a layer the output that is not the last");
  }
  kept.back().is_output = false;  // as the last one it is one
  graph.nodes = std::move(kept);
}

// Those that fit: json itself would cut off what does not.
template <class Whole>
std::vector<Whole> wholes(const json& numbers) {
  std::vector<Whole> values;
  for (const json& number : numbers) values.push_back(value_from_json<Whole>(number));
  return values;
}

void read_reshapes(const json& names, Graph& graph) {
  std::set<int> removed;
  for (const json& name : names) {
    const int node = graph.find(name.get<std::string>());
    if (node < 0) continue;  // a reshape that is no layer
    if (graph.nodes[node].op != OpKind::kFlatten) {
      throw UserError(
          SourcePlace{"", 0, "escalate.reshapes"},
          fmt::format("'{}' is not a Reshape or Flatten of the network", name.get<std::string>()));
    }
    removed.insert(node);
  }
  remove(removed, graph);
}

// The form and the weight scales of a layer that is one node.
void read_plain_layer(const json& item, const LayerEntry& layer, Graph& graph) {
  const int index = graph.find(layer.name);
  if (index < 0 || !graph.nodes[index].is_weighted()) {
    fail(layer, "is not a weighted layer of the network");
  }
  Node& node = graph.nodes[index];
  const auto form = item.at("form").get<std::string>();
  if (form != "direct" && form != "decomposed") {
    fail(layer, fmt::format("form '{}': expected direct or decomposed", form));
  }
  node.form = form == "direct" ? LayerForm::kDirect : LayerForm::kDecomposed;
  if (!item.contains("weight_scale")) return;
  item.at("weight_scale").get_to(node.weight_scale);
  if (node.weight_scale.size() != std::size_t(node.out_channels)) {
    fail(layer, "expected one weight_scale for each output channel");
  }
  const std::size_t kernel = node.weights.size() / node.weight_scale.size();
  for (std::size_t i = 0; i < node.weights.size(); ++i) {
    whole_steps(layer, "weight", node.weights[i], node.weight_scale[i / kernel]);
  }
}

void read_transposed(const json& positions, Graph& graph) {
  for (const auto& [name, number] : positions.items()) {
    const int index = graph.find(name);
    if (index < 0 || graph.nodes[index].op != OpKind::kConv) {
      throw UserError(SourcePlace{"", 0, "escalate.transposed"},
                      fmt::format("'{}' is no convolution of the network", name));
    }
    const auto value = value_from_json<std::int64_t>(number);
    if (value < 1 || value > kMostElements) {
      throw UserError(SourcePlace{"", 0, "escalate.transposed"},
                      fmt::format("'{}' has {} positions", name, value));
    }
    graph.nodes[index].transposed_positions = value;
  }
}

void read_layers(const json& layers, Graph& graph) {
  std::set<int> joined;
  for (const json& item : layers) {
    LayerEntry layer;
    item.at("name").get_to(layer.name);
    if (item.contains("form")) {
      read_plain_layer(item, layer, graph);
      continue;
    }
    item.at("combine").get_to(layer.combine);
    item.at("basis").get_to(layer.basis);
    layer.terms = value_from_json<int>(item.at("M"));
    item.at("basis_scale").get_to(layer.basis_scale);
    layer.scale = item.value("scale", "");
    layer.fully_connected = item.value("fully_connected", false);
    join(layer, graph, joined);
  }
  remove(joined, graph);
}

// What joins nodes names layers, perhaps as others are named.
void check_names(const Graph& graph) {
  std::set<std::string> names;
  for (const Node& node : graph.nodes) {
    if (!names.insert(node.name).second) {
      throw UserError(SourcePlace{"", 0, "escalate.layers"},
                      fmt::format("'{}' would be the name of two layers", node.name));
    }
  }
}

void read_input(const json& input, Graph& graph) {
  input.at("mean").get_to(graph.transform.mean);
  input.at("std").get_to(graph.transform.std);
  const std::string channels = input.value("channels", "rgb");
  if (channels != "rgb" && channels != "bgr") {
    throw UserError(SourcePlace{"", 0, "escalate.input"}, "channels: expected rgb or bgr");
  }
  graph.transform.bgr = channels == "bgr";
}

void read_quantization(const json& quantization, Graph& graph) {
  const auto unknown = [](const std::string& name) {
    throw UserError(SourcePlace{"", 0, "escalate.quantization"},
                    fmt::format("'{}' is no node of the network", name));
  };
  for (const auto& [name, tensor] : quantization.at("tensors").items()) {
    if (graph.find(name) < 0) unknown(name);
    graph.quantization.tensor_scale[name] = tensor.at("scale").get<float>();
  }
  for (const auto& [name, layer] : quantization.at("layers").items()) {
    if (graph.find(name) < 0) unknown(name);
    auto& stored = graph.quantization.layers[name];
    stored.multiplier = wholes<std::int32_t>(layer.at("multiplier"));
    stored.shift = wholes<int>(layer.at("shift"));
    stored.bias = wholes<std::int32_t>(layer.at("bias"));
    if (!layer.contains("negative_multiplier")) continue;
    stored.negative_multiplier = wholes<std::int32_t>(layer.at("negative_multiplier"));
    stored.negative_shift = wholes<int>(layer.at("negative_shift"));
  }
}

}  // namespace

void apply_metadata(const std::map<std::string, std::string>& metadata, Graph& graph) {
  using Apply = void (*)(const json&, Graph&);
  const std::pair<const char*, Apply> parts[] = {{"escalate.reshapes", read_reshapes},
                                                 {"escalate.layers", read_layers},
                                                 {"escalate.transposed", read_transposed},
                                                 {"escalate.input", read_input},
                                                 {"escalate.quantization", read_quantization}};
  for (const auto& [key, apply] : parts) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) continue;
    try {
      apply(parse_json(found->second, ""), graph);
    } catch (const json::exception& fault) {
      throw UserError(SourcePlace{"", 0, key}, fault.what());
    } catch (const UserError& fault) {
      if (!fault.place().key.empty()) throw;
      throw UserError(SourcePlace{"", 0, key}, fault.message());
    }
  }
  check_names(graph);
  graph.infer_shapes();
}

}  // namespace escalate
