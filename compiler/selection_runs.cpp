#include "compiler/selection_runs.h"

#include <algorithm>
#include <array>

namespace escalate {
namespace {

// Output steps that are tried; a run that needs a larger one becomes several.
constexpr int kMostOutputStep = 64;

// Appends the runs of places first, first + out_step, ...; steps of the source are `only_step`, or
// any if that is negative.
void append_runs(const std::vector<SelectedPlace>& places, std::size_t first, std::size_t out_step,
                 int only_step, std::vector<SelectionRun>& runs) {
  bool goes_on = false;
  for (std::size_t at = first; at < places.size(); at += out_step) {
    const SelectedPlace& place = places[at];
    if (goes_on) {
      SelectionRun& run = runs.back();
      const int step = run.is_zero() ? 0 : place.from - run.last_from();
      const bool fits =
          run.count == 1 ? only_step < 0 || run.is_zero() || step == only_step : step == run.step;
      if (place.input == run.input && fits) {
        run.step = step;
        ++run.count;
        continue;
      }
    }
    runs.push_back({place.input, int(at), int(out_step), 1, place.from, 0});
    goes_on = true;
  }
}

std::vector<SelectionRun> moved(std::vector<SelectionRun> runs, int first) {
  for (SelectionRun& run : runs) {
    run.out += first;
    if (run.count == 1) run.out_step = 1;
  }
  return runs;
}

std::vector<SelectedPlace> part(const std::vector<SelectedPlace>& places, Range range) {
  return {places.begin() + range.begin, places.begin() + range.end};
}

}  // namespace

std::vector<SelectionRun> selection_runs(const std::vector<SelectedPlace>& places, int first) {
  std::vector<SelectionRun> best;
  const std::size_t most = std::min<std::size_t>(places.size(), kMostOutputStep);
  for (std::size_t out_step = 1; out_step <= most; ++out_step) {
    if (!best.empty() && best.size() <= out_step) break;  // each phase has a run at least
    std::vector<SelectionRun> runs;
    for (std::size_t phase = 0; phase < out_step; ++phase) {
      append_runs(places, phase, out_step, -1, runs);
    }
    if (best.empty() || runs.size() < best.size()) best = std::move(runs);
  }
  return moved(std::move(best), first);
}

std::vector<SelectionRun> neighbour_runs(const std::vector<SelectedPlace>& places, int first) {
  std::vector<SelectionRun> runs;
  append_runs(places, 0, 1, 1, runs);
  return moved(std::move(runs), first);
}

SelectionPlaces::SelectionPlaces(const Selection& selection, const std::vector<Shape>& inputs)
    : axis_(selection.axis) {
  const std::vector<int>* const lists[] = {&selection.channels, &selection.rows,
                                           &selection.columns};
  const Shape whole = selection.joined(inputs);
  const std::array extents{whole.c, whole.h, whole.w};
  std::vector<SelectedPlace> joined;
  for (int i = 0; i < int(inputs.size()); ++i) {
    const Shape& in = inputs[std::size_t(i)];
    const int size = axis_ == 0 ? in.c : axis_ == 1 ? in.h : in.w;
    for (int at = 0; at < size; ++at) joined.push_back({i, at});
  }
  for (int axis = 0; axis < 3; ++axis) {
    for (const int place : Selection::all_of(*lists[axis], extents[std::size_t(axis)])) {
      if (place == Selection::kZero) {
        places_[axis].push_back({Selection::kZero, 0});
      } else {
        places_[axis].push_back(axis == axis_ ? joined[std::size_t(place)]
                                              : SelectedPlace{0, place});
      }
    }
  }
  columns_ = selection_runs(places_[2], 0);
}

std::vector<SelectionRun> SelectionPlaces::channels(Range outputs) const {
  return neighbour_runs(part(places_[0], outputs), outputs.begin);
}
std::vector<SelectionRun> SelectionPlaces::rows(Range outputs) const {
  return selection_runs(part(places_[1], outputs), outputs.begin);
}

}  // namespace escalate
