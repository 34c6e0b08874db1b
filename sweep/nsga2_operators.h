// What the module escalate-nsga2.so gives the search (nsga2.h): pagmo's operators. It is loaded
// when a search begins, since pagmo alone takes more memory and time to load than a small
// simulation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sweep/nsga2.h"

namespace escalate {

/// Both sides are made by one build, so they exchange C++ types.
struct Nsga2Operators {
  const char* version;  // of the project, which must be the caller's

  /// Breeds as many children as there are parents. At least one axis of more than one value.
  std::vector<std::vector<int>> (*children)(const std::vector<int>& axis_sizes,
                                            const std::vector<Nsga2Individual>& parents,
                                            std::uint64_t seed);
  /// Indices of the best `count`: by front, then by crowding distance.
  std::vector<std::size_t> (*best)(const std::vector<std::vector<double>>& fitness,
                                   std::size_t count);
};

inline constexpr char kNsga2Module[] = "escalate-nsga2.so";
inline constexpr char kNsga2Symbol[] = "escalate_nsga2_operators";

}  // namespace escalate
