// What the pictures of docs/figures show of a PE row is what the cores do.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <tuple>
#include <vector>

#include "common/atomic_file.h"
#include "common/json.h"
#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"
#include "pe/transaction/row_timeline.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

const std::string kFolder = source_folder() + "/docs/figures/";

/// The matches of `pattern` in a picture, each as its groups.
std::vector<std::vector<std::string>> found(const std::string& picture, const char* pattern) {
  const std::string text = read_file(kFolder + picture);
  const std::regex regex(pattern);
  std::vector<std::vector<std::string>> matches;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), regex);
       match != std::sregex_iterator(); ++match) {
    matches.emplace_back(std::next(match->begin()), match->end());
  }
  return matches;
}

TEST(ConcentratorFigure, ShowsThePicksAndStepsOfTheConcentrator) {
  const Json example = read_json(kFolder + "concentrator.json");
  const int lanes = example["lanes"];
  BitString mask;
  for (const std::string row : example["rows"]) {
    for (const char slot : row) mask.append(slot == 'x', 1);
  }
  std::vector<std::tuple<int, int, int, int>> picks, drawn;
  std::vector<std::pair<int, int>> retired, drawn_retired;
  concentrate(
      ConcentratorPattern::parse(std::string(example["pattern"])), lanes, mask.words(), mask.size(),
      [&](const SlotPick& pick) {
        picks.emplace_back(pick.step, pick.lane, pick.slot_row, pick.slot_lane);
      },
      [&](int before, int after) { retired.emplace_back(int(retired.size()), after - before); });
  for (const auto& pick : found("concentrator.svg", R"re(data-pick="(\d+) (\d+) (\d+) (\d+)")re")) {
    drawn.emplace_back(std::stoi(pick[0]), std::stoi(pick[1]), std::stoi(pick[2]),
                       std::stoi(pick[3]));
  }
  for (const auto& step : found("concentrator.svg", R"re(data-retired="(\d+) (\d+)")re")) {
    drawn_retired.emplace_back(std::stoi(step[0]), std::stoi(step[1]));
  }
  std::sort(picks.begin(), picks.end());
  std::sort(drawn.begin(), drawn.end());
  EXPECT_EQ(drawn, picks);
  EXPECT_EQ(drawn_retired, retired);
  EXPECT_GE(retired.size(), 2u) << "one step shows nothing";
}

TEST(PeRowFigure, ShowsTheTimesOfTheRow) {
  // Begins by unit (d, t or m) and element.
  std::map<std::pair<std::string, std::size_t>, std::vector<Cycle>> drawn;
  for (const auto& bar :
       found("pe-row.svg", R"re(data-unit="(.)" data-element="(\d+)" data-cycle="(\d+)")re")) {
    drawn[{bar[0], std::stoul(bar[1])}].push_back(std::stoll(bar[2]));
  }
  RowTimeline row{MachineConfig{}};
  row.begin_pass(0);
  const Json elements = read_json(kFolder + "pe-row.json")["elements"];
  ASSERT_GE(elements.size(), 2u);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Json& element = elements[i];
    const std::vector<std::uint16_t> slots = element["slots"], steps = element["retired"];
    const int mac_cycles = element["mac_cycles"];
    const ElementTimes times = row.process({element["visible"], slots, steps, true, mac_cycles, 0});
    const std::vector<Cycle>&d = drawn[{"d", i}], &t = drawn[{"t", i}], &m = drawn[{"m", i}];
    ASSERT_EQ(d.size(), slots.size());
    ASSERT_EQ(t.size(), steps.size());
    ASSERT_EQ(m.size(), 1u);
    EXPECT_EQ(std::adjacent_find(d.begin(), d.end(), std::greater_equal<>{}), d.end());
    EXPECT_EQ(std::adjacent_find(t.begin(), t.end(), std::greater_equal<>{}), t.end());
    EXPECT_EQ(d.back(), times.release) << "element " << i;
    EXPECT_EQ(t.back(), times.final_step) << "element " << i;
    EXPECT_EQ(m.back() + mac_cycles - 1, times.mac_end) << "element " << i;
  }
}

}  // namespace
}  // namespace escalate
