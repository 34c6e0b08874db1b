#include "sweep/nsga2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/random.h"

namespace escalate {
namespace {

using testing::ElementsAre;

// Two opposed wishes: x small, and x large but y small. The front is y = 0.
std::vector<double> two_wishes(const std::vector<int>& genes) {
  return {double(genes[0] + genes[1]), double(9 - genes[0] + genes[1])};
}

std::vector<Nsga2Individual> tried(const std::vector<std::vector<int>>& all) {
  std::vector<Nsga2Individual> individuals;
  for (const auto& genes : all) individuals.push_back({genes, two_wishes(genes)});
  return individuals;
}

TEST(Nsga2, KeepsTheBestFrontAndItsEnds) {
  const Nsga2 nsga2({10, 10}, 8);
  std::vector<Nsga2Individual> parents, children;
  for (int i = 0; i < 8; ++i) {
    parents.push_back({{i, 0}, {double(i), double(20 - i)}});
    children.push_back({{i, 1}, {double(i) + 0.5, double(30 - i)}});  // each is beaten
  }
  auto best = nsga2.survivors(children, parents);
  std::sort(best.begin(), best.end(),
            [](const auto& a, const auto& b) { return a.fitness < b.fitness; });
  EXPECT_EQ(best, parents);
}

TEST(Nsga2, ChildrenDependOnTheirParentsAndTheSeedAlone) {
  const Nsga2 nsga2({10, 3, 5}, 12);
  std::vector<Nsga2Individual> parents;
  for (const auto& genes : nsga2.first(1)) parents.push_back({genes, two_wishes(genes)});
  EXPECT_EQ(nsga2.first(1), Nsga2({10, 3, 5}, 12).first(1));
  EXPECT_EQ(nsga2.children(parents, 7), Nsga2({10, 3, 5}, 12).children(parents, 7));
  EXPECT_NE(nsga2.children(parents, 7), nsga2.children(parents, 8));
}

TEST(Nsga2, GenesAreIndicesOfTheirAxes) {
  const std::vector<int> sizes = {1, 2, 7};
  const Nsga2 nsga2(sizes, 16);
  std::vector<Nsga2Individual> population;
  for (const auto& genes : nsga2.first(3)) population.push_back({genes, {1.0, 2.0}});
  for (int generation = 0; generation < 20; ++generation) {
    const auto children = nsga2.children(population, std::uint64_t(generation));
    ASSERT_EQ(children.size(), 16U);
    for (std::size_t i = 0; i < children.size(); ++i) {
      for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
        ASSERT_GE(children[i][axis], 0);
        ASSERT_LT(children[i][axis], sizes[axis]);
      }
      population[i].genes = children[i];
    }
  }
}

TEST(Nsga2, FindsTheWholeFrontOfASmallProblem) {
  const Nsga2 nsga2({10, 10}, 24);
  auto population = tried(nsga2.first(1));
  for (int generation = 1; generation < 20; ++generation) {
    population = nsga2.survivors(
        population, tried(nsga2.children(population, seed_for(std::uint64_t(generation), "g"))));
  }
  std::vector<bool> found(10, false);
  for (const Nsga2Individual& one : population) {
    EXPECT_EQ(one.genes[1], 0);
    found[std::size_t(one.genes[0])] = true;
  }
  EXPECT_THAT(found, testing::Each(true));
}

}  // namespace
}  // namespace escalate
