#include "workloads/onnx/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "common/error.h"
#include "workloads/onnx/selections.h"
#include "workloads/shape_inference.h"

namespace escalate {
namespace {

using Places = std::vector<int>;

// Blocks that one change of order may take; more is no layer that a machine ought to run.
constexpr std::size_t kMostBlocks = 64;
constexpr std::size_t kMostBlocksOfTail = 16;  // the host does as well there

Places sum(const Places& a, const Places& b) {
  Places made = b;
  for (int& place : made) place = place == OnnxView::kFill ? place : place + a[0];
  return made;
}

bool is_from(const Places& places, int step) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] != int(i) * step) return false;
  }
  return true;
}

// Of a view [1, ...] each of whose dimensions runs along one axis of a layer, fill aside: the order
// in which they are channels, rows and columns. Nothing if that is another.
std::optional<std::vector<std::size_t>> order_of_axes(const OnnxView& view, const Shape& shape) {
  if (view.rank() != 4) return std::nullopt;
  const int steps[] = {shape.h * shape.w, shape.w, 1}, extents[] = {shape.c, shape.h, shape.w};
  const auto runs_along = [&](const Places& places, int axis) {
    return std::all_of(places.begin(), places.end(), [&](int place) {
      return place == OnnxView::kFill ||
             (place % steps[axis] == 0 && place / steps[axis] < extents[axis]);
    });
  };
  std::vector<std::size_t> order = {1, 2, 3};
  do {
    if (runs_along(view.dims[order[0]], 0) && runs_along(view.dims[order[1]], 1) &&
        runs_along(view.dims[order[2]], 2)) {
      order.insert(order.begin(), 0);
      return order;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return std::nullopt;
}

// Zeros around the channels of a map that is otherwise as it was.
std::optional<Node> channel_pad(const Shape& in, const std::vector<Places>& places) {
  const auto is_inside = [](int place) { return place != OnnxView::kFill; };
  const auto first = std::find_if(places[0].begin(), places[0].end(), is_inside);
  const auto last = std::find_if(places[0].rbegin(), places[0].rend(), is_inside).base();
  const bool same = places[1].size() == std::size_t(in.h) && is_from(places[1], in.w) &&
                    places[2].size() == std::size_t(in.w) && is_from(places[2], 1);
  if (!same || last - first != in.c || std::size_t(in.c) == places[0].size() ||
      !is_from(Places(first, last), in.h * in.w)) {
    return std::nullopt;
  }
  Node made = OnnxNetwork::layer(OpKind::kChannelPad, {});
  made.pad_before = int(first - places[0].begin());
  made.pad_after = int(places[0].end() - last);
  return made;
}

}  // namespace

void OnnxNetwork::begin(Node input) {
  names_.insert(input.name);
  graph_.nodes = {std::move(input)};
}

void OnnxNetwork::define(const std::string& name, OnnxTensorPointer constant) {
  constants_[name] = std::move(constant);
}

OnnxTensorPointer OnnxNetwork::find_constant(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

const OnnxView* OnnxNetwork::find_view(const std::string& name) const {
  const auto found = views_.find(name);
  return found == views_.end() ? nullptr : &found->second;
}

bool OnnxNetwork::is_constant(const OnnxNode& node, int i) const {
  return node.has_input(i) && constants_.contains(node.input(i));
}

OnnxView OnnxNetwork::view(const OnnxNode& node, int i) {
  const std::string name = node.has_input(i) ? node.input(i) : "?";
  if (const OnnxView* found = find_view(name)) {
    if (!in_order || found->has_fill() ||
        found->axes(shape(found->node)) == std::vector<int>{-1, 0, 1, 2}) {
      return *found;
    }
    return whole_of(node, map(node, *found), *found);
  }
  if (constants_.contains(name)) {
    node.fail(fmt::format("reads the constant '{}' where a map is expected", name));
  }
  node.fail(fmt::format("input {} is made by no earlier node", name));
}

const OnnxTensor& OnnxNetwork::constant(const OnnxNode& node, int i,
                                        const std::string& what) const {
  const auto found = node.has_input(i) ? find_constant(node.input(i)) : nullptr;
  if (found == nullptr) node.fail(fmt::format("its {} must be a constant of the file", what));
  return *found;
}

std::vector<float> OnnxNetwork::floats(const OnnxNode& node, int i, const std::string& what) const {
  const OnnxTensor& tensor = constant(node, i, what);
  if (!tensor.is_floating()) node.fail(fmt::format("its {} holds no floats", what));
  for (const float value : tensor.floats) {
    if (!std::isfinite(value)) {
      node.fail(fmt::format("its {} holds a value that is not finite", what));
    }
  }
  return tensor.floats;
}

OnnxInputs OnnxNetwork::constants(const OnnxNode& node) const {
  OnnxInputs made;
  for (int i = 0; i < node.num_inputs(); ++i) {
    made.push_back(node.has_input(i) ? find_constant(node.input(i)).get() : nullptr);
  }
  return made;
}

Node OnnxNetwork::layer(OpKind op, std::vector<int> inputs) {
  Node made;
  made.op = op;
  made.inputs = std::move(inputs);
  return made;
}

// A name that an earlier layer has gives way to the other one, and this to one with a tail.
int OnnxNetwork::add_named(Node made, std::string name, const std::string& otherwise) {
  if (names_.contains(name)) name = otherwise;
  while (!names_.insert(name).second) name += '_';
  made.name = std::move(name);
  graph_.nodes.push_back(std::move(made));
  infer_shape(graph_, graph_.nodes.size() - 1);
  return int(graph_.nodes.size()) - 1;
}

int OnnxNetwork::add(const OnnxNode& node, Node made, const std::string& tail) {
  if (tail.empty()) return add_named(std::move(made), node.name(), node.output());
  const std::string name = fmt::format("{}.{}", node.name(), tail);
  return add_named(std::move(made), name, name);
}

// Channels, rows and columns that a value of a network may have.
std::vector<Places> OnnxNetwork::map_places(const OnnxNode& node, const OnnxView& view) {
  std::vector<Places> dims = view.dims;
  const bool is_image = dims.size() > 1 && dims[0].size() == 1 && dims[0][0] != OnnxView::kFill;
  if (is_image) {
    dims[1] = sum(dims[0], dims[1]);
    dims.erase(dims.begin());
  }
  switch (dims.size()) {
    case 1:
      return {dims[0], {0}, {0}};
    case 2:
      if (is_image) return {dims[0], {0}, dims[1]};
      break;
    case 3:
      return dims;
    default:
      break;
  }
  misfit(node, fmt::format("reads a value of shape [{}]; expected a map [N, C, H, W] or a vector",
                           fmt::join(view.extents(), ", ")));
}

void OnnxNetwork::misfit(const OnnxNode& node, const std::string& message) {
  is_misfit = true;
  node.fail(message);
}

int OnnxNetwork::map(const OnnxNode& node, const OnnxView& view) {
  if (view.fill != 0 && view.has_fill()) return filled(node, view);
  return selected(node, view.node, map_places(node, view), view.name);
}

int OnnxNetwork::filled(const OnnxNode& node, const OnnxView& view) {
  constexpr float kMostFill = 1e6f;  // larger ones stand for infinity, and leave nothing of sums
  if (!(std::abs(view.fill) <= kMostFill)) {
    misfit(node, fmt::format("reads a map padded with {}; expected 0", view.fill));
  }
  const auto shifted = [&](int from, float shift) {
    const auto channels = std::size_t(shape(from).c);
    Node made = layer(OpKind::kBatchNorm, {from});
    made.bn_scale.assign(channels, 1.0f);
    made.bn_bias.assign(channels, shift);
    made.bn_mean.assign(channels, 0.0f);
    made.bn_variance.assign(channels, 1.0f);
    made.bn_epsilon = 0;
    return made;
  };
  const std::string before = view.name + ".less", name = view.name + ".zeros";
  const int less = add_named(shifted(view.node, -view.fill), before, before);
  const int padded = selected(node, less, map_places(node, view), name);
  return add_named(shifted(padded, view.fill), view.name, view.name + ".padded");
}

int OnnxNetwork::selected(const OnnxNode& node, int from, const std::vector<Places>& places,
                          const std::string& name) {
  const Shape in = shape(from);
  const int c = int(places[0].size()), h = int(places[1].size()), w = int(places[2].size());
  const bool same_order = in.size() == std::int64_t{c} * h * w && is_from(places[0], h * w) &&
                          is_from(places[1], w) && is_from(places[2], 1);
  if (same_order && in == Shape{c, h, w}) return from;
  const auto known = made_for_.find({from, places});
  if (known != made_for_.end()) return known->second;
  int made = from;
  const std::optional<Node> padded = channel_pad(in, places);
  if (padded) {
    Node pad = *padded;
    pad.inputs = {from};
    made = add_named(std::move(pad), name, name + ".pad");
  } else if (same_order && h == 1 && w == 1) {
    made = add_named(layer(OpKind::kFlatten, {from}), name, name + ".flatten");
  } else {
    const auto plan = plan_selection(in, places[0], places[1], places[2],
                                     in_order ? kMostBlocksOfTail : kMostBlocks);
    if (!plan && h == 1 && w == 1 && in.h * in.w > 1) {
      // Elements in any order are channels in any order of the map as a vector.
      const std::vector<Places> all = {places_apart(int(in.size()), 1), {0}, {0}};
      const int whole = selected(node, from, all, name + ".vector");
      made = selected(node, whole, places, name);
      made_for_[{from, places}] = made;
      return made;
    }
    if (!plan) {
      misfit(node,
             fmt::format("reads [1, {}, {}, {}] of '{}' [1, {}, {}, {}] in another order than "
                         "blocks of channels, rows and columns make",
                         c, h, w, graph_.nodes[std::size_t(from)].name, in.c, in.h, in.w));
    }
    std::vector<int> layers;
    for (std::size_t i = 0; i < plan->parts.size(); ++i) {
      const auto& part = plan->parts[i];
      Node select = layer(OpKind::kSelect, {});
      for (const int input : part.inputs) select.inputs.push_back(layers[std::size_t(input)]);
      if (part.inputs.empty()) select.inputs = {from};
      select.selection = part.selection;
      const bool last = i + 1 == plan->parts.size();
      const std::string tail = last ? name : fmt::format("{}.part{}", name, i);
      layers.push_back(add_named(std::move(select), tail, tail + ".select"));
    }
    made = layers.back();
  }
  made_for_[{from, places}] = made;
  return made;
}

OnnxView OnnxNetwork::without_fill(const OnnxNode& node, const OnnxView& view) {
  if (!view.has_fill()) return view;
  const auto order = order_of_axes(view, shape(view.node));
  return order ? turned(node, view, *order) : whole_of(node, map(node, view), view);
}

OnnxView OnnxNetwork::with_channels_along(const OnnxNode& node, const OnnxView& view,
                                          std::size_t axis) {
  std::vector<std::size_t> order(view.rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t first = view.rank() > 1 ? 1 : 0;
  std::rotate(order.begin() + std::ptrdiff_t(first), order.begin() + std::ptrdiff_t(axis),
              order.begin() + std::ptrdiff_t(axis) + 1);
  return turned(node, view, order);
}

OnnxView OnnxNetwork::turned(const OnnxNode& node, const OnnxView& view,
                             const std::vector<std::size_t>& order) {
  OnnxView made = view;
  for (std::size_t i = 0; i < order.size(); ++i) made.dims[i] = view.dims[order[i]];
  const OnnxView whole = whole_of(node, map(node, made), made);
  made = whole;
  for (std::size_t i = 0; i < order.size(); ++i) made.dims[order[i]] = whole.dims[i];
  return made;
}

OnnxView OnnxNetwork::whole_of(const OnnxNode& node, int layer, const OnnxView& view) {
  OnnxView made = whole(layer, view.rank(), view.name);
  if (made.extents() != view.extents()) {
    misfit(node, fmt::format("reads a value of shape [{}]; expected a map [N, C, H, W] or a vector",
                             fmt::join(view.extents(), ", ")));
  }
  return made;
}

std::vector<int> OnnxNetwork::take_channel_order(OnnxView& view) const {
  const Shape in = shape(view.node);
  if (view.rank() < 3 || view.extent(1) != in.c || view.dims[0] != Places{0}) return {};
  const int step = in.h * in.w;
  const Places order = view.dims[1], sorted = places_apart(in.c, step);
  if (order == sorted) return {};
  Places copy = order, made;
  std::sort(copy.begin(), copy.end());
  if (copy != sorted) return {};
  for (const int place : order) made.push_back(place / step);
  view.dims[1] = sorted;
  return made;
}

int OnnxNetwork::select(const OnnxNode& node, const OnnxView& view) {
  const std::vector<Places> places = map_places(node, view);
  const auto plan = plan_selection(shape(view.node), places[0], places[1], places[2], 1);
  if (!plan) node.fail("selects in another order than its axes have");
  Node made = layer(OpKind::kSelect, {view.node});
  made.selection = plan->parts.back().selection;
  return add(node, std::move(made));
}

int OnnxNetwork::pad_channels(const OnnxNode& node, const OnnxView& view) {
  const std::vector<Places> places = map_places(node, view);
  const Shape in = shape(view.node);
  Node made = layer(OpKind::kChannelPad, {});
  const bool is_same = view.is_like(OnnxView::whole(view.node, in, 4, ""));
  if (const std::optional<Node> padded = channel_pad(in, places)) {
    made = *padded;
  } else if (!is_same) {
    node.fail("pads more than channels");
  }
  made.inputs = {view.node};
  return add(node, std::move(made));
}

PaddedMap OnnxNetwork::padded_map(const OnnxNode& node, const OnnxView& view) {
  std::vector<Places> places = map_places(node, view);
  PaddedMap made;
  made.fill = view.has_fill() ? view.fill : 0;
  for (std::size_t axis = 1; axis < 3; ++axis) {
    Places& along = places[axis];
    const auto is_inside = [](int place) { return place != OnnxView::kFill; };
    const auto first = std::find_if(along.begin(), along.end(), is_inside);
    if (first == along.end()) return {map(node, view), {}, 0};  // of fill only
    const auto last = std::find_if(along.rbegin(), along.rend(), is_inside).base();
    made.sides[axis - 1] = int(first - along.begin());
    made.sides[axis + 1] = int(along.end() - last);
    along = Places(first, last);
  }
  const auto is_fill = [](const Places& along) {
    return std::find(along.begin(), along.end(), OnnxView::kFill) != along.end();
  };
  if (made.fill != 0 && std::any_of(places.begin(), places.end(), is_fill)) {
    misfit(node, fmt::format("reads a map padded with {}; expected 0", made.fill));
  }
  made.node = selected(node, view.node, places, view.name);
  return made;
}

void OnnxNetwork::give_channel_order(OnnxView& view, const std::vector<int>& order) const {
  const Shape in = shape(view.node);
  for (std::size_t i = 0; i < order.size(); ++i) view.dims[1][i] = order[i] * in.h * in.w;
}

void OnnxNetwork::finish(const OnnxNode& node, int made, std::size_t rank,
                         const std::vector<int>& order) {
  OnnxView view = OnnxView::whole(made, shape(made), rank, node.name());
  give_channel_order(view, order);
  define(node.output(), std::move(view));
}

void OnnxNetwork::return_to(const Mark& mark) {
  names_ = mark.names;
  graph_.nodes.resize(mark.layers);
  const auto is_gone = [&](int made) { return made >= int(mark.layers); };
  std::erase_if(made_for_, [&](const auto& entry) { return is_gone(entry.second); });
  std::erase_if(functions, [&](const auto& entry) { return is_gone(entry.first); });
}

}  // namespace escalate
