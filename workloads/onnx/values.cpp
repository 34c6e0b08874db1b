#include "workloads/onnx/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "workloads/onnx/tensor.h"

namespace escalate {
namespace {

template <class Map>
auto found_in(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

void OnnxValues::define(const std::string& name, const onnx::TensorProto* constant) {
  constants_[name] = constant;
}

void OnnxValues::define(const std::string& name, onnx::TensorProto constant) {
  kept_.push_back(std::move(constant));
  constants_[name] = &kept_.back();
}

const onnx::TensorProto* OnnxValues::find_constant(const std::string& name) const {
  const auto* found = found_in(constants_, name);
  return found == nullptr ? nullptr : *found;
}

const OnnxMap* OnnxValues::find_map(const std::string& name) const { return found_in(maps_, name); }

const OnnxSizes* OnnxValues::find_sizes(const std::string& name) const {
  return found_in(sizes_, name);
}

void OnnxValues::retire(int node, const std::string& because) {
  for (auto at = maps_.begin(); at != maps_.end();) {
    const auto next = std::next(at);
    if (at->second.node == node) {
      retired_[at->first] = because;
      maps_.erase(at);
    }
    at = next;
  }
}

const OnnxMap& OnnxValues::padded_map(const OnnxNode& node, int i) const {
  const std::string name = node.has_input(i) ? node.input(i) : "?";
  if (const OnnxMap* found = find_map(name)) return *found;
  if (const auto* because = found_in(retired_, name)) {
    node.fail(fmt::format("reads '{}' {}", name, *because));
  }
  if (find_constant(name) != nullptr || find_sizes(name) != nullptr) {
    node.fail(fmt::format("reads the constant '{}' where a map is expected", name));
  }
  node.fail(fmt::format("input {} is made by no earlier node", name));
}

const OnnxMap& OnnxValues::map(const OnnxNode& node, int i) const {
  const OnnxMap& found = padded_map(node, i);
  if (found.pads.any()) {
    node.fail("reads a padded map; padding is read in front of convolutions and pools only");
  }
  return found;
}

const onnx::TensorProto& OnnxValues::constant(const OnnxNode& node, int i,
                                              const std::string& what) const {
  const auto* found = node.has_input(i) ? find_constant(node.input(i)) : nullptr;
  if (found == nullptr) node.fail(fmt::format("its {} must be a constant of the file", what));
  return *found;
}

std::vector<float> OnnxValues::floats(const OnnxNode& node, int i, const std::string& what) const {
  std::vector<float> values = onnx_floats(constant(node, i, what));
  if (std::any_of(values.begin(), values.end(), [](float v) { return std::isinf(v); })) {
    node.fail(fmt::format("its {} holds a value that is not finite", what));
  }
  return values;
}

float OnnxValues::scalar(const OnnxNode& node, int i, const std::string& what) const {
  const std::vector<float> values = onnx_floats(constant(node, i, what));
  if (values.size() != 1) node.fail(fmt::format("expected one number as its {}", what));
  return values[0];
}

OnnxSizes OnnxValues::sizes(const OnnxNode& node, int i, const std::string& what) const {
  const auto* found = node.has_input(i) ? find_sizes(node.input(i)) : nullptr;
  if (found != nullptr) return *found;
  const onnx::TensorProto& tensor = constant(node, i, what);
  if (tensor.dims_size() > 1) node.fail(fmt::format("expected a list as its {}", what));
  return {onnx_integers(tensor), tensor.dims_size() == 0};
}

}  // namespace escalate
