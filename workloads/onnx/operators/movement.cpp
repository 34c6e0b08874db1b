#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

// What a vector was before it was flattened has the same elements in the same order.
void look_behind_flatten(const OnnxNetwork& network, OnnxView& view) {
  const Node& layer = network.graph().nodes[std::size_t(view.node)];
  if (!network.is_ours && layer.op == OpKind::kFlatten) view.node = layer.inputs[0];
}

// Whether a map has become a vector of all its elements in order, which is a layer by tradition.
bool is_flattening(const OnnxNetwork& network, const OnnxNode& node, const OnnxView& before,
                   const OnnxView& view) {
  const bool reshapes = node.op() == "Flatten" || node.op() == "Reshape" || node.op() == "Squeeze";
  const bool is_layer = before.rank() == 4 || (network.is_ours && node.op() == "Flatten");
  return reshapes && is_layer && view.rank() == 2 && view.dims[0] == std::vector<int>{0} &&
         view.dims[1] == places_apart(int(network.shape(view.node).size()), 1);
}

void define_moved(OnnxNetwork& network, const OnnxNode& node, int output, const OnnxView& before,
                  OnnxView view) {
  view.name = node.num_outputs() == 1 ? node.name() : node.output(output);
  if (network.selections.contains(node.name())) {
    view = network.whole(network.select(node, view), view.rank(), node.name());
  } else if (network.pads.contains(node.name())) {
    view = network.whole(network.pad_channels(node, view), view.rank(), node.name());
  } else if (is_flattening(network, node, before, view)) {
    const int layer = network.add(node, OnnxNetwork::layer(OpKind::kFlatten, {view.node}));
    view = network.whole(layer, 2, node.name());
  }
  network.define(node.output(output), std::move(view));
}

// A file of several images leaves them where they are; here each is by itself.
void check_images(const OnnxNode& node, std::size_t rank, const Movement& movement) {
  if (node.images() < 2) return;
  bool mixes = false;
  for (const MovementStep& step : movement.steps) {
    mixes =
        mixes ||
        (step.kind == MovementStep::Kind::kReshape && (step.dims.empty() || step.dims[0] != 1)) ||
        (step.kind == MovementStep::Kind::kPermute && step.permutation[0] != 0) ||
        (step.kind == MovementStep::Kind::kPick && step.axis == 0);
  }
  if (node.op() == "Flatten") {
    const std::int64_t axis = node.integer("axis", 1);
    mixes = mixes || axis == 0 || axis == -std::int64_t(rank);
  }
  if (node.op() == "Unsqueeze") {
    const std::vector<std::int64_t> axes = node.longs("axes", {});
    mixes = mixes || std::count(axes.begin(), axes.end(), 0) > 0;
  }
  if (mixes) node.fail("joins, splits or moves images; expected each by itself");
}

void movement(OnnxNetwork& network, const OnnxNode& node) {
  OnnxView before = network.view(node, 0);
  OnnxInputs inputs = network.constants(node);
  for (int i = 1; i < node.num_inputs(); ++i) {
    if (node.has_input(i) && inputs[std::size_t(i)] == nullptr) {
      node.fail(fmt::format("its input {} must be a constant of the file", node.input(i)));
    }
  }
  if (network.composed.contains(node.name())) {
    return finish_function(network, node, before, PointwiseFunction());
  }
  if (node.op() != "Identity") look_behind_flatten(network, before);
  const std::vector<Movement> movements = movements_of(node, before.extents(), inputs);
  for (std::size_t i = 0; i < movements.size(); ++i) {
    check_images(node, before.rank(), movements[i]);
    OnnxView view = before;
    if (!view.move(movements[i])) {
      view = network.whole_of(node, network.map(node, before), before);
      if (!view.move(movements[i])) {
        node.fail("mixes rows, columns and channels as no layer does");
      }
    }
    if (!node.output(int(i)).empty()) define_moved(network, node, int(i), before, std::move(view));
  }
}

// Constants of one value, which may stand beside maps.
bool is_filled_with(const OnnxTensor& tensor, float value) {
  return std::all_of(tensor.floats.begin(), tensor.floats.end(),
                     [=](float v) { return v == value; });
}

// Zeros of a constant behind or before a map along an axis.
void join_zeros(OnnxNetwork& network, const OnnxNode& node, std::size_t axis) {
  OnnxView view;
  int before = 0, behind = 0;
  bool found = false;
  for (int i = 0; i < node.num_inputs(); ++i) {
    if (!network.is_constant(node, i)) {
      if (found) node.fail("joins maps and a constant");
      view = network.view(node, i);
      found = true;
      continue;
    }
    const OnnxTensor& zeros = network.constant(node, i, "input");
    if (!zeros.is_floating() || !is_filled_with(zeros, 0) || axis >= zeros.dims.size()) {
      node.fail("joins a map and a constant that is not of zeros");
    }
    (found ? behind : before) += node.extent("its size", zeros.dims[axis]);
  }
  Movement pad;
  MovementStep step;
  step.kind = MovementStep::Kind::kPick;
  step.axis = int(axis);
  step.picks.assign(std::size_t(before), MovementStep::kFill);
  for (int i = 0; i < view.extent(axis); ++i) step.picks.push_back(i);
  step.picks.insert(step.picks.end(), std::size_t(behind), MovementStep::kFill);
  pad.steps = {step};
  if (!view.move(pad)) node.fail("joins a padded map and zeros");
  view.name = node.name();
  network.define(node.output(), std::move(view));
}

// Joins layers along an axis of theirs: 0 channels, 1 rows, 2 columns.
int joined(OnnxNetwork& network, const OnnxNode& node, std::vector<int> layers, int axis) {
  Node made = OnnxNetwork::layer(axis == 0 ? OpKind::kConcat : OpKind::kSelect, std::move(layers));
  if (network.selections.contains(node.name()) || network.steps.contains(node.name())) {
    made.op = OpKind::kSelect;
  }
  made.selection.axis = axis;
  return network.add(node, std::move(made));
}

// Views whose layers have the same axes in the same order are joined as those are.
bool join_in_order(OnnxNetwork& network, const OnnxNode& node, const std::vector<OnnxView>& views,
                   std::size_t axis) {
  std::vector<int> order;
  for (const OnnxView& view : views) {
    const auto axes = view.axes(network.shape(view.node));
    if (!axes) return false;
    const bool decides = std::count(axes->begin(), axes->end(), -1) <= 1;
    if (order.empty() && decides) order = *axes;
  }
  if (order.size() != views[0].rank() || order[axis] < 0) return false;
  std::vector<int> layers;
  for (const OnnxView& view : views) {
    const auto whole = OnnxView::ordered(view.node, network.shape(view.node), order, "");
    if (whole.dims != view.dims) return false;
    layers.push_back(view.node);
  }
  const int layer = joined(network, node, layers, order[axis]);
  network.define(node.output(), OnnxView::ordered(layer, network.shape(layer), order, node.name()));
  return true;
}

void concat(OnnxNetwork& network, const OnnxNode& node) {
  if (!node.has("axis")) node.fail("has no axis");
  std::vector<OnnxView> views;
  bool constants = false;
  std::size_t rank = 0;
  for (int i = 0; i < node.num_inputs(); ++i) {
    if (network.is_constant(node, i)) {
      constants = true;
      continue;
    }
    views.push_back(network.view(node, i));
    if (rank != 0 && views.back().rank() != rank) node.fail("joins vectors and maps");
    rank = views.back().rank();
  }
  const int axis = node.axis("axis", 1, int(rank));
  if (constants) return join_zeros(network, node, std::size_t(axis));
  if (views.size() == 1) return network.define(node.output(), views[0]);
  if (axis == 0 && rank > 1) node.fail("joins images");
  if (!network.in_order && join_in_order(network, node, views, std::size_t(axis))) return;
  std::vector<int> layers;
  for (const OnnxView& view : views) layers.push_back(network.map(node, view));
  const int along = rank == 4 ? axis - 1 : rank == 3 && axis == 2 ? 2 : 0;
  network.finish(node, joined(network, node, layers, along), rank);
}

// All values of a network are floats.
void cast(OnnxNetwork& network, const OnnxNode& node) {
  node.ignore("saturate");
  node.ignore("round_mode");
  if (!OnnxTensor::is_floating(int(node.integer("to", 0)))) {
    node.fail("makes whole numbers; expected floats");
  }
  network.define(node.output(), network.view(node, 0));
}

}  // namespace

OnnxLowerings movement_lowerings() {
  OnnxLowerings made = {{"Concat", concat}, {"Cast", cast}};
  for (const char* op :
       {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather",
        "Pad", "Expand", "Tile", "DepthToSpace", "SpaceToDepth", "Identity", "Dropout"}) {
    made[op] = movement;
  }
  return made;
}

}  // namespace escalate
