// The elements of the intermediate map that a pass makes of one input row, in decomposed mode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "pe/transaction/pass_input.h"
#include "pe/transaction/pass_rows.h"

namespace escalate {

class PassValues {
 public:
  /// `position_stride`: bytes from one column of the input to the next.
  PassValues(const PassRows& rows, int position_stride, HostSimd set)
      : rows_(rows), position_stride_(position_stride), set_(set) {}

  /// Computes every element of the row that `input` has taken up.
  void compute_row(const PassInput& input, std::span<const int> columns);

  /// The elements of one entry, by row of PassRows; `column` is an index into `columns`.
  std::span<std::int32_t> elements(std::size_t column, int tile) {
    const auto size = std::size_t(rows_.rows());
    return {&values_[(std::size_t(tile) * num_columns_ + column) * size], size};
  }

 private:
  const PassRows& rows_;
  int position_stride_;
  HostSimd set_;
  std::size_t num_columns_ = 0;
  std::vector<std::int32_t> values_;  // [tile][column][row]
};

}  // namespace escalate
