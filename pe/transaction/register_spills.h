// How many sums move from the registers of PE rows to their line buffers (`mac.sum_registers`).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/pass_geometry.h"

namespace escalate {

/// Of the rows of a group, each of which is given its elements by column.
class RegisterSpills {
 public:
  RegisterSpills(const PassGeometry& pass, int rows) : pass_(pass), reached_(std::size_t(rows)) {
    begin_row();
  }

  /// The elements of the next input row come.
  void begin_row();
  /// An element of input (h, w) that is not zero is in row `row`: how many sums are the first ones
  /// of their outputs in this input row. Each leaves its register once.
  std::int64_t element(int row, int h, int w);
  /// The same of an element in each row whose value is not zero.
  std::int64_t elements(std::span<const std::int32_t> values, int h, int w);

 private:
  PassGeometry pass_;
  std::vector<int> reached_;  ///< by row: columns of outputs before it have had a sum, or will not
};

}  // namespace escalate
