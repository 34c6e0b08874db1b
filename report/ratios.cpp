#include "report/ratios.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/math.h"

namespace escalate {
namespace {

/// The results of each work that did it beside others, in order.
std::vector<std::vector<const LabelledResult*>> shared_works(
    const std::vector<LabelledResult>& results) {
  std::map<std::size_t, std::vector<const LabelledResult*>> by_work;
  for (const LabelledResult& entry : results) by_work[entry.work].push_back(&entry);
  std::vector<std::vector<const LabelledResult*>> works;
  for (auto& [work, members] : by_work) {
    if (members.size() > 1) works.push_back(std::move(members));
  }
  return works;
}

const std::string& name_of(const LabelledResult& entry) {
  return entry.contestant.empty() ? entry.label : entry.contestant;
}

/// Whether the results of every work are of different accelerators.
bool are_accelerators(const std::vector<std::vector<const LabelledResult*>>& works) {
  return std::all_of(works.begin(), works.end(), [](const auto& members) {
    std::set<std::string> met;
    return std::all_of(members.begin(), members.end(), [&](const LabelledResult* entry) {
      return met.insert(entry->result.accelerator).second;
    });
  });
}

bool have_one_first(const std::vector<std::vector<const LabelledResult*>>& works) {
  return std::all_of(works.begin(), works.end(), [&](const auto& members) {
    return name_of(*members.front()) == name_of(*works.front().front());
  });
}

/// Time and energy of a result, with those of its CommonRest or without.
std::pair<double, double> spent(const Result& result, bool of_all_layers) {
  const CommonRest rest = of_all_layers ? result.rest.value_or(CommonRest{}) : CommonRest{};
  return {result.total.seconds + rest.seconds, result.total.energy_pj + rest.energy_pj};
}

std::vector<MeanRatio> means_of(const std::vector<std::vector<const LabelledResult*>>& works,
                                const RatioDirection& direction, bool of_all_layers) {
  struct Ratios {
    std::vector<double> speedups, efficiencies;
  };
  std::vector<std::string> order;
  std::map<std::string, Ratios> all;
  for (const auto& members : works) {
    const auto [first_s, first_pj] = spent(members.front()->result, of_all_layers);
    for (std::size_t i = 1; i < members.size(); ++i) {
      const auto [other_s, other_pj] = spent(members[i]->result, of_all_layers);
      const auto [ratios, is_new] = all.try_emplace(name_of(*members[i]));
      if (is_new) order.push_back(name_of(*members[i]));
      ratios->second.speedups.push_back(direction.ratio(first_s, other_s));
      ratios->second.efficiencies.push_back(direction.ratio(first_pj, other_pj));
    }
  }
  std::vector<MeanRatio> means;
  for (const std::string& name : order) {
    const Ratios& ratios = all.at(name);
    means.push_back({name, int(ratios.speedups.size()), geometric_mean(ratios.speedups),
                     geometric_mean(ratios.efficiencies), of_all_layers});
  }
  return means;
}

}  // namespace

std::string RatioDirection::title(std::string_view what) const {
  if (first.empty()) return std::string(what);
  return std::string(what) + (of_first ? " of " + first + " over it" : " over " + first);
}

std::string RatioDirection::title_of_all(std::string_view what) const {
  if (first.empty()) return std::string(what);
  return std::string(what) + (of_first ? " of " + first + " over each" : " over " + first);
}

double RatioDirection::ratio(double of_the_first, double of_the_other) const {
  if (of_the_first <= 0 || of_the_other <= 0) return 0;
  return of_first ? of_the_other / of_the_first : of_the_first / of_the_other;
}

RatioDirection direction_of(const std::vector<LabelledResult>& results) {
  const auto works = shared_works(results);
  RatioDirection direction;
  if (works.empty()) return direction;
  direction.of_first = are_accelerators(works);
  direction.first = have_one_first(works) ? name_of(*works.front().front()) : "the first";
  return direction;
}

std::string MeanRatio::name() const {
  std::string text = works > 1 ? fmt::format("geometric mean of {}", works) : "";
  if (of_all_layers) text += text.empty() ? "all layers" : ", all layers";
  return text;
}

std::vector<MeanRatio> mean_ratios(const std::vector<LabelledResult>& results) {
  const auto works = shared_works(results);
  if (works.empty() || !have_one_first(works)) return {};
  const RatioDirection direction = direction_of(results);
  std::vector<MeanRatio> means = means_of(works, direction, false);
  std::erase_if(means, [](const MeanRatio& mean) { return mean.works < 2; });
  const bool has_rest = std::any_of(results.begin(), results.end(), [](const auto& entry) {
    return entry.result.rest.has_value();
  });
  if (!has_rest) return means;
  const std::vector<MeanRatio> all = means_of(works, direction, true);
  means.insert(means.end(), all.begin(), all.end());
  return means;
}

}  // namespace escalate
