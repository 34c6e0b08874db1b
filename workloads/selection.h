// Tensors made of parts of others: slices, shuffles, padding, enlargement.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "workloads/shape.h"

namespace escalate {

/// Which channels, rows and columns of a tensor make another one: the place of each along its axis,
/// kZero for one of zeros. An empty list takes all in order. Slices, shuffles, padding, enlargement
/// and the zeros between inputs of a transposed convolution are all of this form.
struct Selection {
  static constexpr int kZero = -1;
  int axis = 0;  ///< along which several inputs are joined: 0 channels, 1 rows, 2 columns
  std::vector<int> channels, rows, columns;
  bool operator==(const Selection&) const = default;

  /// Of `count` places from `begin` on, `step` apart.
  static std::vector<int> places(int begin, int step, int count);
  /// The list, or all of `extent` places if it is empty.
  static std::vector<int> all_of(const std::vector<int>& list, int extent);

  /// The shape of the inputs joined; UserError (without a place) if they do not fit or `axis` is
  /// none.
  Shape joined(std::span<const Shape> inputs) const;
  /// The shape of what is chosen; UserError (without a place) also if a place is out of range.
  Shape selected(std::span<const Shape> inputs) const;
};

/// The elements of what `selection` chooses, in the order of channels, rows and columns: calls
/// visit(input, offset) with the number of the input and the place among its values, or
/// visit(Selection::kZero, 0).
template <class Visit>
void for_each_selected(const Selection& selection, std::span<const Shape> inputs, Visit&& visit) {
  const Shape whole = selection.joined(inputs);
  const std::vector<int> channels = Selection::all_of(selection.channels, whole.c);
  const std::vector<int> rows = Selection::all_of(selection.rows, whole.h);
  const std::vector<int> columns = Selection::all_of(selection.columns, whole.w);
  const auto part_of = [&](int place, int axis) {  // the input, and what lies before it
    int before = 0;
    for (std::size_t i = 0;; ++i) {
      const int size = axis == 0 ? inputs[i].c : axis == 1 ? inputs[i].h : inputs[i].w;
      if (place < before + size) return std::pair{int(i), before};
      before += size;
    }
  };
  for (const int c : channels) {
    for (const int h : rows) {
      for (const int w : columns) {
        if (c == Selection::kZero || h == Selection::kZero || w == Selection::kZero) {
          visit(Selection::kZero, std::size_t{0});
          continue;
        }
        int at[3] = {c, h, w};
        const auto [input, before] = part_of(at[selection.axis], selection.axis);
        at[selection.axis] -= before;
        const Shape& shape = inputs[std::size_t(input)];
        visit(input, (std::size_t(at[0]) * shape.h + at[1]) * shape.w + at[2]);
      }
    }
  }
}

}  // namespace escalate
