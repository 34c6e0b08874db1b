// NSGA-II (K. Deb et al., IEEE Trans. Evolutionary Computation 6(2), 2002) over axes of a few
// values each, one generation at a time.
#pragma once

#include <cstdint>
#include <vector>

namespace escalate {

struct Nsga2Operators;

/// An index into the values of each axis, and what is to be small.
struct Nsga2Individual {
  std::vector<int> genes;
  std::vector<double> fitness;

  bool operator==(const Nsga2Individual&) const = default;
};

/// Operators of the algorithm; they keep nothing between calls, so a search is its population, its
/// seed and the number of its generation.
class Nsga2 {
 public:
  /// Values of each axis (>= 1, not all 1) and the population: a multiple of 4, at least 8.
  /// UserError where the module that holds pagmo cannot be loaded.
  Nsga2(std::vector<int> axis_sizes, int population);

  /// The genes of the first generation, drawn uniformly.
  std::vector<std::vector<int>> first(std::uint64_t seed) const;
  /// Breeds as many children of `parents` with that seed. At least two fitness values each.
  std::vector<std::vector<int>> children(const std::vector<Nsga2Individual>& parents,
                                         std::uint64_t seed) const;
  /// The best of both, as many as there are parents: by front, then by crowding distance.
  std::vector<Nsga2Individual> survivors(const std::vector<Nsga2Individual>& parents,
                                         const std::vector<Nsga2Individual>& children) const;

 private:
  std::vector<int> axis_sizes_;
  int population_;
  const Nsga2Operators* operators_;
};

}  // namespace escalate
