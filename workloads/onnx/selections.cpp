#include "workloads/onnx/selections.h"

#include <algorithm>
#include <array>
#include <map>

namespace escalate {
namespace {

// What a place adds to channel, row and column.
using Steps = std::array<int, 3>;

// Places of one axis of the result, of which those of a block add the same to the other two axes.
struct Blocks {
  std::vector<Steps> of_place;
  std::vector<bool> is_zero;
  std::vector<Steps> steps;               ///< of each block, 0 along its own axis
  std::vector<std::vector<int>> members;  ///< places of each block
  Steps most{};

  Blocks(const std::vector<int>& places, const Shape& shape, int axis) {
    std::map<Steps, int> block_of;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const bool zero = places[i] == Selection::kZero;
      const int place = zero ? 0 : places[i];
      const int map = shape.h * shape.w;
      const Steps step = {place / map, place % map / shape.w, place % shape.w};
      of_place.push_back(step);
      is_zero.push_back(zero);
      for (std::size_t k = 0; k < 3; ++k) most[k] = std::max(most[k], step[k]);
      if (zero) continue;
      Steps others = step;
      others[std::size_t(axis)] = 0;
      const auto [found, is_new] = block_of.try_emplace(others, int(steps.size()));
      if (is_new) {
        steps.push_back(others);
        members.emplace_back();
      }
      members[std::size_t(found->second)].push_back(int(i));
    }
    if (steps.empty()) {
      steps.emplace_back();
      members.emplace_back();
    }
    // Zeros stand where their neighbours do if there is one block, and else in the first one.
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (is_zero[i]) members[0].push_back(int(i));
    }
    std::sort(members[0].begin(), members[0].end());
  }

  std::size_t size() const { return steps.size(); }
  std::vector<int> chosen(std::size_t block, int axis, int more) const {
    std::vector<int> made;
    for (const int place : members[block]) {
      const bool zero = is_zero[std::size_t(place)];
      made.push_back(zero ? Selection::kZero
                          : of_place[std::size_t(place)][std::size_t(axis)] + more);
    }
    return made;
  }
  // Where each place stands when the blocks follow one another.
  std::vector<int> order() const {
    std::vector<int> made(of_place.size());
    int next = 0;
    for (const auto& block : members) {
      for (const int place : block) made[std::size_t(place)] = next++;
    }
    return made;
  }
};

void leave_out_if_all(std::vector<int>& list, int extent) {
  if (int(list.size()) != extent) return;
  for (int i = 0; i < extent; ++i) {
    if (list[std::size_t(i)] != i) return;
  }
  list.clear();
}

std::vector<int>& list_of(Selection& selection, int axis) {
  return axis == 0 ? selection.channels : axis == 1 ? selection.rows : selection.columns;
}

// Joins parts along an axis; the number of the part that has them all.
int join(SelectionPlan& plan, std::vector<int> parts, int axis, const Blocks& blocks) {
  if (parts.size() == 1) return parts[0];
  SelectionPlan::Part part;
  part.selection.axis = axis;
  std::vector<int> order = blocks.order();
  leave_out_if_all(order, int(order.size()));
  list_of(part.selection, axis) = std::move(order);
  part.inputs = std::move(parts);
  plan.parts.push_back(std::move(part));
  return int(plan.parts.size()) - 1;
}

}  // namespace

std::optional<SelectionPlan> plan_selection(const Shape& shape, const std::vector<int>& channels,
                                            const std::vector<int>& rows,
                                            const std::vector<int>& columns,
                                            std::size_t most_parts) {
  const Blocks c(channels, shape, 0), h(rows, shape, 1), w(columns, shape, 2);
  const int extents[] = {shape.c, shape.h, shape.w};
  for (std::size_t k = 0; k < 3; ++k) {
    if (c.most[k] + h.most[k] + w.most[k] >= extents[k]) return std::nullopt;
  }
  if (c.size() * h.size() * w.size() > most_parts) return std::nullopt;
  SelectionPlan plan;
  std::vector<int> along_channels;
  for (std::size_t a = 0; a < c.size(); ++a) {
    std::vector<int> along_rows;
    for (std::size_t b = 0; b < h.size(); ++b) {
      std::vector<int> along_columns;
      for (std::size_t d = 0; d < w.size(); ++d) {
        SelectionPlan::Part part;
        Selection& selection = part.selection;
        selection.channels = c.chosen(a, 0, h.steps[b][0] + w.steps[d][0]);
        selection.rows = h.chosen(b, 1, c.steps[a][1] + w.steps[d][1]);
        selection.columns = w.chosen(d, 2, c.steps[a][2] + h.steps[b][2]);
        leave_out_if_all(selection.channels, shape.c);
        leave_out_if_all(selection.rows, shape.h);
        leave_out_if_all(selection.columns, shape.w);
        plan.parts.push_back(std::move(part));
        along_columns.push_back(int(plan.parts.size()) - 1);
      }
      along_rows.push_back(join(plan, along_columns, 2, w));
    }
    along_channels.push_back(join(plan, along_rows, 1, h));
  }
  join(plan, along_channels, 0, c);
  return plan;
}

}  // namespace escalate
