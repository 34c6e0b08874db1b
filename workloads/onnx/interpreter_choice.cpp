#include <algorithm>
#include <numeric>

#include "workloads/graph.h"
#include "workloads/onnx/interpreter.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Proto = onnx::TensorProto;

Tensors top(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& tensor = needed(node, inputs, 0);
  const auto axis = std::size_t(node.axis("axis", -1, int(tensor.dims.size())));
  std::int64_t count = node.integer("k", 0);
  if (is_given(inputs, 1)) count = inputs[1]->integers.empty() ? -1 : inputs[1]->integers[0];
  const bool largest = node.flag("largest", true);
  node.flag("sorted", true);
  const std::int64_t extent = tensor.dims[axis];
  if (count < 0 || count > extent) node.fail("chooses more values than there are");
  OnnxTensor values(tensor.type, tensor.dims), places(Proto::INT64, tensor.dims);
  OnnxDims dims = tensor.dims;
  dims[axis] = count;
  values = OnnxTensor(tensor.type, dims);
  places = OnnxTensor(Proto::INT64, dims);
  const auto middle = tensor.dims.begin() + std::ptrdiff_t(axis);
  const std::int64_t inner = num_elements(OnnxDims(middle + 1, tensor.dims.end()));
  const std::int64_t outer = num_elements(OnnxDims(tensor.dims.begin(), middle));
  const std::vector<float> all = as_floats(tensor);
  std::vector<std::int64_t> order(static_cast<std::size_t>(extent));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto at = [&](std::int64_t j) { return std::size_t((o * extent + j) * inner + i); };
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return largest ? all[at(a)] > all[at(b)] : all[at(a)] < all[at(b)];
      });
      for (std::int64_t j = 0; j < count; ++j) {
        const auto to = std::size_t((o * count + j) * inner + i);
        places.integers[to] = order[std::size_t(j)];
        if (tensor.is_floating()) {
          values.floats[to] = tensor.floats[at(order[std::size_t(j)])];
        } else {
          values.integers[to] = tensor.integers[at(order[std::size_t(j)])];
        }
      }
    }
  }
  return {std::move(values), std::move(places)};
}

// A box by its corners.
struct Box {
  float low_y, low_x, high_y, high_x;
  float area() const { return (high_y - low_y) * (high_x - low_x); }
};

Box box_at(const float* v, bool by_centre) {
  if (by_centre) return {v[1] - v[3] / 2, v[0] - v[2] / 2, v[1] + v[3] / 2, v[0] + v[2] / 2};
  return {std::min(v[0], v[2]), std::min(v[1], v[3]), std::max(v[0], v[2]), std::max(v[1], v[3])};
}

float overlap(const Box& a, const Box& b) {
  const float height = std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y);
  const float width = std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x);
  if (height <= 0 || width <= 0) return 0;
  const float both = height * width;
  return both / (a.area() + b.area() - both);
}

Tensors suppress(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor &boxes = needed(node, inputs, 0), &scores = needed(node, inputs, 1);
  const bool by_centre = node.flag("center_point_box");
  if (boxes.dims.size() != 3 || scores.dims.size() != 3 || boxes.dims[2] != 4 ||
      boxes.dims[0] != scores.dims[0] || boxes.dims[1] != scores.dims[2]) {
    node.fail("expected boxes [N, B, 4] and scores [N, C, B]");
  }
  const auto number = [&](std::size_t i, float otherwise) {
    return is_given(inputs, i) && inputs[i]->floats.size() == 1 ? inputs[i]->floats[0] : otherwise;
  };
  std::int64_t most = 0;
  if (is_given(inputs, 2) && inputs[2]->integers.size() == 1) most = inputs[2]->integers[0];
  const float most_overlap = number(3, 0), least_score = number(4, -1e38f);
  const std::int64_t count = boxes.dims[1], classes = scores.dims[1];
  std::vector<std::int64_t> chosen;
  for (std::int64_t n = 0; n < boxes.dims[0]; ++n) {
    for (std::int64_t c = 0; c < classes; ++c) {
      const float* score = scores.floats.data() + (n * classes + c) * count;
      std::vector<std::int64_t> order;
      for (std::int64_t i = 0; i < count; ++i) {
        if (score[i] > least_score) order.push_back(i);
      }
      std::stable_sort(order.begin(), order.end(),
                       [&](std::int64_t a, std::int64_t b) { return score[a] > score[b]; });
      std::vector<Box> kept;
      for (const std::int64_t i : order) {
        if (std::int64_t(kept.size()) >= most) break;
        const Box box = box_at(&boxes.floats[std::size_t((n * count + i) * 4)], by_centre);
        const bool hidden = std::any_of(kept.begin(), kept.end(), [&](const Box& other) {
          return overlap(box, other) > most_overlap;
        });
        if (hidden) continue;
        kept.push_back(box);
        chosen.insert(chosen.end(), {n, c, i});
      }
    }
  }
  const auto rows = std::int64_t(chosen.size()) / 3;
  return {OnnxTensor::of_integers({rows, 3}, std::move(chosen))};
}

}  // namespace

OnnxEvaluations choice_evaluations() {
  OnnxEvaluations made;
  made["TopK"] = top;
  made["NonMaxSuppression"] = suppress;
  return made;
}

}  // namespace escalate
