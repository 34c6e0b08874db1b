// Lists of places cut into runs of equal steps.
#include "compiler/selection_runs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace escalate {
namespace {

std::vector<SelectedPlace> of_one_input(const std::vector<int>& list) {
  std::vector<SelectedPlace> places;
  for (const int place : list) places.push_back({place < 0 ? -1 : 0, std::max(place, 0)});
  return places;
}

TEST(SelectionRuns, TakeASliceOrAFlipAtOnce) {
  EXPECT_EQ(selection_runs(of_one_input({3, 5, 7}), 10),
            (std::vector<SelectionRun>{{0, 10, 1, 3, 3, 2}}));
  EXPECT_EQ(selection_runs(of_one_input({2, 1, 0}), 0),
            (std::vector<SelectionRun>{{0, 0, 1, 3, 2, -1}}));
  EXPECT_EQ(selection_runs(of_one_input({4, 4, 4}), 0),
            (std::vector<SelectionRun>{{0, 0, 1, 3, 4, 0}}));
}

TEST(SelectionRuns, TakeAnEnlargementByItsPhases) {
  EXPECT_EQ(selection_runs(of_one_input({0, 0, 1, 1, 2, 2, 3, 3}), 0),
            (std::vector<SelectionRun>{{0, 0, 2, 4, 0, 1}, {0, 1, 2, 4, 0, 1}}));
  // By a half more: three phases of step 2.
  EXPECT_EQ(selection_runs(of_one_input({0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7}), 0).size(), 3u);
}

TEST(SelectionRuns, TakeZerosBetweenPlacesApartFromThese) {
  EXPECT_EQ(selection_runs(of_one_input({0, -1, 1, -1, 2, -1, 3}), 0),
            (std::vector<SelectionRun>{{0, 0, 2, 4, 0, 1}, {-1, 1, 2, 3, 0, 0}}));
}

TEST(SelectionRuns, TakeNeighboursOnlyAlongChannels) {
  EXPECT_EQ(
      neighbour_runs(of_one_input({0, 2, 3, 4, -1, -1}), 8),
      (std::vector<SelectionRun>{{0, 8, 1, 1, 0, 0}, {0, 9, 1, 3, 2, 1}, {-1, 12, 1, 2, 0, 0}}));
}

TEST(SelectionRuns, EndWhereTheInputDoes) {
  const SelectionPlaces places({1, {}, {}, {}}, {{4, 2, 5}, {4, 3, 5}});
  EXPECT_EQ(places.rows({0, 5}),
            (std::vector<SelectionRun>{{0, 0, 1, 2, 0, 1}, {1, 2, 1, 3, 0, 1}}));
  EXPECT_EQ(places.columns(), (std::vector<SelectionRun>{{0, 0, 1, 5, 0, 1}}));
}

TEST(SelectionRuns, TakeEveryPlaceOnce) {
  EXPECT_TRUE(rc::check("every place once", [] {
    const auto list = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-1, 6)).as("places");
    const int first = *rc::gen::inRange(0, 9);
    std::map<int, int> taken;
    for (const SelectionRun& run : selection_runs(of_one_input(list), first)) {
      for (int i = 0; i < run.count; ++i) {
        const int from = run.is_zero() ? -1 : run.from + i * run.step;
        RC_ASSERT(taken.emplace(run.out + i * run.out_step - first, from).second);
      }
    }
    RC_ASSERT(taken.size() == list.size());
    for (std::size_t i = 0; i < list.size(); ++i) RC_ASSERT(taken.at(int(i)) == list[i]);
  }));
}

}  // namespace
}  // namespace escalate
