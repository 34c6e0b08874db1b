#include "workloads/onnx/movement_steps.h"

namespace escalate {
namespace {

using Kind = MovementStep::Kind;

// Copies `tensor` along one axis in another order.
template <class T>
std::vector<T> picked(const std::vector<T>& values, const OnnxDims& dims, int axis,
                      const std::vector<int>& picks, T fill) {
  const auto middle = dims.begin() + axis;
  const std::int64_t outer = num_elements(OnnxDims(dims.begin(), middle));
  const std::int64_t inner = num_elements(OnnxDims(middle + 1, dims.end()));
  std::vector<T> made;
  made.reserve(std::size_t(outer * inner) * picks.size());
  for (std::int64_t i = 0; i < outer; ++i) {
    for (const int place : picks) {
      if (place == MovementStep::kFill) {
        made.insert(made.end(), std::size_t(inner), fill);
      } else {
        const auto begin = values.begin() + (i * *middle + place) * inner;
        made.insert(made.end(), begin, begin + inner);
      }
    }
  }
  return made;
}

template <class T>
std::vector<T> permuted(const std::vector<T>& values, const OnnxDims& dims,
                        const std::vector<int>& order) {
  std::vector<T> made;
  made.reserve(values.size());
  if (values.empty()) return made;
  const std::size_t rank = dims.size();
  std::vector<std::int64_t> strides(rank, 1), step(rank), extent(rank), at(rank, 0);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  for (std::size_t i = 0; i < rank; ++i) {
    step[i] = strides[std::size_t(order[i])];
    extent[i] = dims[std::size_t(order[i])];
  }
  std::int64_t place = 0;
  while (made.size() < values.size()) {
    made.push_back(values[std::size_t(place)]);
    for (std::size_t i = rank; i-- > 0;) {
      place += step[i];
      if (++at[i] < extent[i]) break;
      place -= step[i] * extent[i];
      at[i] = 0;
    }
  }
  return made;
}

void take_step(OnnxTensor& tensor, const MovementStep& step, float fill) {
  switch (step.kind) {
    case Kind::kReshape:
      tensor.dims = step.dims;
      return;
    case Kind::kPermute: {
      tensor.floats = permuted(tensor.floats, tensor.dims, step.permutation);
      tensor.integers = permuted(tensor.integers, tensor.dims, step.permutation);
      OnnxDims dims;
      for (const int axis : step.permutation) dims.push_back(tensor.dims[std::size_t(axis)]);
      tensor.dims = dims;
      return;
    }
    case Kind::kPick:
      if (tensor.is_floating()) {
        tensor.floats = picked(tensor.floats, tensor.dims, step.axis, step.picks, fill);
      } else {
        tensor.integers =
            picked(tensor.integers, tensor.dims, step.axis, step.picks, std::int64_t(fill));
      }
      tensor.dims[std::size_t(step.axis)] = std::int64_t(step.picks.size());
      return;
  }
}

}  // namespace

OnnxDims dims_after(OnnxDims dims, const Movement& movement) {
  for (const MovementStep& step : movement.steps) {
    const OnnxDims before = dims;
    switch (step.kind) {
      case Kind::kReshape:
        dims = step.dims;
        break;
      case Kind::kPermute:
        for (std::size_t i = 0; i < dims.size(); ++i) {
          dims[i] = before[std::size_t(step.permutation[i])];
        }
        break;
      case Kind::kPick:
        dims[std::size_t(step.axis)] = std::int64_t(step.picks.size());
        break;
    }
  }
  return dims;
}

OnnxTensor moved(const OnnxTensor& tensor, const Movement& movement) {
  OnnxTensor made = tensor;
  for (const MovementStep& step : movement.steps) take_step(made, step, movement.fill);
  return made;
}

}  // namespace escalate
