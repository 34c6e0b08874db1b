#include "sweep/nsga2.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/random.h"
#include "sweep/nsga2_operators.h"

namespace escalate {
namespace {

// The loader looks beside the program or library that asks (cmake/Nsga2Module.cmake).
const Nsga2Operators& load() {
  void* const module = ::dlopen(kNsga2Module, RTLD_NOW | RTLD_LOCAL);
  const auto* const operators =
      static_cast<const Nsga2Operators*>(module ? ::dlsym(module, kNsga2Symbol) : nullptr);
  if (!operators) {
    throw UserError(fmt::format("{}: cannot be loaded, so there is no search by nsga2 ({})",
                                kNsga2Module, ::dlerror()));
  }
  if (std::string_view(operators->version) != ESCALATE_VERSION) {
    throw UserError(fmt::format("{}: of version {}, and this is {}", kNsga2Module,
                                operators->version, ESCALATE_VERSION));
  }
  return *operators;
}

const Nsga2Operators& loaded() {
  static const Nsga2Operators& operators = load();
  return operators;
}

}  // namespace

Nsga2::Nsga2(std::vector<int> axis_sizes, int population)
    : axis_sizes_(std::move(axis_sizes)), population_(population), operators_(&loaded()) {
  ensure(std::ranges::any_of(axis_sizes_, [](int size) { return size > 1; }),
         "there is nothing to choose");
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
  return operators_->children(axis_sizes_, parents, seed);
}

std::vector<Nsga2Individual> Nsga2::survivors(const std::vector<Nsga2Individual>& parents,
                                              const std::vector<Nsga2Individual>& children) const {
  std::vector<Nsga2Individual> all = parents;
  all.insert(all.end(), children.begin(), children.end());
  std::vector<std::vector<double>> fitness;
  for (const Nsga2Individual& one : all) fitness.push_back(one.fitness);
  std::vector<Nsga2Individual> best;
  for (const std::size_t i : operators_->best(fitness, parents.size())) best.push_back(all[i]);
  return best;
}

}  // namespace escalate
