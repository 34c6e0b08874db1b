#include "compress/merged_selections.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace escalate {
namespace {

std::array<std::vector<int>*, 3> lists_of(Selection& selection) {
  return {&selection.channels, &selection.rows, &selection.columns};
}

std::array<int, 3> extents_of(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

std::vector<int> composed(const std::vector<int>& outer, const std::vector<int>& inner,
                          int extent) {
  if (outer.empty()) return inner;
  if (inner.empty()) return outer;
  std::vector<int> list = Selection::all_of(outer, extent);
  for (int& place : list) {
    if (place != Selection::kZero) place = inner[std::size_t(place)];
  }
  return list;
}

// Reads `source`'s inputs in its place.
void compose(Node& node, const Node& source) {
  Selection inner = source.selection;
  if (source.op == OpKind::kConcat) inner = {};
  const std::array<int, 3> extents = extents_of(source.out);
  const auto inner_lists = lists_of(inner), lists = lists_of(node.selection);
  for (std::size_t axis = 0; axis < lists.size(); ++axis) {
    *lists[axis] = composed(*lists[axis], *inner_lists[axis], extents[axis]);
  }
  node.selection.axis = inner.axis;
  node.inputs = source.inputs;
}

// Leaves out inputs that nothing is taken from; one stays where there is nothing but zeros.
void drop_unread_inputs(const Graph& graph, Node& node) {
  std::vector<int>& list = *lists_of(node.selection)[std::size_t(node.selection.axis)];
  if (list.empty()) return;
  std::vector<int> kept, moved;  // moved: by place along the axis, where it is now
  int next = 0;
  for (const int input : node.inputs) {
    const int size =
        extents_of(graph.nodes[std::size_t(input)].out)[std::size_t(node.selection.axis)];
    const int first = int(moved.size());
    const bool is_read = std::any_of(list.begin(), list.end(), [&](int place) {
      return place >= first && place < first + size;
    });
    for (int i = 0; i < size; ++i) moved.push_back(next + i);
    if (!is_read) continue;
    next += size;
    kept.push_back(input);
  }
  for (int& place : list) {
    if (place != Selection::kZero) place = moved[std::size_t(place)];
  }
  if (kept.empty()) kept.push_back(node.inputs[0]);
  node.inputs = std::move(kept);
}

// A list of all there is in order is the empty one.
void simplify(const Graph& graph, Node& node) {
  std::vector<Shape> shapes;
  for (const int input : node.inputs) shapes.push_back(graph.nodes[std::size_t(input)].out);
  const std::array<int, 3> extents = extents_of(node.selection.joined(shapes));
  const auto lists = lists_of(node.selection);
  for (std::size_t axis = 0; axis < lists.size(); ++axis) {
    if (*lists[axis] == Selection::places(0, 1, extents[axis])) lists[axis]->clear();
  }
}

}  // namespace

void merge_selections(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (node.op != OpKind::kSelect) continue;
    while (node.inputs.size() == 1) {
      const Node& source = graph.nodes[std::size_t(node.inputs[0])];
      if (source.op != OpKind::kSelect && source.op != OpKind::kConcat) break;
      compose(node, source);
      drop_unread_inputs(graph, node);
    }
    simplify(graph, node);
  }
}

}  // namespace escalate
