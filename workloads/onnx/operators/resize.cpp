#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/error.h"
#include "workloads/onnx/lowering.h"
#include "workloads/onnx/resampling.h"

namespace escalate {
namespace {

// Two neighbours and what each counts for.
struct Blend {
  int below, above;
  float low, high;
};

constexpr std::size_t kMostBlends = 256;  // different ones along an axis

std::vector<Blend> blends(const OnnxNode& node, int extent, int length, double scale) {
  std::vector<Blend> made;
  for (const auto& taps : resize_taps(node, extent, length, scale)) {
    made.push_back({taps[0].place, taps[1].place, taps[0].weight, taps[1].weight});
  }
  return made;
}

Node select(int from, int axis, std::vector<int> places) {
  Node made = OnnxNetwork::layer(OpKind::kSelect, {from});
  (axis == 1 ? made.selection.rows : made.selection.columns) = std::move(places);
  return made;
}

// Rows or columns that share weights are sums of two selections; all of them are joined in order.
int blended(OnnxNetwork& network, const OnnxNode& node, int from, int axis,
            const std::vector<Blend>& along, bool is_last) {
  std::map<std::pair<float, float>, std::vector<int>> groups;
  for (std::size_t i = 0; i < along.size(); ++i) {
    const bool one = along[i].high == 0 || along[i].below == along[i].above;
    groups[one ? std::pair{1.0f, 0.0f} : std::pair{along[i].low, along[i].high}].push_back(int(i));
  }
  if (groups.size() > kMostBlends) {
    node.fail(fmt::format("blends neighbours in {} different ways along an axis; expected up to {}",
                          groups.size(), kMostBlends));
  }
  std::vector<int> parts, order(along.size());
  int next = 0;
  const std::string what = axis == 1 ? "rows" : "columns";
  for (const auto& [weights, members] : groups) {
    std::vector<int> below, above;
    for (const int i : members) {
      below.push_back(along[std::size_t(i)].below);
      above.push_back(along[std::size_t(i)].above);
      order[std::size_t(i)] = next++;
    }
    const bool alone = groups.size() == 1 && is_last;
    const std::string tail = fmt::format("{}{}", what, parts.size());
    int part =
        network.add(node, select(from, axis, below), alone && weights.second == 0 ? "" : tail);
    if (weights.second != 0) {
      Node sum = OnnxNetwork::layer(
          OpKind::kAdd, {part, network.add(node, select(from, axis, above), tail + ".next")});
      sum.add_factor[0] = weights.first;
      sum.add_factor[1] = weights.second;
      part = network.add(node, std::move(sum), alone ? "" : tail + ".sum");
    }
    parts.push_back(part);
  }
  if (parts.size() == 1) return parts[0];
  Node join = select(parts[0], axis, order);
  join.inputs = parts;
  join.selection.axis = axis;
  return network.add(node, std::move(join), is_last ? "" : what);
}

void linear(OnnxNetwork& network, const OnnxNode& node) {
  const std::string mode = node.text("mode", "nearest");
  if ((mode != "linear" && mode != "bilinear") || node.flag("antialias")) {
    node.fail(fmt::format("has mode {}; expected nearest or linear without antialias", mode));
  }
  const OnnxView view = network.view(node, 0);
  const ResizeSizes sizes = resize_sizes(node, view.extents(), network.constants(node));
  int layer = 0;
  std::vector<int> axes = {-1, 0, 1, 2};
  if (view.rank() == 3) axes = {-1, 0, 2};
  const auto own = view.axes(network.shape(view.node));
  if (own && view.rank() == 4) {
    axes = *own;
    layer = view.node;
  } else {
    layer = network.map(node, view);
  }
  if (axes.size() != view.rank()) node.fail("reads a vector; expected a map");
  std::vector<std::pair<int, std::vector<Blend>>> steps;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int extent = view.extent(i), length = int(sizes.dims[i]);
    if (extent == length && sizes.scales[i] == 1) continue;
    if (axes[i] < 1) node.fail("blends channels or images");
    steps.emplace_back(axes[i], blends(node, extent, length, sizes.scales[i]));
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    layer = blended(network, node, layer, steps[i].first, steps[i].second, i + 1 == steps.size());
  }
  network.define(node.output(), OnnxView::ordered(layer, network.shape(layer), axes, node.name()));
}

void resize(OnnxNetwork& network, const OnnxNode& node) {
  if (!is_movement(node)) return linear(network, node);
  OnnxView view = network.view(node, 0);
  for (const Movement& movement : movements_of(node, view.extents(), network.constants(node))) {
    ensure(view.move(movement), "picks are a view");
  }
  view.name = node.name();
  network.define(node.output(), std::move(view));
}

}  // namespace

OnnxLowerings resize_lowerings() { return {{"Resize", resize}, {"Upsample", resize}}; }

}  // namespace escalate
