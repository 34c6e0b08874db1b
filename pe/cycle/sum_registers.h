// Registers beside a row's multipliers, in which sums wait until no later element of the input row
// adds to them (docs/microarchitecture.md, section 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "machine/pass_geometry.h"

namespace escalate {

class SumRegistersClocked {
 public:
  /// A partial sum of output (p, q).
  struct Sum {
    int p = 0, q = 0;
    std::int32_t value = 0;
  };

  explicit SumRegistersClocked(int count) : count_(count) {}

  /// Whether a pass keeps its sums here.
  bool hold(const PassGeometry& pass) const { return count_ >= pass.outputs_of_input(); }

  void add(int p, int q, std::int32_t value);

  /// Calls take(sum) for each sum of a column before `column`, whose registers are free then.
  template <class Take>
  void leave(int column, Take&& take) {
    std::size_t kept = 0;
    for (const Sum& sum : sums_) {
      if (sum.q < column) {
        take(sum);
      } else {
        sums_[kept++] = sum;
      }
    }
    sums_.resize(kept);
  }

 private:
  int count_;
  std::vector<Sum> sums_;  ///< those in use
};

}  // namespace escalate
