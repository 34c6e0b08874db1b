#include "workloads/onnx/interpreter.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace escalate {
namespace {

// What one tensor may have: far more than heads and tails of networks need.
constexpr std::int64_t kMostComputed = std::int64_t{1} << 28;

bool is_moved(const std::string& op) {
  static const OnnxEvaluations movements = movement_evaluations();
  return movements.contains(op);
}

// What stands for whole numbers does so in other places, too.
void keep_steps(const OnnxInputs& inputs, std::vector<OnnxTensor>& made) {
  std::int64_t steps = 0;
  for (const OnnxTensor* input : inputs) {
    if (input != nullptr) steps = std::max(steps, input->steps);
  }
  for (OnnxTensor& tensor : made) tensor.steps = steps;
}

}  // namespace

const OnnxEvaluations& onnx_evaluations() {
  static const OnnxEvaluations all = [] {
    OnnxEvaluations made = arithmetic_evaluations();
    made.merge(movement_evaluations());
    made.merge(reduction_evaluations());
    made.merge(quantization_evaluations());
    made.merge(choice_evaluations());
    made.merge(layer_evaluations());
    made.merge(recurrent_evaluations());
    return made;
  }();
  return all;
}

bool can_evaluate(const std::string& op) { return onnx_evaluations().contains(op); }

std::vector<OnnxTensor> evaluate(const OnnxNode& node, const OnnxInputs& inputs) {
  const auto found = onnx_evaluations().find(node.op());
  if (found == onnx_evaluations().end()) node.fail("this operator is not supported");
  std::vector<OnnxTensor> made = found->second(node, inputs);
  if (is_moved(node.op())) keep_steps(inputs, made);
  if (made.size() < std::size_t(node.num_outputs())) {
    for (int i = int(made.size()); i < node.num_outputs(); ++i) {
      if (!node.output(i).empty()) node.fail(fmt::format("its output {} is not supported", i));
    }
  }
  return made;
}

const OnnxTensor& needed(const OnnxNode& node, const OnnxInputs& inputs, std::size_t i) {
  if (!is_given(inputs, i)) node.fail(fmt::format("lacks its input {}", i));
  return *inputs[i];
}

bool is_given(const OnnxInputs& inputs, std::size_t i) {
  return i < inputs.size() && inputs[i] != nullptr;
}

void check_size(const OnnxNode& node, const OnnxDims& dims) {
  if (num_elements(dims) > kMostComputed) {
    node.fail(fmt::format("makes a tensor of [{}]; expected up to {} elements",
                          fmt::join(dims, ", "), kMostComputed));
  }
}

OnnxDims broadcast(const OnnxNode& node, const OnnxDims& a, const OnnxDims& b) {
  OnnxDims made(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < made.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      node.fail(fmt::format("combines [{}] and [{}]", fmt::join(a, ", "), fmt::join(b, ", ")));
    }
    made[made.size() - 1 - i] = left == 1 ? right : left;
  }
  check_size(node, made);
  return made;
}

std::vector<std::int64_t> broadcast_places(const OnnxDims& from, const OnnxDims& to) {
  std::vector<std::int64_t> places = {0};
  // From the last dimension: what is behind a dimension is repeated along it.
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::int64_t extent = to[to.size() - 1 - i];
    const std::int64_t own = i < from.size() ? from[from.size() - 1 - i] : 1;
    const std::size_t inner = places.size();
    if (extent == 0) return {};
    places.reserve(inner * std::size_t(extent));
    for (std::int64_t j = 1; j < extent; ++j) {
      const std::int64_t shift = own == 1 ? 0 : j * stride;
      for (std::size_t k = 0; k < inner; ++k) places.push_back(places[k] + shift);
    }
    stride *= own;
  }
  return places;
}

std::vector<float> as_floats(const OnnxTensor& tensor) {
  if (tensor.is_floating()) return tensor.floats;
  return {tensor.integers.begin(), tensor.integers.end()};
}

std::vector<std::int64_t> as_integers(const OnnxTensor& tensor) {
  if (!tensor.is_floating()) return tensor.integers;
  std::vector<std::int64_t> made;
  for (const float value : tensor.floats) made.push_back(std::int64_t(value));
  return made;
}

}  // namespace escalate
