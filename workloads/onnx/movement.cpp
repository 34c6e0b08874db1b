#include "workloads/onnx/movement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "common/error.h"
#include "workloads/graph.h"
#include "workloads/onnx/resampling.h"

namespace escalate {
namespace {

constexpr std::int64_t kMostRepeated = 1 << 26;  // elements, of what repeats values

MovementStep reshape_to(OnnxDims dims) {
  MovementStep step;
  step.dims = std::move(dims);
  return step;
}

MovementStep permute(std::vector<int> permutation) {
  MovementStep step;
  step.kind = MovementStep::Kind::kPermute;
  step.permutation = std::move(permutation);
  return step;
}

MovementStep pick(int axis, std::vector<int> picks) {
  MovementStep step;
  step.kind = MovementStep::Kind::kPick;
  step.axis = axis;
  step.picks = std::move(picks);
  return step;
}

// What all handlers below are given.
struct Moving {
  const OnnxNode& node;
  const OnnxDims& dims;
  const OnnxInputs& inputs;

  int rank() const { return int(dims.size()); }
  int extent(int axis) const { return int(dims[std::size_t(axis)]); }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  /// An attribute of early opsets, or a constant input of later ones.
  OnnxDims numbers(const char* attribute, std::size_t i, OnnxDims otherwise = {}) const {
    if (has(i)) {
      if (inputs[i]->is_floating())
        node.fail(fmt::format("its {} are no whole numbers", attribute));
      return inputs[i]->integers;
    }
    return node.longs(attribute, std::move(otherwise));
  }
  std::vector<int> axes(const OnnxDims& given) const {
    std::vector<int> found;
    for (const std::int64_t axis : given) {
      found.push_back(node.axis_of(axis, rank()));
      if (std::count(found.begin(), found.end(), found.back()) > 1) {
        node.fail(fmt::format("names axis {} twice", found.back()));
      }
    }
    return found;
  }
};

std::vector<int> iota(int count, int begin = 0, int step = 1) {
  std::vector<int> values;
  values.reserve(std::size_t(count));
  for (int i = 0; i < count; ++i) values.push_back(begin + i * step);
  return values;
}

Movement of_steps(std::vector<MovementStep> steps) { return {std::move(steps), 0}; }

// Sizes that a Reshape gives to `count` values.
OnnxDims reshaped(const Moving& moving, OnnxDims shape) {
  const OnnxNode& node = moving.node;
  const bool copies = !node.flag("allowzero");
  const std::int64_t count = num_elements(moving.dims);
  if (std::count(shape.begin(), shape.end(), -1) > 1) node.fail("has two sizes of -1");
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && copies && i < moving.dims.size()) shape[i] = moving.dims[i];
    if (shape[i] < -1) node.fail(fmt::format("has a size of {}", shape[i]));
  }
  const auto product_of = [](const OnnxDims& dims) {
    std::int64_t product = 1;
    for (const std::int64_t extent : dims) {
      if (extent != -1) product = num_elements({product, extent});
    }
    return product;
  };
  // The file names its number of images; here each is by itself.
  if (!shape.empty() && node.images() > 1 && shape[0] == node.images()) {
    const bool open = std::count(shape.begin(), shape.end(), -1) > 0;
    if (open || product_of(shape) == node.images() * count) shape[0] = 1;
  }
  const std::int64_t known = product_of(shape);
  for (std::int64_t& extent : shape) {
    if (extent == -1) extent = known == 0 ? 0 : count / known;
  }
  if (num_elements(shape) != count) {
    node.fail(
        fmt::format("makes [{}] of [{}]", fmt::join(shape, ", "), fmt::join(moving.dims, ", ")));
  }
  if (node.images() > 1 && !moving.dims.empty() && moving.dims[0] == 1 &&
      (shape.empty() || shape[0] != 1)) {
    node.fail("joins or splits images; expected a reshape of each");
  }
  return shape;
}

std::vector<Movement> reshape(const Moving& moving) {
  if (!moving.has(1)) moving.node.fail("its shape must be a constant");
  return {of_steps({reshape_to(reshaped(moving, moving.inputs[1]->integers))})};
}

std::vector<Movement> flatten(const Moving& moving) {
  std::int64_t axis = moving.node.integer("axis", 1);
  if (axis < -moving.rank() || axis > moving.rank()) {
    moving.node.fail(
        fmt::format("has axis {}; expected {} to {}", axis, -moving.rank(), moving.rank()));
  }
  if (axis < 0) axis += moving.rank();
  const auto middle = moving.dims.begin() + axis;
  return {of_steps({reshape_to({num_elements(OnnxDims(moving.dims.begin(), middle)),
                                num_elements(OnnxDims(middle, moving.dims.end()))})})};
}

std::vector<Movement> squeeze(const Moving& moving) {
  const std::vector<int> axes = moving.axes(moving.numbers("axes", 1));
  const bool all = axes.empty();
  OnnxDims dims;
  for (int i = 0; i < moving.rank(); ++i) {
    const bool named = std::count(axes.begin(), axes.end(), i) > 0;
    if (named && moving.extent(i) != 1) {
      moving.node.fail(fmt::format("removes axis {}, which has {} values", i, moving.extent(i)));
    }
    if (!named && !(all && moving.extent(i) == 1)) dims.push_back(moving.extent(i));
  }
  return {of_steps({reshape_to(dims)})};
}

std::vector<Movement> unsqueeze(const Moving& moving) {
  const OnnxDims given = moving.numbers("axes", 1);
  const int rank = moving.rank() + int(given.size());
  std::vector<bool> added(std::size_t(rank), false);
  for (const std::int64_t value : given) {
    const auto axis = std::size_t(moving.node.axis_of(value, rank));
    if (added[axis]) moving.node.fail(fmt::format("names axis {} twice", axis));
    added[axis] = true;
  }
  OnnxDims dims;
  std::size_t next = 0;
  for (const bool is_new : added) dims.push_back(is_new ? 1 : moving.dims[next++]);
  return {of_steps({reshape_to(dims)})};
}

std::vector<Movement> transpose(const Moving& moving) {
  std::vector<int> order = iota(moving.rank(), moving.rank() - 1, -1);
  order = moving.node.integers("perm", order);
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != iota(moving.rank())) {
    moving.node.fail(fmt::format("its perm is no order of {} axes", moving.rank()));
  }
  return {of_steps({permute(order)})};
}

std::vector<int> sliced(const Moving& moving, int extent, std::int64_t begin, std::int64_t end,
                        std::int64_t step) {
  if (step == 0) moving.node.fail("has a step of 0");
  const auto bound = [&](std::int64_t value) {
    if (value < 0) value = std::max<std::int64_t>(value, -std::int64_t{extent} - 1) + extent;
    return step > 0 ? std::clamp<std::int64_t>(value, 0, extent)
                    : std::clamp<std::int64_t>(value, -1, extent - 1);
  };
  step = std::clamp<std::int64_t>(step, -kMostExtent, kMostElements);
  std::vector<int> picks;
  const std::int64_t last = bound(end);
  for (std::int64_t i = bound(begin); step > 0 ? i < last : i > last; i += step) {
    picks.push_back(int(i));
  }
  return picks;
}

std::vector<Movement> slice(const Moving& moving) {
  const OnnxDims begins = moving.numbers("starts", 1), ends = moving.numbers("ends", 2);
  OnnxDims all(begins.size());
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int> axes = moving.axes(moving.numbers("axes", 3, all));
  const OnnxDims steps = moving.has(4) ? moving.numbers("steps", 4) : OnnxDims(begins.size(), 1);
  if (ends.size() != begins.size() || axes.size() != begins.size() ||
      steps.size() != begins.size()) {
    moving.node.fail("its starts, ends, axes and steps differ in number");
  }
  Movement made;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int extent = moving.extent(axes[i]);
    std::vector<int> picks = sliced(moving, extent, begins[i], ends[i], steps[i]);
    if (picks != iota(extent)) made.steps.push_back(pick(axes[i], std::move(picks)));
  }
  return {made};
}

std::vector<Movement> split(const Moving& moving) {
  const int axis = moving.node.axis("axis", 0, moving.rank());
  const auto outputs = std::int64_t(moving.node.num_outputs());
  const std::int64_t extent = moving.extent(axis);
  OnnxDims parts = moving.numbers("split", 1);
  if (parts.empty()) {
    const std::int64_t number = moving.node.integer("num_outputs", outputs);
    const bool uneven = moving.node.has("num_outputs");
    if (number != outputs || number < 1 || (!uneven && extent % number != 0)) {
      moving.node.fail(fmt::format("splits {} values into {} parts", extent, number));
    }
    const std::int64_t part = (extent + number - 1) / number;
    for (std::int64_t i = 0; i < number; ++i) {
      parts.push_back(std::max<std::int64_t>(0, std::min(part, extent - i * part)));
    }
  }
  const bool negative = std::any_of(parts.begin(), parts.end(), [](auto part) { return part < 0; });
  if (negative || std::int64_t(parts.size()) != outputs ||
      std::accumulate(parts.begin(), parts.end(), std::int64_t{0}) != extent) {
    moving.node.fail(fmt::format("splits {} values into [{}], {} outputs", extent,
                                 fmt::join(parts, ", "), outputs));
  }
  std::vector<Movement> made;
  int begin = 0;
  for (const std::int64_t part : parts) {
    made.push_back(of_steps({pick(axis, iota(int(part), begin))}));
    begin += int(part);
  }
  return made;
}

std::vector<Movement> gather(const Moving& moving) {
  const int axis = moving.node.axis("axis", 0, moving.rank());
  if (!moving.has(1)) moving.node.fail("its indices must be a constant");
  const OnnxTensor& indices = *moving.inputs[1];
  std::vector<int> picks;
  for (std::int64_t index : indices.integers) {
    if (index < 0) index += moving.extent(axis);
    if (index < 0 || index >= moving.extent(axis)) moving.node.fail("an index is out of range");
    picks.push_back(int(index));
  }
  OnnxDims dims(moving.dims.begin(), moving.dims.begin() + axis);
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), moving.dims.begin() + axis + 1, moving.dims.end());
  return {of_steps({pick(axis, picks), reshape_to(dims)})};
}

std::vector<int> padded(const Moving& moving, const std::string& mode, int extent,
                        std::int64_t before, std::int64_t after) {
  if (before > kMostExtent || after > kMostExtent || extent + before + after < 0) {
    moving.node.fail(fmt::format("pads {} values by {} and {}", extent, before, after));
  }
  std::vector<int> picks;
  for (std::int64_t i = -before; i < extent + after; ++i) {
    const bool inside = i >= 0 && i < extent;
    if (inside || mode == "constant") {
      picks.push_back(inside ? int(i) : MovementStep::kFill);
    } else if (mode == "edge" && extent > 0) {
      picks.push_back(int(std::clamp<std::int64_t>(i, 0, extent - 1)));
    } else if (mode == "reflect" && std::max(before, after) < extent) {
      picks.push_back(int(i < 0 ? -i : 2 * (std::int64_t{extent} - 1) - i));
    } else if (mode == "wrap" && extent > 0) {
      picks.push_back(int(((i % extent) + extent) % extent));
    } else {
      moving.node.fail(
          fmt::format("pads {} values by {} and {} in mode {}", extent, before, after, mode));
    }
  }
  return picks;
}

std::vector<Movement> pad(const Moving& moving) {
  const std::string mode = moving.node.text("mode", "constant");
  const OnnxDims pads = moving.numbers("pads", 1);
  std::vector<int> axes = iota(moving.rank());
  if (moving.has(3)) axes = moving.axes(moving.inputs[3]->integers);
  if (pads.size() != 2 * axes.size()) {
    moving.node.fail(
        fmt::format("has {} paddings; expected {}, two a dimension", pads.size(), 2 * axes.size()));
  }
  Movement made;
  made.fill = moving.node.number("value", 0);
  if (moving.has(2)) {
    if (moving.inputs[2]->size() != 1) moving.node.fail("expected one number as its fill value");
    made.fill = moving.inputs[2]->is_floating() ? moving.inputs[2]->floats[0]
                                                : float(moving.inputs[2]->integers[0]);
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t before = pads[i], after = pads[i + axes.size()];
    if (before == 0 && after == 0) continue;
    made.steps.push_back(
        pick(axes[i], padded(moving, mode, moving.extent(axes[i]), before, after)));
  }
  return {made};
}

// A value repeated along the axes where the other shape has more.
std::vector<Movement> expand(const Moving& moving) {
  if (!moving.has(1)) moving.node.fail("its shape must be a constant");
  const OnnxDims& asked = moving.inputs[1]->integers;
  OnnxDims dims = moving.dims;
  if (asked.size() > dims.size()) dims.insert(dims.begin(), asked.size() - dims.size(), 1);
  Movement made = of_steps({reshape_to(dims)});
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const std::size_t axis = dims.size() - asked.size() + i;
    if (asked[i] == dims[axis] || asked[i] == 1) continue;
    if (dims[axis] != 1 || asked[i] < 0 || asked[i] > kMostElements) {
      moving.node.fail(fmt::format("expands [{}] to [{}]", fmt::join(moving.dims, ", "),
                                   fmt::join(asked, ", ")));
    }
    dims[axis] = asked[i];
    if (num_elements(dims) > kMostRepeated) moving.node.fail("makes too large a tensor");
    made.steps.push_back(pick(int(axis), std::vector<int>(std::size_t(asked[i]), 0)));
  }
  return {made};
}

std::vector<Movement> tile(const Moving& moving) {
  if (!moving.has(1)) moving.node.fail("its repeats must be a constant");
  const OnnxDims& repeats = moving.inputs[1]->integers;
  if (repeats.size() != moving.dims.size()) moving.node.fail("expected a repeat for each axis");
  Movement made;
  OnnxDims dims = moving.dims;
  for (int axis = 0; axis < moving.rank(); ++axis) {
    const std::int64_t times = repeats[std::size_t(axis)];
    dims[std::size_t(axis)] =
        times < 0 ? kMostElements + 1 : num_elements({dims[std::size_t(axis)], times});
    if (times < 0 || num_elements(dims) > kMostRepeated) {
      moving.node.fail(fmt::format("repeats [{}] [{}] times", fmt::join(moving.dims, ", "),
                                   fmt::join(repeats, ", ")));
    }
    std::vector<int> picks;
    for (std::int64_t i = 0; i < times; ++i) {
      for (int j = 0; j < moving.extent(axis); ++j) picks.push_back(j);
    }
    if (times != 1) made.steps.push_back(pick(axis, std::move(picks)));
  }
  return {made};
}

int block_of(const Moving& moving) {
  const std::int64_t block = moving.node.integer("blocksize", 0);
  if (moving.rank() != 4) moving.node.fail("expected a map [N, C, H, W]");
  if (block < 1 || block > kMostExtent) moving.node.fail(fmt::format("has blocks of {}", block));
  return int(block);
}

std::vector<Movement> depth_to_space(const Moving& moving) {
  const std::int64_t b = block_of(moving);
  const OnnxDims& d = moving.dims;
  const std::string mode = moving.node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") moving.node.fail("has mode " + mode);
  if (d[1] % (b * b) != 0)
    moving.node.fail(fmt::format("has {} channels for blocks of {}", d[1], b));
  const std::int64_t c = d[1] / (b * b);
  const bool deep = mode == "DCR";
  return {of_steps(
      {reshape_to(deep ? OnnxDims{d[0], b, b, c, d[2], d[3]} : OnnxDims{d[0], c, b, b, d[2], d[3]}),
       permute(deep ? std::vector<int>{0, 3, 4, 1, 5, 2} : std::vector<int>{0, 1, 4, 2, 5, 3}),
       reshape_to({d[0], c, d[2] * b, d[3] * b})})};
}

std::vector<Movement> space_to_depth(const Moving& moving) {
  const std::int64_t b = block_of(moving);
  const OnnxDims& d = moving.dims;
  if (d[2] % b != 0 || d[3] % b != 0) {
    moving.node.fail(fmt::format("has a {}x{} map for blocks of {}", d[2], d[3], b));
  }
  return {of_steps({reshape_to({d[0], d[1], d[2] / b, b, d[3] / b, b}), permute({0, 3, 5, 1, 2, 4}),
                    reshape_to({d[0], d[1] * b * b, d[2] / b, d[3] / b})})};
}

std::vector<Movement> nothing(const Moving& moving) {
  moving.node.ignore("ratio");
  moving.node.ignore("seed");
  if (moving.has(2) && moving.inputs[2]->integers != std::vector<std::int64_t>{0}) {
    moving.node.fail("is in training mode; expected one that drops nothing");
  }
  return {Movement{}};
}

std::vector<Movement> resize(const Moving& moving) {
  for (const char* unused : {"cubic_coeff_a", "exclude_outside", "extrapolation_value"}) {
    moving.node.ignore(unused);
  }
  moving.node.ignore("antialias");  // of linear and cubic ones
  moving.node.ignore("mode");
  moving.node.ignore("nearest_mode");
  const ResizeSizes sizes = resize_sizes(moving.node, moving.dims, moving.inputs);
  Movement made;
  for (int axis = 0; axis < moving.rank(); ++axis) {
    const int length = int(sizes.dims[std::size_t(axis)]), extent = moving.extent(axis);
    const double scale = sizes.scales[std::size_t(axis)];
    if (scale == 1 && length == extent) continue;
    std::vector<int> picks = nearest_places(moving.node, extent, length, scale);
    if (picks != iota(extent)) made.steps.push_back(pick(axis, std::move(picks)));
  }
  return {made};
}

using Handler = std::vector<Movement> (*)(const Moving&);

const std::map<std::string, Handler>& handlers() {
  static const std::map<std::string, Handler> all = {{"Reshape", reshape},
                                                     {"Flatten", flatten},
                                                     {"Squeeze", squeeze},
                                                     {"Unsqueeze", unsqueeze},
                                                     {"Transpose", transpose},
                                                     {"Slice", slice},
                                                     {"Split", split},
                                                     {"Gather", gather},
                                                     {"Pad", pad},
                                                     {"Expand", expand},
                                                     {"Tile", tile},
                                                     {"DepthToSpace", depth_to_space},
                                                     {"SpaceToDepth", space_to_depth},
                                                     {"Identity", nothing},
                                                     {"Dropout", nothing},
                                                     {"Resize", resize},
                                                     {"Upsample", resize}};
  return all;
}

}  // namespace

bool is_movement(const OnnxNode& node) {
  if (!handlers().contains(node.op())) return false;
  if (node.op() != "Resize" && node.op() != "Upsample") return true;
  return node.text("mode", "nearest") == "nearest" &&
         node.text("coordinate_transformation_mode", "") != "tf_crop_and_resize";
}

std::vector<Movement> movements_of(const OnnxNode& node, const OnnxDims& dims,
                                   const OnnxInputs& inputs) {
  return handlers().at(node.op())({node, dims, inputs});
}

}  // namespace escalate
