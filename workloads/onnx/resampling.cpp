#include "workloads/onnx/resampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/error.h"
#include "workloads/graph.h"

namespace escalate {
namespace {

// Without the attributes that opset 11 brought.
bool is_early(const OnnxNode& node) { return node.op() == "Upsample" || node.opset() < 11; }

std::vector<int> axes_of(const OnnxNode& node, int rank) {
  std::vector<int> axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  if (!node.has("axes")) return axes;
  axes.clear();
  for (const std::int64_t axis : node.longs("axes", {})) {
    axes.push_back(node.axis_of(axis, rank));
    if (std::count(axes.begin(), axes.end(), axes.back()) > 1) {
      node.fail(fmt::format("names axis {} twice", axes.back()));
    }
  }
  return axes;
}

// Places in the input as real numbers.
std::vector<double> real_places(const OnnxNode& node, int extent, int length, double scale) {
  const std::string mode =
      is_early(node) ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
  const float s = float(scale);
  std::vector<double> places;
  for (int i = 0; i < length; ++i) {
    const float x = float(i);
    if (mode == "half_pixel" || (mode == "pytorch_half_pixel" && length > 1)) {
      places.push_back(double((x + 0.5f) / s - 0.5f));
    } else if (mode == "pytorch_half_pixel") {
      places.push_back(0);
    } else if (mode == "asymmetric") {
      places.push_back(double(x / s));
    } else if (mode == "tf_half_pixel_for_nn") {
      places.push_back(double((x + 0.5f) / s));
    } else if (mode == "align_corners") {
      places.push_back(length == 1 ? 0 : double(x * float(extent - 1) / float(length - 1)));
    } else if (mode == "half_pixel_symmetric") {
      const float share = float(length) / (s * float(extent));
      places.push_back(double(float(extent) / 2 * (1 - share) + (x + 0.5f) / s - 0.5f));
    } else {
      node.fail("has coordinate_transformation_mode " + mode);
    }
  }
  return places;
}

int nearest(const OnnxNode& node, double place, bool shrinks) {
  if (is_early(node)) {
    return int(shrinks ? std::ceil(place) : std::floor(place));
  }
  const std::string mode = node.text("nearest_mode", "round_prefer_floor");
  if (mode == "floor") return int(std::floor(place));
  if (mode == "ceil") return int(std::ceil(place));
  if (mode == "round_prefer_ceil") return int(std::floor(place + 0.5));
  if (mode == "round_prefer_floor") return int(std::ceil(place - 0.5));
  node.fail("has nearest_mode " + mode);
}

using Taps = std::vector<Tap>;

Taps linear_taps(double place, int extent) {
  place = std::clamp(place, 0.0, double(extent - 1));
  const int below = int(place);
  const auto share = float(place - below);
  return {{below, 1 - share}, {std::min(below + 1, extent - 1), share}};
}

// The kernels of both modes at a distance from their middle.
float linear_kernel(float x) { return std::max(0.0f, 1 - std::abs(x)); }
float cubic_kernel(float x, float a) {
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0.0f;
}

void normalise(Taps& taps) {
  float sum = 0;
  for (const Tap& tap : taps) sum += tap.weight;
  for (Tap& tap : taps) tap.weight /= sum;
}

// A kernel of that reach, as much wider as `scale` is below 1. Values beyond the edge are those of
// the edge, or left out.
template <class Kernel>
Taps taps_around(double place, int extent, double scale, int reach, bool leaves_out,
                 const Kernel& kernel) {
  const double middle = std::floor(place);
  const int first = int(std::floor(-reach / scale)) + 1;
  Taps taps;
  for (int i = first; i <= 1 - first; ++i) {
    const double at = middle + i;
    if (leaves_out && (at < 0 || at >= extent)) continue;
    taps.push_back(
        {int(std::clamp(at, 0.0, double(extent - 1))), kernel(float((at - place) * scale))});
  }
  normalise(taps);
  return taps;
}

// What the attributes of the other modes say is nothing to this one.
void ignore_others(const OnnxNode& node, bool is_cubic) {
  node.ignore("nearest_mode");
  node.ignore("extrapolation_value");
  if (!is_cubic) node.ignore("cubic_coeff_a");
}

}  // namespace

ResizeSizes resize_sizes(const OnnxNode& node, const OnnxDims& dims, const OnnxInputs& inputs) {
  const auto has = [&](std::size_t i) { return i < inputs.size() && inputs[i] != nullptr; };
  const bool early = is_early(node);
  std::vector<float> scales;
  OnnxDims sizes;
  const std::size_t at = early ? 1 : 2;
  if (const auto* given = node.find("scales")) {
    scales.assign(given->floats().begin(), given->floats().end());
  } else if (has(at) && inputs[at]->size() > 0) {
    scales = inputs[at]->floats;
  } else if (!early && has(3)) {
    sizes = inputs[3]->integers;
  }
  const std::vector<int> axes = axes_of(node, int(dims.size()));
  if (node.text("keep_aspect_ratio_policy", "stretch") != "stretch") {
    node.fail("keeps the aspect ratio; expected keep_aspect_ratio_policy stretch");
  }
  if (std::max(scales.size(), sizes.size()) != axes.size()) {
    node.fail("expected a constant scale or size for each axis");
  }
  ResizeSizes made{dims, std::vector<double>(dims.size(), 1)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = std::size_t(axes[i]);
    const double scale =
        scales.empty() ? double(float(sizes[i]) / float(dims[axis])) : double(scales[i]);
    const double length =
        scales.empty() ? double(sizes[i]) : std::floor(double(dims[axis]) * scale);
    if (!(length >= 1 && length <= kMostExtent) || dims[axis] < 1) {
      node.fail(fmt::format("makes {} of {} values", length, dims[axis]));
    }
    made.dims[axis] = std::int64_t(length);
    made.scales[axis] = scale;
    const bool to_corners =
        !early && node.text("coordinate_transformation_mode", "") == "align_corners";
    if (to_corners && !scales.empty() && double(dims[axis]) * scale != length) {
      node.fail("aligns corners of a size that is not whole: what it makes depends on the runtime");
    }
  }
  if (num_elements(made.dims) > kMostElements) node.fail("makes too large a tensor");
  return made;
}

std::vector<int> nearest_places(const OnnxNode& node, int extent, int length, double scale) {
  std::vector<int> made;
  for (const double place : real_places(node, extent, length, scale)) {
    made.push_back(std::clamp(nearest(node, place, scale < 1), 0, extent - 1));
  }
  return made;
}

std::vector<std::vector<Tap>> resize_taps(const OnnxNode& node, int extent, int length,
                                          double scale) {
  const std::string mode = node.text("mode", "nearest");
  const bool is_linear = mode == "linear" || mode == "bilinear", is_cubic = mode == "cubic";
  if (!is_linear && !is_cubic) {
    node.fail(fmt::format("has mode {}; expected nearest, linear or cubic", mode));
  }
  if (node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize") {
    node.fail("crops; expected another coordinate_transformation_mode");
  }
  const bool is_wide = node.flag("antialias") && scale < 1;
  const bool leaves_out = node.flag("exclude_outside");
  if (leaves_out && !is_cubic && !is_wide) node.fail("excludes what is outside in mode linear");
  ignore_others(node, is_cubic);
  const float a = is_cubic ? node.number("cubic_coeff_a", -0.75f) : 0;
  const auto cubic = [&](float x) { return cubic_kernel(x, a); };
  const double widening = is_wide ? scale : 1;
  std::vector<Taps> made;
  for (const double place : real_places(node, extent, length, scale)) {
    if (is_cubic) {
      made.push_back(taps_around(place, extent, widening, 2, leaves_out, cubic));
    } else if (is_wide) {
      made.push_back(taps_around(place, extent, widening, 1, leaves_out, linear_kernel));
    } else {
      made.push_back(linear_taps(place, extent));
    }
  }
  return made;
}

}  // namespace escalate
