#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/error.h"
#include "workloads/graph.h"
#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Proto = onnx::TensorProto;

struct Reduction {
  double begin;
  double (*take)(double, double);
  double (*finish)(double, double);  ///< of the sum and how many values it has
};

std::vector<bool> reduced_axes(const OnnxNode& node, const OnnxInputs& inputs, std::size_t rank,
                               bool& nothing) {
  OnnxDims given = node.longs("axes", {});
  if (is_given(inputs, 1)) given = inputs[1]->integers;
  nothing = node.flag("noop_with_empty_axes") && given.empty();
  std::vector<bool> reduced(rank, given.empty());
  for (const std::int64_t axis : given) {
    reduced[std::size_t(node.axis_of(axis, int(rank)))] = true;
  }
  return reduced;
}

OnnxEvaluation reduction(Reduction how) {
  return [how](const OnnxNode& node, const OnnxInputs& inputs) -> Tensors {
    const OnnxTensor& tensor = needed(node, inputs, 0);
    bool nothing = false;
    const auto reduced = reduced_axes(node, inputs, tensor.dims.size(), nothing);
    const bool keep = node.flag("keepdims", true);
    if (nothing) return {tensor};
    OnnxDims kept, dims;
    double count = 1;
    for (std::size_t i = 0; i < reduced.size(); ++i) {
      kept.push_back(reduced[i] ? 1 : tensor.dims[i]);
      if (reduced[i]) count *= double(tensor.dims[i]);
      if (!reduced[i] || keep) dims.push_back(kept.back());
    }
    std::vector<double> sums(std::size_t(num_elements(kept)), how.begin);
    const auto places = broadcast_places(kept, tensor.dims);
    for (std::size_t i = 0; i < places.size(); ++i) {
      double& sum = sums[std::size_t(places[i])];
      sum = how.take(sum,
                     tensor.is_floating() ? double(tensor.floats[i]) : double(tensor.integers[i]));
    }
    OnnxTensor made(tensor.type, dims);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double value = how.finish(sums[i], count);
      if (made.is_floating()) {
        made.floats[i] = float(value);
      } else {
        made.integers[i] = std::int64_t(value);
      }
    }
    return {std::move(made)};
  };
}

OnnxEvaluations reductions() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto add = [](double sum, double x) { return sum + x; };
  const auto add_size = [](double sum, double x) { return sum + std::abs(x); };
  const auto add_square = [](double sum, double x) { return sum + x * x; };
  const auto add_power = [](double sum, double x) { return sum + std::exp(x); };
  const auto same = [](double sum, double) { return sum; };
  OnnxEvaluations made;
  made["ReduceSum"] = reduction({0, add, same});
  made["ReduceMean"] = reduction({0, add, [](double sum, double count) { return sum / count; }});
  made["ReduceMax"] =
      reduction({-kInfinity, [](double a, double b) { return std::max(a, b); }, same});
  made["ReduceMin"] =
      reduction({kInfinity, [](double a, double b) { return std::min(a, b); }, same});
  made["ReduceProd"] = reduction({1, [](double a, double b) { return a * b; }, same});
  made["ReduceL1"] = reduction({0, add_size, same});
  made["ReduceL2"] = reduction({0, add_square, [](double sum, double) { return std::sqrt(sum); }});
  made["ReduceSumSquare"] = reduction({0, add_square, same});
  made["ReduceLogSumExp"] =
      reduction({0, add_power, [](double sum, double) { return std::log(sum); }});
  return made;
}

// Calls `take` for each list of values along an axis: where it begins, and the way to the next.
template <class Take>
void for_each_list(const OnnxDims& dims, std::size_t axis, Take take) {
  const auto middle = dims.begin() + std::ptrdiff_t(axis);
  const std::int64_t inner = num_elements(OnnxDims(middle + 1, dims.end()));
  const std::int64_t outer = num_elements(OnnxDims(dims.begin(), middle));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      take(std::size_t(o * *middle * inner + i), std::size_t(inner));
    }
  }
}

Tensors softmax_of(const OnnxNode& node, const OnnxInputs& inputs, bool is_log) {
  OnnxTensor made = needed(node, inputs, 0);
  const OnnxDims dims = made.dims;
  const bool early = node.opset() < 13;  // over all dimensions from the axis on
  auto axis = std::size_t(node.axis("axis", early ? 1 : -1, int(dims.size())));
  OnnxDims seen = dims;
  if (early) {
    const auto middle = dims.begin() + std::ptrdiff_t(axis);
    seen = {num_elements(OnnxDims(dims.begin(), middle)),
            num_elements(OnnxDims(middle, dims.end()))};
    axis = 1;
  }
  const auto count = std::size_t(seen[axis]);
  for_each_list(seen, axis, [&](std::size_t begin, std::size_t step) {
    float largest = -std::numeric_limits<float>::infinity(), sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      largest = std::max(largest, made.floats.at(begin + i * step));
    }
    for (std::size_t i = 0; i < count; ++i)
      sum += std::exp(made.floats[begin + i * step] - largest);
    for (std::size_t i = 0; i < count; ++i) {
      float& value = made.floats[begin + i * step];
      value = is_log ? value - largest - std::log(sum) : std::exp(value - largest) / sum;
    }
  });
  return {std::move(made)};
}

Tensors softmax(const OnnxNode& node, const OnnxInputs& inputs) {
  return softmax_of(node, inputs, false);
}
Tensors log_softmax(const OnnxNode& node, const OnnxInputs& inputs) {
  return softmax_of(node, inputs, true);
}

Tensors extreme(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& tensor = needed(node, inputs, 0);
  const auto axis = std::size_t(node.axis("axis", 0, int(tensor.dims.size())));
  const bool last = node.flag("select_last_index"), keep = node.flag("keepdims", true);
  const float sign = node.op() == "ArgMax" ? 1.0f : -1.0f;
  const std::vector<float> values = as_floats(tensor);
  OnnxDims dims = tensor.dims;
  const auto count = std::size_t(dims[axis]);
  if (count == 0) node.fail("chooses of no values");
  std::vector<std::int64_t> places;
  for_each_list(tensor.dims, axis, [&](std::size_t begin, std::size_t step) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count; ++i) {
      const float here = sign * values[begin + i * step],
                  there = sign * values[begin + best * step];
      if (here > there || (last && here == there)) best = i;
    }
    places.push_back(std::int64_t(best));
  });
  dims[axis] = 1;
  if (!keep) dims.erase(dims.begin() + std::ptrdiff_t(axis));
  return {OnnxTensor::of_integers(dims, places)};
}

Tensors running_sum(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor made = needed(node, inputs, 0);
  const OnnxTensor& given = needed(node, inputs, 1);
  if (given.integers.size() != 1) node.fail("expected one axis");
  const auto axis = std::size_t(node.axis_of(given.integers[0], int(made.dims.size())));
  if (node.flag("exclusive") || node.flag("reverse"))
    node.fail("expected a sum from the beginning");
  const auto count = std::size_t(made.dims[axis]);
  for_each_list(made.dims, axis, [&](std::size_t begin, std::size_t step) {
    for (std::size_t i = 1; i < count; ++i) {
      const std::size_t at = begin + i * step;
      if (made.is_floating()) {
        made.floats[at] += made.floats[at - step];
      } else {
        made.integers[at] += made.integers[at - step];
      }
    }
  });
  return {std::move(made)};
}

Tensors unit_length(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor made = needed(node, inputs, 0);
  const auto axis = std::size_t(node.axis("axis", -1, int(made.dims.size())));
  const std::int64_t p = node.integer("p", 2);
  const auto count = std::size_t(made.dims[axis]);
  for_each_list(made.dims, axis, [&](std::size_t begin, std::size_t step) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = double(made.floats.at(begin + i * step));
      sum += p == 1 ? std::abs(value) : value * value;
    }
    const auto length = float(p == 1 ? sum : std::sqrt(sum));
    for (std::size_t i = 0; i < count; ++i) made.floats[begin + i * step] /= length;
  });
  return {std::move(made)};
}

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const RowMajor>;

Tensors product(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor a = needed(node, inputs, 0), b = needed(node, inputs, 1);
  if (!a.is_floating() || !b.is_floating()) node.fail("multiplies matrices of whole numbers");
  const bool row = a.dims.size() == 1, column = b.dims.size() == 1;
  if (row) a.dims.insert(a.dims.begin(), 1);
  if (column) b.dims.push_back(1);
  if (a.dims.size() < 2 || b.dims.size() < 2) node.fail("multiplies a single number");
  const std::int64_t m = a.dims[a.dims.size() - 2], k = a.dims.back(), n = b.dims.back();
  if (b.dims[b.dims.size() - 2] != k) node.fail("multiplies matrices that do not fit");
  const OnnxDims a_outer(a.dims.begin(), a.dims.end() - 2),
      b_outer(b.dims.begin(), b.dims.end() - 2);
  OnnxDims dims = broadcast(node, a_outer, b_outer);
  const auto left = broadcast_places(a_outer, dims), right = broadcast_places(b_outer, dims);
  if (!row) dims.push_back(m);
  if (!column) dims.push_back(n);
  check_size(node, dims);
  OnnxTensor made(a.type, dims);
  for (std::size_t i = 0; i < left.size() && made.size() > 0 && k > 0; ++i) {
    Eigen::Map<RowMajor>(&made.floats[i * std::size_t(m * n)], m, n).noalias() =
        ConstMap(&a.floats[std::size_t(left[i] * m * k)], m, k) *
        ConstMap(&b.floats[std::size_t(right[i] * k * n)], k, n);
  }
  return {std::move(made)};
}

// (x - mean) / sqrt(variance + epsilon) of values that lie side by side.
void standardise(float* values, std::size_t count, float epsilon) {
  const Eigen::Map<const Eigen::ArrayXf> all(values, Eigen::Index(count));
  const double mean = all.cast<double>().mean();
  const double variance = (all.cast<double>() - mean).square().mean();
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = float((double(values[i]) - mean) / std::sqrt(variance + double(epsilon)));
  }
}

Tensors instance_norm(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor made = needed(node, inputs, 0);
  const float epsilon = node.number("epsilon", 1e-5f);
  const std::vector<float>&scale = needed(node, inputs, 1).floats,
        &bias = needed(node, inputs, 2).floats;
  if (made.dims.size() < 3 || scale.size() != std::size_t(made.dims[1]) ||
      bias.size() != scale.size()) {
    node.fail("expected a scale and a bias for each channel");
  }
  const auto count = std::size_t(num_elements(OnnxDims(made.dims.begin() + 2, made.dims.end())));
  for (std::size_t i = 0; count > 0 && i < made.floats.size() / count; ++i) {
    standardise(&made.floats[i * count], count, epsilon);
    const std::size_t c = i % scale.size();
    for (std::size_t j = 0; j < count; ++j) {
      float& value = made.floats[i * count + j];
      value = value * scale[c] + bias[c];
    }
  }
  return {std::move(made)};
}

Tensors batch_norm(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("momentum");
  node.flag("spatial", true);
  if (node.flag("training_mode")) node.fail("is in training mode");
  OnnxTensor made = needed(node, inputs, 0);
  const float epsilon = node.number("epsilon", 1e-5f);
  const std::int64_t channels = made.dims.size() < 2 ? 0 : made.dims[1];
  for (std::size_t i = 1; i < 5; ++i) {
    if (needed(node, inputs, i).dims != OnnxDims{channels} || !inputs[i]->is_floating()) {
      node.fail("expected four numbers for each channel");
    }
  }
  const auto count = std::size_t(num_elements(OnnxDims(made.dims.begin() + 2, made.dims.end())));
  for (std::size_t i = 0; i < made.floats.size(); ++i) {
    const std::size_t c = i / count % std::size_t(channels);
    made.floats[i] = (made.floats[i] - inputs[3]->floats[c]) /
                         std::sqrt(inputs[4]->floats[c] + epsilon) * inputs[1]->floats[c] +
                     inputs[2]->floats[c];
  }
  return {std::move(made)};
}

Tensors layer_norm(const OnnxNode& node, const OnnxInputs& inputs) {
  node.ignore("stash_type");
  OnnxTensor made = needed(node, inputs, 0);
  const float epsilon = node.number("epsilon", 1e-5f);
  const int axis = node.axis("axis", -1, int(made.dims.size()));
  const OnnxDims inner(made.dims.begin() + axis, made.dims.end());
  const auto count = std::size_t(num_elements(inner));
  const auto scale = broadcast_places(needed(node, inputs, 1).dims, inner);
  for (std::size_t i = 0; count > 0 && i < made.floats.size() / count; ++i) {
    standardise(&made.floats[i * count], count, epsilon);
    for (std::size_t j = 0; j < count; ++j) {
      float& value = made.floats[i * count + j];
      value *= inputs[1]->floats.at(std::size_t(scale[j]));
      if (is_given(inputs, 2)) value += inputs[2]->floats.at(std::size_t(scale[j]));
    }
  }
  return {std::move(made)};
}

}  // namespace

OnnxEvaluations reduction_evaluations() {
  OnnxEvaluations made = reductions();
  made["Softmax"] = softmax;
  made["LogSoftmax"] = log_softmax;
  made["ArgMax"] = made["ArgMin"] = extreme;
  made["CumSum"] = running_sum;
  made["LpNormalization"] = unit_length;
  made["MatMul"] = product;
  made["InstanceNormalization"] = instance_norm;
  made["LayerNormalization"] = layer_norm;
  made["BatchNormalization"] = batch_norm;
  return made;
}

}  // namespace escalate
