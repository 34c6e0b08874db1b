#include "retrain/trained_network.h"

#include <c10/core/GradMode.h>

#include <utility>

#include "common/error.h"
#include "retrain/plain_layers.h"

namespace escalate {
namespace {

bool is_symmetric(const Window& window) {
  return window.pad_top == window.pad_bottom && window.pad_left == window.pad_right;
}

Window with_stride(Window window, const Window& other) {
  window.stride_h = other.stride_h;
  window.stride_w = other.stride_w;
  return window;
}

/// Nearest of -128..127 steps; the gradient passes where nothing is clipped.
at::Tensor int8_activations(const at::Tensor& in, double step) {
  return at::fake_quantize_per_tensor_affine(in, step, 0, -128, 127);
}

/// Weights [K]... in 127 steps of the largest magnitude of each output channel.
at::Tensor int8_weights(const at::Tensor& weight) {
  const at::Tensor values = weight.detach();
  const at::Tensor largest = at::amax(at::abs(values.reshape({values.size(0), -1})), {1});
  const at::Tensor scale = at::clamp_min(largest / 127.0, 1e-30);
  const at::Tensor zero = at::zeros({values.size(0)}, scale.options().dtype(at::kInt));
  return at::fake_quantize_per_channel_affine(weight, scale, zero, 0, -127, 127);
}

TrainedBatchNorm batch_norm_of(const Node& node, at::Device device) {
  const auto take = [&](const std::vector<float>& values) {
    return tensor_of(values, {node.out.c}).to(device);
  };
  return {take(node.bn_scale), take(node.bn_bias), take(node.bn_mean), take(node.bn_variance), {}};
}

void to_device(TrainedLayer& layer, at::Device device) {
  for (at::Tensor* tensor : {&layer.weight, &layer.coefficients, &layer.basis, &layer.channel_scale,
                             &layer.bias, &layer.mask}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
}

/// The parts of a layer and a batch norm by name, for state() and load_state().
template <class Layer, class Visit>
void visit_layer(const std::string& name, Layer& layer, Visit&& visit) {
  visit(name + ".weight", layer.weight);
  visit(name + ".coefficients", layer.coefficients);
  visit(name + ".basis", layer.basis);
  visit(name + ".channel_scale", layer.channel_scale);
  visit(name + ".bias", layer.bias);
  visit(name + ".mask", layer.mask);
}
template <class BatchNorm, class Visit>
void visit_batch_norm(const std::string& name, BatchNorm& norm, Visit&& visit) {
  visit(name + ".scale", norm.scale);
  visit(name + ".offset", norm.offset);
  visit(name + ".mean", norm.mean);
  visit(name + ".variance", norm.variance);
  visit(name + ".mask", norm.mask);
}

}  // namespace

TrainedNetwork::TrainedNetwork(Graph graph, at::Device device)
    : graph_(std::move(graph)), device_(device) {
  for (int i = 0; i < int(graph_.nodes.size()); ++i) {
    const Node& node = graph_.nodes[std::size_t(i)];
    if (node.is_weighted()) {
      TrainedLayer layer = TrainedLayer::from_node(node, channels_of(i));
      to_device(layer, device);
      layers_.emplace(i, std::move(layer));
    } else if (node.op == OpKind::kBatchNorm) {
      batch_norms_.emplace(i, batch_norm_of(node, device));
    }
  }
}

int TrainedNetwork::channels_of(int node) const {
  const Node& layer = graph_.nodes[std::size_t(node)];
  const Shape in = graph_.input_shape_of(node);
  return layer.op == OpKind::kFullyConnected ? int(in.size()) : in.c / layer.groups;
}

std::vector<Parameter> TrainedNetwork::parameters() const {
  std::vector<Parameter> made;
  const auto add = [&](const std::string& name, ParameterKind kind, const at::Tensor& tensor) {
    if (tensor.defined()) made.push_back({name, kind, tensor});
  };
  for (const auto& [node, layer] : layers_) {
    const std::string& name = graph_.nodes[std::size_t(node)].name;
    add(name + ".weight", ParameterKind::kWeight, layer.weight);
    add(name + ".coefficients",
        layer.weighting == Weighting::kTernary ? ParameterKind::kLatent
                                               : ParameterKind::kCoefficient,
        layer.coefficients);
    add(name + ".basis", ParameterKind::kBasis, layer.basis);
    add(name + ".channel_scale", ParameterKind::kChannelValue, layer.channel_scale);
    add(name + ".bias", ParameterKind::kChannelValue, layer.bias);
  }
  for (const auto& [node, norm] : batch_norms_) {
    const std::string& name = graph_.nodes[std::size_t(node)].name;
    add(name + ".scale", ParameterKind::kChannelValue, norm.scale);
    add(name + ".offset", ParameterKind::kChannelValue, norm.offset);
  }
  return made;
}

std::map<std::string, at::Tensor> TrainedNetwork::state() const {
  std::map<std::string, at::Tensor> made;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (tensor.defined()) made[name] = tensor.detach();
  };
  for (const auto& [node, layer] : layers_) {
    visit_layer(graph_.nodes[std::size_t(node)].name, layer, add);
  }
  for (const auto& [node, norm] : batch_norms_) {
    visit_batch_norm(graph_.nodes[std::size_t(node)].name, norm, add);
  }
  return made;
}

void TrainedNetwork::load_state(const std::map<std::string, at::Tensor>& state) {
  const c10::NoGradGuard no_gradients;
  std::size_t taken = 0;
  const auto take = [&](const std::string& name, at::Tensor& tensor) {
    const auto found = state.find(name);
    if (found == state.end()) {
      tensor = at::Tensor();
      return;
    }
    ensure(!tensor.defined() || tensor.sizes() == found->second.sizes(),
           "a state is of a network of this structure");
    tensor = found->second.to(device_).clone();
    ++taken;
  };
  for (auto& [node, layer] : layers_) {
    visit_layer(graph_.nodes[std::size_t(node)].name, layer, take);
    layer.weighting = layer.weight.defined()          ? Weighting::kPlain
                      : layer.channel_scale.defined() ? Weighting::kTernary
                                                      : Weighting::kRealBasis;
    ensure(layer.weight.defined() || (layer.coefficients.defined() && layer.basis.defined()),
           "a state has every layer");
  }
  for (auto& [node, norm] : batch_norms_) {
    visit_batch_norm(graph_.nodes[std::size_t(node)].name, norm, take);
    ensure(norm.scale.defined() && norm.variance.defined(), "a state has every batch norm");
  }
  ensure(taken == state.size(), "a state is of this network alone");
}

Graph TrainedNetwork::graph() const {
  const c10::NoGradGuard no_gradients;
  Graph made = graph_;
  for (const auto& [node, layer] : layers_) layer.store(made.nodes[std::size_t(node)]);
  for (const auto& [i, norm] : batch_norms_) {
    Node& node = made.nodes[std::size_t(i)];
    const auto masked = [&, &norm = norm](const at::Tensor& values) {
      return floats_of(norm.mask.defined() ? values * norm.mask : values);
    };
    node.bn_scale = masked(norm.scale);
    node.bn_bias = masked(norm.offset);
    node.bn_mean = floats_of(norm.mean);
    node.bn_variance = floats_of(norm.variance);
  }
  made.quantization = {};
  return made;
}

at::Tensor TrainedNetwork::forward(const at::Tensor& images, bool training) {
  const std::vector<at::Tensor> outputs = forward_all(images, training);
  std::size_t last = outputs.size() - 1;
  if (graph_.nodes[last].op == OpKind::kSoftmax) last = std::size_t(graph_.nodes[last].inputs[0]);
  return outputs[last].reshape({images.size(0), -1});
}

std::vector<at::Tensor> TrainedNetwork::forward_all(const at::Tensor& images, bool training) {
  std::vector<at::Tensor> outputs;
  for (int i = 0; i < int(graph_.nodes.size()); ++i) {
    const at::Tensor exact =
        i == 0 ? images.contiguous(at::MemoryFormat::ChannelsLast) : run(i, outputs, training);
    const auto step = int8_steps_.find(i);
    outputs.push_back(step == int8_steps_.end() ? exact : int8_activations(exact, step->second));
  }
  return outputs;
}

at::Tensor TrainedNetwork::run(int index, const std::vector<at::Tensor>& outputs, bool training) {
  const Node& node = graph_.nodes[std::size_t(index)];
  std::vector<at::Tensor> inputs;
  for (const int input : node.inputs) inputs.push_back(outputs[std::size_t(input)]);
  if (node.op == OpKind::kConv) return convolve(index, inputs.at(0));
  if (node.op == OpKind::kFullyConnected) return multiply(index, inputs.at(0));
  if (node.op == OpKind::kBatchNorm) return normalise(index, inputs.at(0), training);
  return trained_plain_layer(node, inputs);
}

at::Tensor TrainedNetwork::multiply(int index, const at::Tensor& in) const {
  const Node& node = graph_.nodes[std::size_t(index)];
  const at::Tensor weight = weight_of(index).reshape({node.out_channels, -1});
  return vectors(at::linear(in.reshape({in.size(0), -1}), weight, layers_.at(index).bias));
}

at::Tensor TrainedNetwork::weight_of(int node) const {
  const TrainedLayer& layer = layers_.at(node);
  const at::Tensor weight = layer.effective_weight();
  return int8_steps_.empty() || layer.weighting != Weighting::kPlain ? weight
                                                                     : int8_weights(weight);
}

at::Tensor TrainedNetwork::convolve(int index, const at::Tensor& in) const {
  const Node& node = graph_.nodes[std::size_t(index)];
  const TrainedLayer& layer = layers_.at(index);
  const Window& window = node.window;
  const at::Tensor weight = weight_of(index);
  if (window.r == 1 && window.s == 1 && window == with_stride(Window{}, window)) {
    // Positions are chosen beforehand: oneDNN's kernel of strided 1x1 layers writes behind its
    // buffer if channels are few.
    const std::vector<std::int64_t> none = {0, 0};
    return at::conv2d(every(in, window), weight, layer.bias, {1, 1}, at::IntArrayRef(none), {1, 1},
                      node.groups);
  }
  const std::vector<std::int64_t> stride = {window.stride_h, window.stride_w};
  if (is_symmetric(window)) {
    const std::vector<std::int64_t> padding = {window.pad_top, window.pad_left};
    return at::conv2d(in, weight, layer.bias, stride, at::IntArrayRef(padding), {1, 1},
                      node.groups);
  }
  const at::Tensor padded = at::constant_pad_nd(
      in, {window.pad_left, window.pad_right, window.pad_top, window.pad_bottom}, 0);
  const std::vector<std::int64_t> none = {0, 0};
  return at::conv2d(padded, weight, layer.bias, stride, at::IntArrayRef(none), {1, 1}, node.groups);
}

at::Tensor TrainedNetwork::normalise(int index, const at::Tensor& in, bool training) {
  const TrainedBatchNorm& norm = batch_norms_.at(index);
  const bool masked = norm.mask.defined();
  return at::batch_norm(in, masked ? norm.scale * norm.mask : norm.scale,
                        masked ? norm.offset * norm.mask : norm.offset, norm.mean, norm.variance,
                        training, batch_share_, double(graph_.nodes[std::size_t(index)].bn_epsilon),
                        false);
}

at::Tensor network_input(const std::vector<std::uint8_t>& pixels, const Shape& shape,
                         const InputTransform& transform, at::Device device) {
  const auto channels = std::size_t(shape.c);
  if (transform.mean.size() != channels || transform.std.size() != channels) {
    throw UserError("how pixels become the network's input is not known: give --mean and --std");
  }
  const std::int64_t count = std::int64_t(pixels.size()) / shape.size();
  const at::Tensor bytes =
      at::from_blob(const_cast<std::uint8_t*>(pixels.data()), {count, shape.c, shape.h, shape.w},
                    at::TensorOptions().dtype(at::kByte));
  at::Tensor values = bytes.to(device, at::kFloat);
  const at::Tensor mean = tensor_of(transform.mean, {1, shape.c, 1, 1}).to(device);
  const at::Tensor deviation = tensor_of(transform.std, {1, shape.c, 1, 1}).to(device);
  values = (values / 255.0 - mean) / deviation;
  return transform.bgr ? values.flip(1) : values;
}

}  // namespace escalate
