// The line buffers of a group of blocks as values: output sums of a tile, each the sum of what all
// PE rows of its channel have (docs/microarchitecture.md, sections 7 and 8).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/isa.h"
#include "machine/pass_geometry.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/scaled_sums.h"

namespace escalate {

/// Sums that a block's output bank holds (OutputMap says where).
using OutputBank = std::vector<std::int32_t>;

/// What one pass does with them. They outlive it: a pass that is not fresh goes on with those of
/// the pass before.
class LineSums {
 public:
  /// Takes everything by reference. InternalError if the pass is not fresh and `sums` are not of
  /// its tile.
  LineSums(std::vector<std::int32_t>& sums, const Run& run, const PassGroup& group,
           const PassGeometry& geometry, const PassRows& rows, HostSimd set = best_host_simd());

  /// Decomposed: adds the elements of an entry at (h, w), one for each row of PassRows, times the
  /// taps that they meet.
  void add_elements(int h, int w, const std::int32_t* elements);

  /// Direct: adds the activations at (h, w), one for each channel of the pass, times their kernels.
  void add_activations(int h, int w, const std::int8_t* activations);

  /// Output rows that the pass completes go to the output bank of member block `member`. Returns
  /// the number of words.
  std::int64_t store(int member, OutputBank& bank) const;
  /// That number, of a member block of `group`.
  static std::int64_t num_words(const OutputMap& output, const PassGroup& group, int member);

 private:
  std::size_t index(int p, int q) const;
  template <class Add>
  void for_each_output(int h, int w, Add&& add);

  std::vector<std::int32_t>& sums_;  // [tile row][column][output]
  const Run& run_;
  const PassGroup& group_;
  const PassGeometry& geometry_;
  const PassRows& rows_;
  ScaledSums scaled_;
};

}  // namespace escalate
