#include <fmt/format.h>

#include <algorithm>

#include "workloads/layer_rules.h"
#include "workloads/onnx/lowering.h"
#include "workloads/onnx/operators/normalization.h"
#include "workloads/onnx/operators/window.h"

namespace escalate {
namespace {

bool is_padded(const Window& window) {
  return window.pad_top != 0 || window.pad_left != 0 || window.pad_bottom != 0 ||
         window.pad_right != 0;
}

bool pads_too_much(const Window& window) {
  return std::max(window.pad_top, window.pad_bottom) >= window.r ||
         std::max(window.pad_left, window.pad_right) >= window.s;
}

// Whether fill around a map may be padding of the pool's own: it is never the largest, or it
// counts.
bool takes_over(const OnnxNetwork& network, const PaddedMap& in, const Node& pool, int h, int w) {
  constexpr float kLowest = -1e30f;  // what files write for the least of all values
  const Window own = pool.window;
  if (pool.op == OpKind::kMaxPool) {
    const bool never = in.fill <= kLowest ||
                       (in.fill == 0 && !signed_outputs(network.graph())[std::size_t(in.node)]);
    if (!never) return false;
  } else if (in.fill != 0 || (is_padded(own) && !pool.count_include_pad)) {
    return false;
  }
  Window whole = own;
  whole.pad_top += in.sides[0];
  whole.pad_left += in.sides[1];
  whole.pad_bottom += in.sides[2];
  whole.pad_right += in.sides[3];
  const Shape shape = network.shape(in.node);
  return !pads_too_much(whole) && own.out_h(h) == whole.out_h(shape.h) &&
         own.out_w(w) == whole.out_w(shape.w);
}

void pool(OnnxNetwork& network, const OnnxNode& node) {
  const bool is_max = node.op() == "MaxPool";
  OnnxView view = network.view(node, 0);
  const std::vector<int> order = network.take_channel_order(view);
  Node made = OnnxNetwork::layer(is_max ? OpKind::kMaxPool : OpKind::kAvgPool, {});
  if (view.rank() < 3) node.fail("reads a vector; expected a map");
  const int h = view.rank() == 4 ? view.extent(2) : 1, w = view.extent(view.rank() - 1);
  made.window = window_of(node, {}, view.rank(), h, w);
  if (made.window.is_dilated()) node.fail("is dilated; expected dilations of 1");
  made.window.ceil_mode = node.flag("ceil_mode");
  if (made.window.ceil_mode && node.text("auto_pad", "NOTSET") == "VALID") {
    node.fail("has both ceil_mode and an auto_pad of VALID, whose rounding is not agreed upon");
  }
  made.count_include_pad = !is_max && node.flag("count_include_pad");
  node.flag("storage_order");  // concerns the indices alone
  const PaddedMap in = network.padded_map(node, view);
  if (in.any() && takes_over(network, in, made, h, w)) {
    add_sides(node, in.sides, made.window);
    if (!is_max) made.count_include_pad = true;
    made.inputs = {in.node};
  } else {
    made.inputs = {in.any() ? network.map(node, view) : in.node};
  }
  network.finish(node, network.add(node, std::move(made)), view.rank(), order);
}

enum class Reduction { kMean, kSum, kMax };

// Axes of a map that are reduced, those of one element too.
struct Reduced {
  bool channels = false, rows = false, columns = false;
};

Reduced reduced_axes(const std::vector<bool>& reduced, const std::vector<int>& axes,
                     const Shape& shape) {
  Reduced made{false, shape.h == 1, shape.w == 1};
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i]) continue;
    made.channels = made.channels || (axes[i] == 0 && shape.c > 1);
    made.rows = made.rows || axes[i] == 1;
    made.columns = made.columns || axes[i] == 2;
  }
  return made;
}

// The layer of a mean or maximum over rows and columns, or of the sum over both.
int pooled(OnnxNetwork& network, const OnnxNode& node, int from, const Reduced& over, Reduction how,
           const std::string& tail) {
  const Shape shape = network.shape(from);
  const bool is_max = how == Reduction::kMax;
  Node made = OnnxNetwork::layer(
      how == Reduction::kSum ? OpKind::kGlobalSum : OpKind::kGlobalAvgPool, {from});
  if (is_max || !(over.rows && over.columns)) {
    made.op = is_max ? OpKind::kMaxPool : OpKind::kAvgPool;
    made.window.r = over.rows ? shape.h : 1;
    made.window.s = over.columns ? shape.w : 1;
  }
  return network.add(node, std::move(made), tail);
}

void finish_reduced(OnnxNetwork& network, const OnnxNode& node, const std::vector<bool>& reduced,
                    bool keeps, Reduction how) {
  OnnxView view = network.without_fill(node, network.view(node, 0));
  const std::vector<int> order = network.take_channel_order(view);
  auto axes = view.axes(network.shape(view.node));
  if (!axes) {
    view = network.whole_of(node, network.map(node, view), view);
    axes = view.axes(network.shape(view.node));
  }
  const Shape shape = network.shape(view.node);
  const Reduced over = reduced_axes(reduced, *axes, shape);
  if (over.channels && network.in_order) node.fail("reduces channels; expected height and width");
  int layer = view.node;
  const bool positions = (over.rows && shape.h > 1) || (over.columns && shape.w > 1);
  if (over.channels && how == Reduction::kMax) layer = channel_maximum(network, node, layer);
  if (over.channels && how != Reduction::kMax) {
    const float factor = how == Reduction::kMean ? 1 / float(shape.c) : 1.0f;
    layer = channel_sum(network, node, layer, factor, positions ? "channels" : "");
  }
  if (positions || !over.channels) {
    layer = pooled(network, node, layer, over, how, "");
  }
  OnnxView result = OnnxView::ordered(layer, network.shape(layer), *axes, node.name());
  if (!over.channels) network.give_channel_order(result, order);
  for (std::size_t i = reduced.size(); i-- > 0 && !keeps;) {
    if (reduced[i]) result.dims.erase(result.dims.begin() + std::ptrdiff_t(i));
  }
  if (how == Reduction::kSum && positions && !(over.rows && over.columns)) {
    const float count = float(over.rows ? shape.h : shape.w);
    return finish_affine(network, node, result, {count}, {0},
                         PointwiseFunction::binary(PointwiseFunction::Op::kMul, {},
                                                   PointwiseFunction::constant(count)));
  }
  network.define(node.output(), std::move(result));
}

void global_pool(OnnxNetwork& network, const OnnxNode& node) {
  const std::size_t rank = network.view(node, 0).rank();
  if (rank != 3 && rank != 4) node.fail("reads a vector; expected a map");
  std::vector<bool> reduced(rank, true);
  reduced[0] = reduced[1] = false;
  const OnnxView view = network.view(node, 0);
  if (view.extent(0) != 1) node.fail("reads several images");
  finish_reduced(network, node, reduced, true,
                 node.op() == "GlobalMaxPool" ? Reduction::kMax : Reduction::kMean);
}

void reduce(OnnxNetwork& network, const OnnxNode& node) {
  const OnnxView view = network.view(node, 0);
  OnnxDims axes = node.longs("axes", {});
  if (node.has_input(1)) axes = network.constant(node, 1, "axes").integers;
  node.flag("noop_with_empty_axes");  // without axes it is refused
  const bool keeps = node.flag("keepdims", true);
  std::vector<bool> reduced(view.rank(), false);
  for (const std::int64_t axis : axes) {
    reduced[std::size_t(node.axis_of(axis, int(view.rank())))] = true;
  }
  if (node.images() > 1 && !reduced.empty() && reduced[0]) node.fail("reduces several images");
  if (axes.empty()) node.fail("reduces the whole value; expected height and width");
  const bool is_sum = node.op() == "ReduceSum";
  finish_reduced(network, node, reduced, keeps,
                 is_sum                     ? Reduction::kSum
                 : node.op() == "ReduceMax" ? Reduction::kMax
                                            : Reduction::kMean);
}

}  // namespace

OnnxLowerings pooling_lowerings() {
  return {{"MaxPool", pool},
          {"AveragePool", pool},
          {"GlobalAveragePool", global_pool},
          {"GlobalMaxPool", global_pool},
          {"ReduceMean", reduce},
          {"ReduceSum", reduce},
          {"ReduceMax", reduce}};
}

}  // namespace escalate
