#include "sweep/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "common/error.h"
#include "common/random.h"
#include "sweep/nsga2.h"

namespace escalate {
namespace {

std::vector<SweepChoice> grid(const SweepSpec& spec) {
  std::vector<SweepChoice> all = {{}};
  for (const SweepAxis& axis : spec.axes) {
    std::vector<SweepChoice> longer;
    for (const SweepChoice& choice : all) {
      for (const std::string& value : axis.values) {
        longer.push_back(choice);
        longer.back().push_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

double combinations(const SweepSpec& spec) {
  double all = 1;
  for (const SweepAxis& axis : spec.axes) all *= double(axis.values.size());
  return all;
}

std::vector<SweepChoice> drawn(const SweepSpec& spec) {
  Random random(seed_for(spec.seed, "random"));
  const double all = combinations(spec);
  std::vector<SweepChoice> choices;
  std::set<SweepChoice> seen;
  // A draw seldom finds a point where few are left untried: then the rest comes in the grid's
  // order.
  const auto wanted = std::size_t(std::min(double(spec.points), all));
  for (std::int64_t tries = 0; choices.size() < wanted && tries < 20 * spec.points; ++tries) {
    SweepChoice choice;
    for (const SweepAxis& axis : spec.axes) {
      choice.push_back(axis.values[std::size_t(random.below(axis.values.size()))]);
    }
    if (seen.insert(choice).second) choices.push_back(choice);
  }
  if (choices.size() < wanted && all <= kMostSweepPoints) {
    for (const SweepChoice& choice : grid(spec)) {
      if (choices.size() == wanted) break;
      if (seen.insert(choice).second) choices.push_back(choice);
    }
  }
  return choices;
}

// Each axis is cut into as many strata as there are points, and each stratum is used once.
std::vector<SweepChoice> latin_hypercube(const SweepSpec& spec) {
  const auto points = std::size_t(spec.points);
  std::vector<SweepChoice> choices(points);
  for (const SweepAxis& axis : spec.axes) {
    Random random(seed_for(spec.seed, axis.key));
    std::vector<std::size_t> strata(points);
    std::iota(strata.begin(), strata.end(), std::size_t{0});
    for (std::size_t left = points; left > 1; --left) {
      std::swap(strata[left - 1], strata[std::size_t(random.below(left))]);
    }
    for (std::size_t i = 0; i < points; ++i) {
      choices[i].push_back(axis.values[strata[i] * axis.values.size() / points]);
    }
  }
  std::set<SweepChoice> seen;
  std::erase_if(choices, [&](const SweepChoice& choice) { return !seen.insert(choice).second; });
  return choices;
}

// The first value of each axis is the centre; each axis leaves it alone.
std::vector<SweepChoice> one_at_a_time(const SweepSpec& spec) {
  SweepChoice centre;
  for (const SweepAxis& axis : spec.axes) centre.push_back(axis.values[0]);
  std::vector<SweepChoice> choices = {centre};
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    for (std::size_t v = 1; v < spec.axes[i].values.size(); ++v) {
      choices.push_back(centre);
      choices.back()[i] = spec.axes[i].values[v];
    }
  }
  return choices;
}

class FixedPlan : public SweepPlan {
 public:
  explicit FixedPlan(const SweepSpec& spec) {
    const auto choices = choices_of(spec);
    for (const SweepWorkload& workload : spec.workloads) {
      for (const SweepChoice& choice : choices) points_.push_back({workload.name, choice});
    }
    most_points_ = std::int64_t(points_.size());
  }
  std::vector<PlannedPoint> next() override { return std::exchange(points_, {}); }
  void learn(const PlannedPoint&, const SweepRecord&) override {}
  bool learns() const override { return false; }
  std::int64_t most_points() const override { return most_points_; }

 private:
  std::vector<PlannedPoint> points_;
  std::int64_t most_points_;
};

// A population for each workload, all in the same generation.
class SearchPlan : public SweepPlan {
 public:
  explicit SearchPlan(const SweepSpec& spec)
      : spec_(spec), nsga2_(axis_sizes(spec), spec.population), searches_(spec.workloads.size()) {}

  std::vector<PlannedPoint> next() override {
    std::vector<PlannedPoint> points;
    // A generation may hold nothing new.
    while (points.empty() && generation_ < spec_.generations) {
      for (std::size_t i = 0; i < searches_.size(); ++i) breed(i, points);
      ++generation_;
    }
    return points;
  }

  void learn(const PlannedPoint& point, const SweepRecord& record) override {
    const SweepWorkload* workload = spec_.find_workload(point.workload);
    searches_[std::size_t(workload - spec_.workloads.data())].fitness[genes_of(point.choice)] =
        fitness_of(spec_, record);
  }
  bool learns() const override { return true; }

  std::int64_t most_points() const override {
    return std::int64_t{spec_.population} * spec_.generations * std::int64_t(searches_.size());
  }

 private:
  struct Search {
    std::vector<Nsga2Individual> population;
    std::vector<std::vector<int>> youngest;
    std::map<std::vector<int>, std::vector<double>> fitness;
  };

  static std::vector<int> axis_sizes(const SweepSpec& spec) {
    std::vector<int> sizes;
    for (const SweepAxis& axis : spec.axes) sizes.push_back(int(axis.values.size()));
    return sizes;
  }

  // The youngest have been tried: who survives has children. Those not tried yet become points.
  void breed(std::size_t i, std::vector<PlannedPoint>& points) {
    Search& search = searches_[i];
    // Folders differ from machine to machine, names do not.
    const std::string& name = spec_.workloads[i].name;
    const std::uint64_t seed = seed_for(spec_.seed, fmt::format("nsga2 {} {}", name, generation_));
    std::vector<Nsga2Individual> tried;
    for (const auto& genes : search.youngest) tried.push_back({genes, search.fitness.at(genes)});
    if (generation_ > 1) {
      search.population = nsga2_.survivors(search.population, tried);
    } else {
      search.population = tried;
    }
    search.youngest =
        generation_ == 0 ? nsga2_.first(seed) : nsga2_.children(search.population, seed);
    // The search begins at the base, among others.
    const auto base = base_choice(spec_);
    if (generation_ == 0 && base) search.youngest[0] = genes_of(*base);
    std::set<std::vector<int>> seen;
    for (const auto& genes : search.youngest) {
      if (search.fitness.count(genes) > 0 || !seen.insert(genes).second) continue;
      points.push_back({name, choice_of(genes)});
    }
  }

  SweepChoice choice_of(const std::vector<int>& genes) const {
    SweepChoice choice;
    for (std::size_t i = 0; i < genes.size(); ++i) {
      choice.push_back(spec_.axes[i].values[std::size_t(genes[i])]);
    }
    return choice;
  }

  std::vector<int> genes_of(const SweepChoice& choice) const {
    std::vector<int> genes;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const auto& values = spec_.axes[i].values;
      genes.push_back(int(std::find(values.begin(), values.end(), choice[i]) - values.begin()));
    }
    return genes;
  }

  const SweepSpec spec_;
  Nsga2 nsga2_;
  std::vector<Search> searches_;
  int generation_ = 0;
};

}  // namespace

std::vector<SweepChoice> choices_of(const SweepSpec& spec) {
  switch (spec.strategy) {
    case SweepStrategy::kGrid:
      break;
    case SweepStrategy::kRandom:
      return drawn(spec);
    case SweepStrategy::kLatinHypercube:
      return latin_hypercube(spec);
    case SweepStrategy::kOneAtATime:
      return one_at_a_time(spec);
    case SweepStrategy::kNsga2:
      throw InternalError("the choices of a search are not known from the start");
  }
  return grid(spec);
}

std::unique_ptr<SweepPlan> plan_of(const SweepSpec& spec) {
  if (spec.strategy == SweepStrategy::kNsga2) return std::make_unique<SearchPlan>(spec);
  return std::make_unique<FixedPlan>(spec);
}

}  // namespace escalate
