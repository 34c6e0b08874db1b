#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/error.h"
#include "workloads/graph.h"
#include "workloads/onnx/interpreter.h"
#include "workloads/onnx/resampling.h"

namespace escalate {
namespace {

using Tensors = std::vector<OnnxTensor>;
using Proto = onnx::TensorProto;

Tensors all_moved(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& tensor = needed(node, inputs, 0);
  Tensors made;
  for (const Movement& movement : movements_of(node, tensor.dims, inputs)) {
    check_size(node, dims_after(tensor.dims, movement));
    made.push_back(moved(tensor, movement));
  }
  return made;
}

// Sums of neighbours along an axis.
OnnxTensor blended(const OnnxTensor& from, std::size_t axis,
                   const std::vector<std::vector<Tap>>& along) {
  const auto at = from.dims.begin() + std::ptrdiff_t(axis);
  const std::int64_t outer = num_elements(OnnxDims(from.dims.begin(), at));
  const std::int64_t inner = num_elements(OnnxDims(at + 1, from.dims.end()));
  OnnxTensor made = from;
  made.dims[axis] = std::int64_t(along.size());
  made.floats.assign(std::size_t(num_elements(made.dims)), 0.0f);
  auto to = made.floats.begin();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::vector<Tap>& taps : along) {
      for (const Tap& tap : taps) {
        const auto read = from.floats.begin() + (o * *at + tap.place) * inner;
        for (std::int64_t i = 0; i < inner; ++i) to[i] += tap.weight * read[i];
      }
      to += inner;
    }
  }
  return made;
}

// One axis after another.
Tensors resize(const OnnxNode& node, const OnnxInputs& inputs) {
  if (is_movement(node)) return all_moved(node, inputs);
  OnnxTensor made = needed(node, inputs, 0);
  if (!made.is_floating()) node.fail("blends whole numbers");
  const ResizeSizes sizes = resize_sizes(node, made.dims, inputs);
  check_size(node, sizes.dims);
  for (std::size_t axis = 0; axis < made.dims.size(); ++axis) {
    const int extent = int(made.dims[axis]), length = int(sizes.dims[axis]);
    if (extent == length && sizes.scales[axis] == 1) continue;
    made = blended(made, axis, resize_taps(node, extent, length, sizes.scales[axis]));
  }
  return {std::move(made)};
}

Tensors concat(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& first = needed(node, inputs, 0);
  if (!node.has("axis")) node.fail("has no axis");
  const auto axis = std::size_t(node.axis("axis", 0, int(first.dims.size())));
  OnnxTensor made = first;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    OnnxDims part = needed(node, inputs, i).dims, all = made.dims;
    if (part.size() != all.size() || inputs[i]->is_floating() != made.is_floating()) {
      node.fail("joins tensors of different ranks or types");
    }
    made.dims[axis] += part[axis];
    part[axis] = all[axis] = 0;
    if (part != all) node.fail("joins tensors of different shapes");
  }
  check_size(node, made.dims);
  const std::int64_t outer =
      num_elements(OnnxDims(made.dims.begin(), made.dims.begin() + std::ptrdiff_t(axis)));
  const auto join = [&](auto member) {
    auto& values = made.*member;
    values.clear();
    for (std::int64_t o = 0; o < outer; ++o) {
      for (const OnnxTensor* input : inputs) {
        const auto& part = input->*member;
        const auto length = std::ptrdiff_t(part.size()) / outer;
        values.insert(values.end(), part.begin() + o * length, part.begin() + (o + 1) * length);
      }
    }
  };
  if (outer > 0) made.is_floating() ? join(&OnnxTensor::floats) : join(&OnnxTensor::integers);
  return {std::move(made)};
}

Tensors shape(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxDims& dims = needed(node, inputs, 0).dims;
  const auto rank = std::int64_t(dims.size());
  const auto bound = [&](const char* name, std::int64_t otherwise) {
    const std::int64_t value = node.integer(name, otherwise);
    return std::clamp<std::int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  const std::int64_t begin = bound("start", 0), end = std::max(begin, bound("end", rank));
  return {OnnxTensor::list({dims.begin() + begin, dims.begin() + end})};
}

Tensors size(const OnnxNode& node, const OnnxInputs& inputs) {
  return {OnnxTensor::of_integers({}, {num_elements(needed(node, inputs, 0).dims)})};
}

Tensors constant_of_shape(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxDims dims = needed(node, inputs, 0).integers;
  if (std::any_of(dims.begin(), dims.end(), [](auto extent) { return extent < 0; })) {
    node.fail("has a negative size");
  }
  check_size(node, dims);
  OnnxTensor value = OnnxTensor::of_floats({1}, {0});
  if (const auto* given = node.find("value")) value = onnx_tensor(given->t());
  if (value.size() != 1) node.fail("expected one number as its value");
  OnnxTensor made(value.type, dims);
  if (made.is_floating()) {
    std::fill(made.floats.begin(), made.floats.end(), value.floats[0]);
  } else {
    std::fill(made.integers.begin(), made.integers.end(), value.integers[0]);
  }
  return {std::move(made)};
}

Tensors range(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& first = needed(node, inputs, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    if (needed(node, inputs, i).size() != 1) node.fail("expected three numbers");
  }
  const auto number = [&](std::size_t i) { return double(as_floats(*inputs[i])[0]); };
  const auto whole = [&](std::size_t i) { return double(as_integers(*inputs[i])[0]); };
  const bool floats = first.is_floating();
  const double begin = floats ? number(0) : whole(0), end = floats ? number(1) : whole(1),
               step = floats ? number(2) : whole(2);
  const double count = std::max(0.0, std::ceil((end - begin) / step));
  if (!(count <= double(kMostExtent))) node.fail("makes too many numbers");
  OnnxTensor made(first.type, {std::int64_t(count)});
  for (std::size_t i = 0; i < made.floats.size(); ++i) {
    made.floats[i] = float(begin + step * double(i));
  }
  for (std::size_t i = 0; i < made.integers.size(); ++i) {
    made.integers[i] = std::int64_t(begin + step * double(i));
  }
  return {std::move(made)};
}

Tensors constant(const OnnxNode& node, const OnnxInputs&) {
  if (const auto* value = node.find("value")) return {onnx_tensor(value->t())};
  if (const auto* value = node.find("value_int"))
    return {OnnxTensor::of_integers({}, {value->i()})};
  if (const auto* value = node.find("value_float"))
    return {OnnxTensor::of_floats({}, {value->f()})};
  if (const auto* list = node.find("value_ints")) {
    return {OnnxTensor::list({list->ints().begin(), list->ints().end()})};
  }
  if (const auto* list = node.find("value_floats")) {
    return {OnnxTensor::of_floats({list->floats_size()},
                                  {list->floats().begin(), list->floats().end()})};
  }
  node.expect_all_asked();
  node.fail("has no value");
}

// One element of another tensor.
void copy_element(const OnnxTensor& from, std::size_t at, OnnxTensor& to, std::size_t place) {
  if (from.is_floating()) {
    to.floats[place] = from.floats[at];
  } else {
    to.integers[place] = from.integers[at];
  }
}

OnnxDims strides_of(const OnnxDims& dims) {
  OnnxDims strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

std::int64_t checked(const OnnxNode& node, std::int64_t index, std::int64_t extent) {
  if (index < 0) index += extent;
  if (index < 0 || index >= extent) node.fail("an index is out of range");
  return index;
}

// Places in `data` that indices along one axis name, of which the others are those of the indices.
std::vector<std::int64_t> places_along(const OnnxNode& node, const OnnxTensor& data,
                                       const OnnxTensor& indices) {
  const auto axis = std::size_t(node.axis("axis", 0, int(data.dims.size())));
  if (indices.dims.size() != data.dims.size()) node.fail("its indices differ in rank");
  for (std::size_t i = 0; i < data.dims.size(); ++i) {
    if (i != axis && indices.dims[i] > data.dims[i]) node.fail("its indices are of another shape");
  }
  const OnnxDims strides = strides_of(data.dims);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    std::int64_t rest = i, place = 0;
    for (std::size_t d = indices.dims.size(); d-- > 0;) {
      const std::int64_t at = rest % indices.dims[d];
      rest /= indices.dims[d];
      place += strides[d] *
               (d == axis ? checked(node, indices.integers[std::size_t(i)], data.dims[axis]) : at);
    }
    places.push_back(place);
  }
  return places;
}

Tensors gather_elements(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor &data = needed(node, inputs, 0), &indices = needed(node, inputs, 1);
  OnnxTensor made(data.type, indices.dims);
  const auto places = places_along(node, data, indices);
  for (std::size_t i = 0; i < places.size(); ++i) {
    copy_element(data, std::size_t(places[i]), made, i);
  }
  return {std::move(made)};
}

Tensors scatter_elements(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor &indices = needed(node, inputs, 1), &updates = needed(node, inputs, 2);
  OnnxTensor made = needed(node, inputs, 0);
  if (node.text("reduction", "none") != "none") node.fail("combines values; expected none");
  if (updates.dims != indices.dims || updates.is_floating() != made.is_floating()) {
    node.fail("its updates are not of the shape of its indices");
  }
  const auto places = places_along(node, made, indices);
  for (std::size_t i = 0; i < places.size(); ++i) {
    copy_element(updates, i, made, std::size_t(places[i]));
  }
  return {std::move(made)};
}

// Where the parts begin that the last dimension of the indices names, and how long they are.
struct Parts {
  std::vector<std::int64_t> begins;
  std::int64_t length = 1;
  OnnxDims dims;  ///< of all of them
};

Parts parts_of(const OnnxNode& node, const OnnxTensor& data, const OnnxTensor& indices) {
  const auto depth = indices.dims.empty() ? 0 : std::size_t(indices.dims.back());
  if (depth < 1 || depth > data.dims.size()) node.fail("its indices are longer than its data");
  const OnnxDims strides = strides_of(data.dims);
  Parts parts;
  parts.dims.assign(indices.dims.begin(), indices.dims.end() - 1);
  for (std::size_t d = depth; d < data.dims.size(); ++d) {
    parts.length *= data.dims[d];
    parts.dims.push_back(data.dims[d]);
  }
  check_size(node, parts.dims);
  for (std::size_t i = 0; i < indices.integers.size(); i += depth) {
    std::int64_t begin = 0;
    for (std::size_t d = 0; d < depth; ++d) {
      begin += strides[d] * checked(node, indices.integers[i + d], data.dims[d]);
    }
    parts.begins.push_back(begin);
  }
  return parts;
}

Tensors gather_nd(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& data = needed(node, inputs, 0);
  if (node.integer("batch_dims", 0) != 0) node.fail("expected batch_dims 0");
  const Parts parts = parts_of(node, data, needed(node, inputs, 1));
  OnnxTensor made(data.type, parts.dims);
  std::size_t place = 0;
  for (const std::int64_t begin : parts.begins) {
    for (std::int64_t i = 0; i < parts.length; ++i) {
      copy_element(data, std::size_t(begin + i), made, place++);
    }
  }
  return {std::move(made)};
}

Tensors scatter_nd(const OnnxNode& node, const OnnxInputs& inputs) {
  OnnxTensor made = needed(node, inputs, 0);
  const OnnxTensor& updates = needed(node, inputs, 2);
  if (node.text("reduction", "none") != "none") node.fail("combines values; expected none");
  const Parts parts = parts_of(node, made, needed(node, inputs, 1));
  if (updates.dims != parts.dims || updates.is_floating() != made.is_floating()) {
    node.fail("its updates are of another shape than its indices name");
  }
  std::size_t place = 0;
  for (const std::int64_t begin : parts.begins) {
    for (std::int64_t i = 0; i < parts.length; ++i) {
      copy_element(updates, place++, made, std::size_t(begin + i));
    }
  }
  return {std::move(made)};
}

// Outside of training it drops nothing, and its mask says so.
Tensors dropout(const OnnxNode& node, const OnnxInputs& inputs) {
  Tensors made = all_moved(node, inputs);
  OnnxTensor mask(Proto::BOOL, made[0].dims);
  mask.integers.assign(std::size_t(num_elements(mask.dims)), 1);
  made.push_back(std::move(mask));
  return made;
}

Tensors non_zero(const OnnxNode& node, const OnnxInputs& inputs) {
  const OnnxTensor& data = needed(node, inputs, 0);
  const std::vector<float> values = as_floats(data);
  std::vector<std::vector<std::int64_t>> places(data.dims.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    auto rest = std::int64_t(i);
    for (std::size_t d = data.dims.size(); d-- > 0;) {
      places[d].push_back(rest % data.dims[d]);
      rest /= data.dims[d];
    }
  }
  OnnxTensor made(Proto::INT64, {std::int64_t(places.size()), 0});
  for (const auto& list : places) {
    made.dims[1] = std::int64_t(list.size());
    made.integers.insert(made.integers.end(), list.begin(), list.end());
  }
  return {std::move(made)};
}

}  // namespace

OnnxEvaluations movement_evaluations() {
  OnnxEvaluations made;
  for (const char* op :
       {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather",
        "Pad", "Expand", "Tile", "DepthToSpace", "SpaceToDepth", "Identity"}) {
    made[op] = all_moved;
  }
  made["Dropout"] = dropout;
  made["Resize"] = made["Upsample"] = resize;
  made["Concat"] = concat;
  made["Shape"] = shape;
  made["Size"] = size;
  made["ConstantOfShape"] = constant_of_shape;
  made["Range"] = range;
  made["Constant"] = constant;
  made["GatherElements"] = gather_elements;
  made["ScatterElements"] = scatter_elements;
  made["GatherND"] = gather_nd;
  made["ScatterND"] = scatter_nd;
  made["NonZero"] = non_zero;
  return made;
}

}  // namespace escalate
