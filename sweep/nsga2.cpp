// The only file that includes pagmo, which takes long to compile.
#include "sweep/nsga2.h"

#include <memory>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/multi_objective.hpp>
#include <utility>

#include "common/error.h"
#include "common/random.h"

namespace escalate {
namespace {

constexpr double kCrossoverProbability = 0.95;  // pagmo's defaults
constexpr double kCrossoverIndex = 10;
constexpr double kMutationIndex = 50;

// Values of each axis as whole numbers. Never asked for a fitness: that is known or runs elsewhere.
struct AxesProblem {
  std::vector<int> axis_sizes;
  std::size_t objectives = 2;

  pagmo::vector_double fitness(const pagmo::vector_double&) const {
    throw InternalError("NSGA-II asked for a fitness");
  }
  std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    pagmo::vector_double low(axis_sizes.size(), 0), high;
    for (const int size : axis_sizes) high.push_back(size - 1);
    return {low, high};
  }
  pagmo::vector_double::size_type get_nobj() const { return objectives; }
  pagmo::vector_double::size_type get_nix() const { return axis_sizes.size(); }
};

// pagmo takes only axes that leave a choice; those of one value are left out and put back.
std::vector<std::size_t> free_axes(const std::vector<int>& axis_sizes) {
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < axis_sizes.size(); ++i) {
    if (axis_sizes[i] > 1) axes.push_back(i);
  }
  return axes;
}

// Keeps the children that it is to evaluate.
struct Midwife {
  std::shared_ptr<pagmo::vector_double> children;

  pagmo::vector_double operator()(const pagmo::problem& problem,
                                  const pagmo::vector_double& genes) const {
    *children = genes;
    return pagmo::vector_double(genes.size() / problem.get_nx() * problem.get_nobj(), 0);
  }
};

}  // namespace

Nsga2::Nsga2(std::vector<int> axis_sizes, int population)
    : axis_sizes_(std::move(axis_sizes)), population_(population) {
  ensure(!free_axes(axis_sizes_).empty(), "there is nothing to choose");
  ensure(population_ >= 8 && population_ % 4 == 0, "a population is a multiple of 4, at least 8");
}

std::vector<std::vector<int>> Nsga2::first(std::uint64_t seed) const {
  Random random(seed);
  std::vector<std::vector<int>> all;
  for (int i = 0; i < population_; ++i) {
    all.emplace_back();
    for (const int size : axis_sizes_) all.back().push_back(int(random.below(std::uint64_t(size))));
  }
  return all;
}

std::vector<std::vector<int>> Nsga2::children(const std::vector<Nsga2Individual>& parents,
                                              std::uint64_t seed) const {
  const auto axes = free_axes(axis_sizes_);
  AxesProblem axes_problem{{}, parents.at(0).fitness.size()};
  for (const std::size_t axis : axes) axes_problem.axis_sizes.push_back(axis_sizes_[axis]);
  pagmo::population population{pagmo::problem(axes_problem)};
  for (const Nsga2Individual& parent : parents) {
    pagmo::vector_double genes;
    for (const std::size_t axis : axes) genes.push_back(parent.genes[axis]);
    population.push_back(genes, parent.fitness);
  }
  pagmo::nsga2 algorithm(1, kCrossoverProbability, kCrossoverIndex, 1.0 / double(axes.size()),
                         kMutationIndex, unsigned(seed));
  const Midwife midwife{std::make_shared<pagmo::vector_double>()};
  algorithm.set_bfe(pagmo::bfe(midwife));
  algorithm.evolve(population);
  std::vector<std::vector<int>> all;
  for (std::size_t child = 0; child < midwife.children->size(); child += axes.size()) {
    all.emplace_back(axis_sizes_.size(), 0);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      all.back()[axes[i]] = int((*midwife.children)[child + i]);
    }
  }
  return all;
}

std::vector<Nsga2Individual> Nsga2::survivors(const std::vector<Nsga2Individual>& parents,
                                              const std::vector<Nsga2Individual>& children) const {
  std::vector<Nsga2Individual> all = parents;
  all.insert(all.end(), children.begin(), children.end());
  std::vector<pagmo::vector_double> fitness;
  for (const Nsga2Individual& one : all) fitness.push_back(one.fitness);
  std::vector<Nsga2Individual> best;
  for (const auto i : pagmo::select_best_N_mo(fitness, parents.size())) best.push_back(all[i]);
  return best;
}

}  // namespace escalate
