#include "workloads/onnx/input_axes.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

bool is_any_of(const std::string& op, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

// Operators without weights whose input has channels in front of rows and columns.
bool reads_maps(const std::string& op) {
  return is_any_of(
      op, {"MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "BatchNormalization"});
}

// Operators that leave dimensions where they are, but for those that a constant adds in front.
bool keeps_dimensions(const std::string& op) {
  return is_any_of(op, {"Identity",
                        "Cast",
                        "Dropout",
                        "Add",
                        "Sub",
                        "Mul",
                        "Div",
                        "Clip",
                        "Min",
                        "Max",
                        "Pow",
                        "Sqrt",
                        "Neg",
                        "Abs",
                        "Exp",
                        "Log",
                        "Relu",
                        "Sigmoid",
                        "Tanh",
                        "Softmax",
                        "Pad",
                        "Slice",
                        "Resize",
                        "Upsample",
                        "QuantizeLinear",
                        "DequantizeLinear"});
}

const onnx::AttributeProto* attribute_of(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

}  // namespace

std::vector<int> InputAxes::usual(std::size_t rank) {
  if (rank == 4) return {kImages, kChannels, kRows, kColumns};
  if (rank == 3) return {kImages, kChannels, kColumns};
  return rank == 2 ? std::vector<int>{kImages, kChannels} : std::vector<int>{};
}

std::vector<int> InputAxes::find(const std::string& name, const OnnxDims& dims) const {
  if (dims.size() == 4 && is_channels_last(name)) return {kImages, kRows, kColumns, kChannels};
  if (dims.size() < 4) {
    const std::vector<int> axes = without_images(name, dims);
    if (!axes.empty()) return axes;
  }
  return usual(dims.size());
}

// Whether the file brings its image from [N, H, W, C] into the order of ONNX's convolutions.
bool InputAxes::is_channels_last(const std::string& name) const {
  std::set<std::string> image = {name};
  for (int i = 0; i < graph_.node_size(); ++i) {
    const onnx::NodeProto& node = graph_.node(i);
    if (!needed_[std::size_t(i)] || node.input_size() == 0 || !image.contains(node.input(0))) {
      continue;
    }
    if (is_weighted(node.op_type()) || reads_maps(node.op_type())) return false;
    if (node.op_type() == "Transpose") {
      if (const auto* perm = attribute_of(node, "perm")) {
        const std::vector<std::int64_t> order(perm->ints().begin(), perm->ints().end());
        return order == std::vector<std::int64_t>{0, 3, 1, 2};
      }
    }
    for (const std::string& output : node.output()) image.insert(output);
  }
  return false;
}

// By the first layer that reads the image, if the file adds the dimension of images before; empty:
// it does not.
std::vector<int> InputAxes::without_images(const std::string& name, const OnnxDims& dims) const {
  std::map<std::string, Order> orders;
  orders[name].resize(dims.size());
  std::iota(orders[name].begin(), orders[name].end(), 0);
  for (int i = 0; i < graph_.node_size(); ++i) {
    const onnx::NodeProto& node = graph_.node(i);
    const auto read =
        std::find_if(node.input().begin(), node.input().end(),
                     [&](const std::string& input) { return orders.contains(input); });
    if (!needed_[std::size_t(i)] || read == node.input().end()) continue;
    const Order& order = orders[*read];
    if (is_weighted(node.op_type()) || reads_maps(node.op_type())) {
      return axes_of(order, dims.size());
    }
    const Order made = moved(node, order, dims);
    if (!made.empty() && node.output_size() > 0) orders[node.output(0)] = made;
  }
  return {};
}

// Images and all dimensions of the input in front of what a layer reads.
std::vector<int> InputAxes::axes_of(const Order& order, std::size_t rank) const {
  if (order.size() < 2 || order.size() > 4 || order[0] != kAdded) return {};
  constexpr std::array kOfMap = {kImages, kChannels, kRows, kColumns};
  constexpr std::array kOfLine = {kImages, kChannels, kColumns, kColumns};
  std::vector<int> axes(rank, kImages);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i] != kAdded) {
      axes[std::size_t(order[i])] = order.size() == 4 ? kOfMap[i] : kOfLine[i];
    }
  }
  const bool is_whole = std::find(axes.begin(), axes.end(), int{kImages}) == axes.end();
  return is_whole ? axes : std::vector<int>{};
}

InputAxes::Order InputAxes::moved(const onnx::NodeProto& node, const Order& order,
                                  const OnnxDims& dims) const {
  if (node.op_type() == "Unsqueeze") return unsqueezed(node, order);
  if (node.op_type() == "Reshape") return reshaped(node, order, dims);
  if (node.op_type() == "Transpose") {
    const std::vector<std::int64_t> given = numbers(node, "perm", -1);
    Order made(order.rbegin(), order.rend());
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given.size() != order.size() || given[i] < 0 || given[i] >= std::int64_t(order.size())) {
        return {};
      }
      made[i] = order[std::size_t(given[i])];
    }
    return made;
  }
  if (!keeps_dimensions(node.op_type())) return {};
  std::size_t rank = order.size();
  for (const std::string& input : node.input()) {
    const OnnxTensorPointer constant =
        is_any_of(node.op_type(), {"Add", "Sub", "Mul", "Div"}) ? constant_(input) : nullptr;
    if (constant != nullptr) rank = std::max(rank, constant->dims.size());
  }
  Order made = order;
  made.insert(made.begin(), rank - order.size(), kAdded);
  return made;
}

InputAxes::Order InputAxes::unsqueezed(const onnx::NodeProto& node, const Order& order) const {
  const std::vector<std::int64_t> axes = numbers(node, "axes", 1);
  const std::int64_t rank = std::int64_t(order.size() + axes.size());
  Order made(std::size_t(rank), 0);
  for (std::int64_t axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return {};
    made[std::size_t(axis)] = kAdded;
  }
  std::size_t next = 0;
  for (int& dimension : made) {
    if (dimension == kAdded) continue;
    if (next == order.size()) return {};  // an axis is named twice
    dimension = order[next++];
  }
  return made;
}

// A Reshape that adds dimensions of one element and nothing else.
InputAxes::Order InputAxes::reshaped(const onnx::NodeProto& node, const Order& order,
                                     const OnnxDims& dims) const {
  Order made;
  std::size_t next = 0;
  for (const std::int64_t extent : numbers(node, "shape", 1)) {
    const auto own = [&] { return order[next] == kAdded ? 1 : dims[std::size_t(order[next])]; };
    const bool is_next = next < order.size() && (extent == own() || extent == -1);
    if (!is_next && extent != 1) return {};
    made.push_back(is_next ? order[next++] : kAdded);
  }
  return next == order.size() ? made : Order{};
}

std::vector<std::int64_t> InputAxes::numbers(const onnx::NodeProto& node, const char* attribute,
                                             int i) const {
  if (const auto* found = attribute_of(node, attribute)) {
    return {found->ints().begin(), found->ints().end()};
  }
  const auto constant = i >= 0 && i < node.input_size() ? constant_(node.input(i)) : nullptr;
  return constant == nullptr ? std::vector<std::int64_t>{} : constant->integers;
}

}  // namespace escalate
