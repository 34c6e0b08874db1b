// Cuts the lists of a selection into runs: places of equal steps, each of which an instruction
// takes at once.
#pragma once

#include <vector>

#include "compiler/mapping.h"
#include "workloads/selection.h"

namespace escalate {

/// Places of the output out, out + out_step, ... along one axis, and where each is taken from:
/// place from, from + step, ... of an input.
struct SelectionRun {
  int input = 0;  ///< Selection::kZero: zeros
  int out = 0, out_step = 1, count = 1;
  int from = 0, step = 0;
  bool is_zero() const { return input == Selection::kZero; }
  int last_out() const { return out + (count - 1) * out_step; }
  int last_from() const { return from + (count - 1) * step; }
  bool operator==(const SelectionRun&) const = default;
};

/// One place of the list: the input, or kZero, and the place along the axis in it.
struct SelectedPlace {
  int input = 0, from = 0;
};

/// The fewest runs found whose output steps are one number up to a bound (an enlargement by three
/// has three runs of step 3). `first` is the output place of places[0].
std::vector<SelectionRun> selection_runs(const std::vector<SelectedPlace>& places, int first);

/// The same where outputs and what they are taken from have to be neighbours, as channels do.
std::vector<SelectionRun> neighbour_runs(const std::vector<SelectedPlace>& places, int first);

/// The places of a selection along each axis, by input where inputs are joined along it. Along the
/// other axes all inputs are alike: places are those of input 0.
class SelectionPlaces {
 public:
  SelectionPlaces(const Selection& selection, const std::vector<Shape>& inputs);

  std::vector<SelectionRun> channels(Range outputs) const;
  std::vector<SelectionRun> rows(Range outputs) const;
  const std::vector<SelectionRun>& columns() const { return columns_; }

  /// The input that a box of the output of these runs reads: that of the axis of joining.
  int input_of(const SelectionRun& channels, const SelectionRun& rows,
               const SelectionRun& columns) const {
    return axis_ == 0 ? channels.input : axis_ == 1 ? rows.input : columns.input;
  }

 private:
  int axis_;
  std::vector<SelectedPlace> places_[3];
  std::vector<SelectionRun> columns_;
};

}  // namespace escalate
