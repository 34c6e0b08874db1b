#include "workloads/onnx_decomposition.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace escalate {
namespace {

using nlohmann::json;

struct LayerEntry {
  std::string name, combine, basis;
  int terms = 0;
  float basis_scale = 0;
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

// The basis of one output channel as int8; all others must repeat it.
std::vector<std::int8_t> repeated_basis(const LayerEntry& layer, const Node& node) {
  const std::size_t size = std::size_t(layer.terms) * node.window.r * node.window.s;
  std::vector<std::int8_t> basis;
  for (std::size_t i = 0; i < size; ++i) {
    const float steps = node.weights[i] / layer.basis_scale;
    const float nearest = std::round(steps);
    if (std::abs(steps - nearest) > 1e-2f || std::abs(nearest) > 127) {
      fail(layer, fmt::format("a basis value is {} steps of basis_scale; expected a whole number "
                              "within 127",
                              steps));
    }
    basis.push_back(std::int8_t(nearest));
  }
  for (std::size_t i = size; i < node.weights.size(); ++i) {
    if (node.weights[i] != node.weights[i % size])
      fail(layer, "output channels differ in their basis");
  }
  return basis;
}

// Makes the basis convolution the decomposed layer; the combining one is left without a reader.
void join(const LayerEntry& layer, Graph& graph) {
  const int combine = graph.find(layer.combine);
  const int basis = graph.find(layer.basis);
  if (combine < 0 || basis < 0) fail(layer, "its nodes are not in the network");
  const Node& first = graph.nodes[combine];
  Node& second = graph.nodes[basis];
  const bool pair = first.op == OpKind::kConv && second.op == OpKind::kConv && first.bias.empty() &&
                    first.window == Window{} && second.inputs == std::vector<int>{combine} &&
                    second.groups == second.out_channels && layer.terms > 0 &&
                    first.out_channels == second.out_channels * layer.terms &&
                    layer.basis_scale > 0;
  if (!pair) fail(layer, "its nodes are not a combining and a basis convolution of M terms");
  Decomposition decomposition;
  decomposition.terms = layer.terms;
  decomposition.coefficients = ternary(layer, first.weights);
  decomposition.basis = repeated_basis(layer, second);
  decomposition.basis_scale = layer.basis_scale;
  decomposition.channel_scale.assign(second.out_channels, 1.0f);
  second.name = layer.name;
  second.form = LayerForm::kDecomposed;
  second.terms = layer.terms;
  second.groups = first.groups;
  second.weights.clear();
  second.inputs = first.inputs;
  second.decomposition = std::move(decomposition);
}

// Removes the nodes that nothing reads, except the last.
void remove_unread(Graph& graph) {
  const auto readers = graph.consumers();
  std::vector<int> moved(graph.nodes.size(), -1);
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (readers[i].empty() && i + 1 != graph.nodes.size()) continue;
    moved[i] = int(kept.size());
    kept.push_back(std::move(graph.nodes[i]));
    for (int& input : kept.back().inputs) input = moved[input];
  }
  graph.nodes = std::move(kept);
}

void read_layers(const json& layers, Graph& graph) {
  for (const json& item : layers) {
    LayerEntry layer;
    item.at("name").get_to(layer.name);
    item.at("combine").get_to(layer.combine);
    item.at("basis").get_to(layer.basis);
    item.at("M").get_to(layer.terms);
    item.at("basis_scale").get_to(layer.basis_scale);
    join(layer, graph);
  }
  remove_unread(graph);
  graph.infer_shapes();
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
  for (const auto& [name, tensor] : quantization.at("tensors").items()) {
    graph.quantization.tensor_scale[name] = tensor.at("scale").get<float>();
  }
  for (const auto& [name, layer] : quantization.at("layers").items()) {
    auto& stored = graph.quantization.layers[name];
    layer.at("multiplier").get_to(stored.multiplier);
    layer.at("shift").get_to(stored.shift);
    layer.at("bias").get_to(stored.bias);
  }
}

}  // namespace

void apply_metadata(const std::map<std::string, std::string>& metadata, Graph& graph) {
  using Apply = void (*)(const json&, Graph&);
  const std::pair<const char*, Apply> parts[] = {{"escalate.layers", read_layers},
                                                 {"escalate.input", read_input},
                                                 {"escalate.quantization", read_quantization}};
  for (const auto& [key, apply] : parts) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) continue;
    try {
      apply(json::parse(found->second), graph);
    } catch (const json::exception& fault) {
      throw UserError(SourcePlace{"", 0, key}, fault.what());
    }
  }
}

}  // namespace escalate
