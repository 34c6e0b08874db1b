#include "workloads/onnx/view.h"

#include <algorithm>
#include <utility>

#include "common/error.h"

namespace escalate {
namespace {

using Places = std::vector<int>;
constexpr int kFill = OnnxView::kFill;

// One dimension of two, the second one running faster.
Places merged(const Places& outer, const Places& inner) {
  Places made;
  made.reserve(outer.size() * inner.size());
  for (const int a : outer) {
    for (const int b : inner) made.push_back(a == kFill || b == kFill ? kFill : a + b);
  }
  return made;
}

// Two dimensions of one, the second one of `inner` places; nothing if they do not add up.
std::optional<std::pair<Places, Places>> divided(const Places& places, std::size_t inner) {
  const std::size_t outer = places.size() / inner;
  const auto at = [&](std::size_t i, std::size_t j) { return places[i * inner + j]; };
  const auto first = std::find_if(places.begin(), places.end(), [](int p) { return p != kFill; });
  const auto found = first == places.end() ? 0 : std::size_t(first - places.begin());
  const std::size_t row = found / inner, column = found % inner;
  Places a, b;
  for (std::size_t i = 0; i < outer; ++i) a.push_back(at(i, column));
  for (std::size_t j = 0; j < inner; ++j) b.push_back(at(row, j));
  const int base = at(row, column);
  int least = 0;  // of the second, counted from the base
  for (const int place : b) {
    if (place != kFill) least = std::min(least, place - base);
  }
  for (int& place : a) place = place == kFill ? kFill : place + least;
  for (int& place : b) place = place == kFill ? kFill : place - base - least;
  for (const int place : a) {
    if (place != kFill && place < 0) return std::nullopt;
  }
  if (merged(a, b) != places) return std::nullopt;
  return std::pair{std::move(a), std::move(b)};
}

}  // namespace

Places places_apart(int count, int step) {
  Places made;
  made.reserve(std::size_t(count));
  for (int i = 0; i < count; ++i) made.push_back(i * step);
  return made;
}

OnnxView OnnxView::whole(int node, const Shape& shape, std::size_t rank, std::string name) {
  OnnxView view;
  view.node = node;
  view.name = std::move(name);
  const Places channels = places_apart(shape.c, shape.h * shape.w);
  switch (rank) {
    case 4:
      view.dims = {{0}, channels, places_apart(shape.h, shape.w), places_apart(shape.w, 1)};
      break;
    case 3:
      if (shape.h == 1) {
        view.dims = {{0}, channels, places_apart(shape.w, 1)};
      } else {  // without a dimension of images
        view.dims = {channels, places_apart(shape.h, shape.w), places_apart(shape.w, 1)};
      }
      break;
    case 2:
      view.dims = {{0}, places_apart(int(shape.size()), 1)};
      break;
    default:
      view.dims = {places_apart(int(shape.size()), 1)};
      break;
  }
  return view;
}

OnnxDims OnnxView::extents() const {
  OnnxDims made;
  for (const Places& places : dims) made.push_back(std::int64_t(places.size()));
  return made;
}

bool OnnxView::has_fill() const {
  return std::any_of(dims.begin(), dims.end(), [](const Places& places) {
    return std::find(places.begin(), places.end(), kFill) != places.end();
  });
}

bool OnnxView::reshape(const OnnxDims& to) {
  if (to == extents()) return true;
  std::vector<Places> made;
  Places open = {0};  // what is still to be handed out
  std::size_t next = 0;
  for (const std::int64_t extent : to) {
    if (extent < 1) return false;
    while (open.size() % std::size_t(extent) != 0 || open.size() < std::size_t(extent)) {
      if (next == dims.size()) return false;
      open = open.size() == 1 && open[0] == 0 ? dims[next] : merged(open, dims[next]);
      ++next;
    }
    const std::size_t inner = open.size() / std::size_t(extent);
    if (inner == 1) {
      made.push_back(std::move(open));
      open = {0};
      continue;
    }
    auto parts = divided(open, inner);
    if (!parts) return false;
    made.push_back(std::move(parts->first));
    open = std::move(parts->second);
  }
  for (; next < dims.size(); ++next) open = merged(open, dims[next]);
  if (open.size() != 1) return false;
  // What is left is one place, which any dimension may add.
  if (open[0] != 0) {
    if (made.empty() || open[0] == kFill) return false;
    for (int& place : made.back()) place = place == kFill ? kFill : place + open[0];
  }
  dims = std::move(made);
  return true;
}

bool OnnxView::move(const Movement& movement) {
  for (const MovementStep& step : movement.steps) {
    switch (step.kind) {
      case MovementStep::Kind::kReshape:
        if (!reshape(step.dims)) return false;
        break;
      case MovementStep::Kind::kPermute: {
        std::vector<Places> order;
        for (const int axis : step.permutation) order.push_back(dims[std::size_t(axis)]);
        dims = std::move(order);
        break;
      }
      case MovementStep::Kind::kPick: {
        const bool fills =
            std::find(step.picks.begin(), step.picks.end(), kFill) != step.picks.end();
        if (fills && has_fill() && fill != movement.fill) return false;
        if (fills) fill = movement.fill;
        Places& places = dims[std::size_t(step.axis)];
        Places made;
        made.reserve(step.picks.size());
        for (const int pick : step.picks) {
          made.push_back(pick == kFill ? kFill : places[std::size_t(pick)]);
        }
        if (made.empty()) return false;
        places = std::move(made);
        break;
      }
    }
  }
  return true;
}

std::optional<std::vector<int>> OnnxView::axes(const Shape& shape) const {
  const Places whole[] = {places_apart(shape.c, shape.h * shape.w), places_apart(shape.h, shape.w),
                          places_apart(shape.w, 1)};
  // In the order of ONNX's maps and vectors, axes of one element are what they are there.
  const std::size_t least = shape.h > 1 || shape.w > 1 ? 3 : 1;
  if (rank() >= least && rank() <= 4 && OnnxView::whole(node, shape, rank(), "").dims == dims) {
    static const std::vector<int> orders[] = {{0}, {-1, 0}, {-1, 0, 2}, {-1, 0, 1, 2}};
    return rank() == 3 && shape.h > 1 ? std::vector<int>{0, 1, 2} : orders[rank() - 1];
  }
  std::vector<int> found(dims.size(), -1);
  bool taken[3] = {};
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i].size() == 1) {
      if (dims[i][0] != 0) return std::nullopt;
      continue;
    }
    for (int axis = 0; axis < 3 && found[i] < 0; ++axis) {
      if (!taken[axis] && dims[i] == whole[axis]) found[i] = axis;
    }
    if (found[i] < 0) return std::nullopt;
    taken[found[i]] = true;
  }
  for (int axis = 0; axis < 3; ++axis) {
    if (!taken[axis] && whole[axis].size() > 1) return std::nullopt;
  }
  // Axes of one element take what is left, the images first.
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (found[i] < 0) left.push_back(i);
  }
  const auto open = std::size_t(3 - std::count(taken, taken + 3, true));
  std::size_t next = left.size() > open ? left.size() - open : 0;
  for (int axis = 0; axis < 3; ++axis) {
    if (!taken[axis] && next < left.size()) found[left[next++]] = axis;
  }
  return found;
}

OnnxView OnnxView::ordered(int node, const Shape& shape, const std::vector<int>& axes,
                           std::string name) {
  const Places whole[] = {places_apart(shape.c, shape.h * shape.w), places_apart(shape.h, shape.w),
                          places_apart(shape.w, 1)};
  OnnxView view;
  view.node = node;
  view.name = std::move(name);
  for (const int axis : axes) view.dims.push_back(axis < 0 ? Places{0} : whole[axis]);
  return view;
}

}  // namespace escalate
