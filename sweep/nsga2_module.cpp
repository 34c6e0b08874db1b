// The module escalate-nsga2.so: the only file that includes pagmo, which takes long to compile,
// too.
#include <memory>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/multi_objective.hpp>
#include <stdexcept>
#include <utility>

#include "sweep/nsga2_operators.h"

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
    throw std::logic_error("NSGA-II asked for a fitness");
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

std::vector<std::vector<int>> children(const std::vector<int>& axis_sizes,
                                       const std::vector<Nsga2Individual>& parents,
                                       std::uint64_t seed) {
  const auto axes = free_axes(axis_sizes);
  AxesProblem axes_problem{{}, parents.at(0).fitness.size()};
  for (const std::size_t axis : axes) axes_problem.axis_sizes.push_back(axis_sizes[axis]);
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
    all.emplace_back(axis_sizes.size(), 0);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      all.back()[axes[i]] = int((*midwife.children)[child + i]);
    }
  }
  return all;
}

std::vector<std::size_t> best(const std::vector<std::vector<double>>& fitness, std::size_t count) {
  std::vector<std::size_t> indices;
  for (const auto i : pagmo::select_best_N_mo(fitness, count)) indices.push_back(i);
  return indices;
}

}  // namespace
}  // namespace escalate

extern "C" __attribute__((visibility("default")))
const escalate::Nsga2Operators escalate_nsga2_operators = {ESCALATE_VERSION, escalate::children,
                                                           escalate::best};
