#include "workloads/layers/kinds.h"

#include <fmt/format.h>

#include <limits>

#include "common/error.h"

namespace escalate {
namespace {

// The only places that list all kinds: the compiler says which one is missing.

const LayerKind* find(OpKind op) {
  switch (op) {
    case OpKind::kInput:
      return &input_layer();
    case OpKind::kConv:
      return &convolution_layer();
    case OpKind::kFullyConnected:
      return &fully_connected_layer();
    case OpKind::kMaxPool:
      return &max_pool_layer();
    case OpKind::kAvgPool:
      return &average_pool_layer();
    case OpKind::kGlobalAvgPool:
      return &global_average_pool_layer();
    case OpKind::kAdd:
      return &addition_layer();
    case OpKind::kMultiply:
      return &product_layer();
    case OpKind::kMinimum:
      return &minimum_layer();
    case OpKind::kMaximum:
      return &maximum_layer();
    case OpKind::kPointwise:
      return &function_layer();
    case OpKind::kConcat:
      return &concatenation_layer();
    case OpKind::kSelect:
      return &selection_layer();
    case OpKind::kChannelPad:
      return &channel_pad_layer();
    case OpKind::kRelu:
      return &relu_layer();
    case OpKind::kClip:
      return &clip_layer();
    case OpKind::kBatchNorm:
      return &batch_norm_layer();
    case OpKind::kFlatten:
      return &flatten_layer();
    case OpKind::kSoftmax:
      return &softmax_layer();
    case OpKind::kGlobalSum:
      return &global_sum_layer();
  }
  return nullptr;
}

const IntegerKind* find(IntegerOp op) {
  switch (op) {
    case IntegerOp::kInput:
      return &integer_input();
    case IntegerOp::kConv:
      return &integer_convolution();
    case IntegerOp::kMaxPool:
      return &integer_max_pool();
    case IntegerOp::kAvgPool:
      return &integer_average_pool();
    case IntegerOp::kAdd:
      return &integer_addition();
    case IntegerOp::kMultiply:
      return &integer_product();
    case IntegerOp::kMinimum:
      return &integer_minimum();
    case IntegerOp::kMaximum:
      return &integer_maximum();
    case IntegerOp::kTable:
      return &integer_table();
    case IntegerOp::kConcat:
      return &integer_concatenation();
    case IntegerOp::kChannelPad:
      return &integer_channel_pad();
    case IntegerOp::kSelect:
      return &integer_selection();
    case IntegerOp::kRescale:
      return &integer_rescaling();
    case IntegerOp::kFlatten:
      return &integer_flatten();
  }
  return nullptr;
}

template <class Op, class Kind>
std::vector<const Kind*> all_kinds() {
  std::vector<const Kind*> all;
  for (const Kind* kind = find(Op{}); kind != nullptr; kind = find(Op(all.size()))) {
    all.push_back(kind);
  }
  return all;
}

}  // namespace

const LayerKind& kind_of(OpKind op) {
  const LayerKind* kind = find(op);
  ensure(kind != nullptr, "a layer has a kind");
  return *kind;
}

const IntegerKind& kind_of(IntegerOp op) {
  const IntegerKind* kind = find(op);
  ensure(kind != nullptr, "an integer node has an operation");
  return *kind;
}

std::vector<Shape> input_shapes(const Graph& graph, const Node& node) {
  std::vector<Shape> shapes;
  for (const int input : node.inputs) shapes.push_back(graph.nodes[std::size_t(input)].out);
  return shapes;
}

const std::vector<const LayerKind*>& layer_kinds() {
  static const std::vector<const LayerKind*> kAll = all_kinds<OpKind, LayerKind>();
  return kAll;
}

const std::vector<const IntegerKind*>& integer_kinds() {
  static const std::vector<const IntegerKind*> kAll = all_kinds<IntegerOp, IntegerKind>();
  return kAll;
}

int LayerKind::most_inputs(const std::string&) const {
  return inputs().many ? kMostExtent : int(inputs().least);
}

void LayerKind::read_yaml(const YamlMap&, const std::string& word, Node&) const {
  throw InternalError(fmt::format("no layer of a workload is a '{}'", word));
}

std::pair<float, float> LayerKind::bounds(const Node&) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return {-kInfinity, kInfinity};
}

Moments LayerKind::draw(const Node& node, const std::vector<Shape>& inputs,
                        const std::vector<Moments>& moments, IntegerNode& made) const {
  set_integers(node, inputs, {std::vector<double>(inputs.size(), 1), 1}, made);
  return moments.at(0);
}

void fail_layer(const Node& node, std::string_view message) {
  throw UserError(SourcePlace{"", 0, node.name}, message);
}

void fail_without_integers(const Node& node) {
  throw InternalError(fmt::format("layer '{}' is none of integers by itself", node.name));
}

ChannelFlow same_channels(const Node& node, const std::vector<Shape>& inputs) {
  for (const Shape& in : inputs) {
    if (in.c != node.out.c) return ChannelFlow::kFixed;
  }
  return ChannelFlow::kSame;
}

}  // namespace escalate
