#include "pe/transaction/register_spills.h"

#include <algorithm>

namespace escalate {

void RegisterSpills::begin_row() {
  std::fill(reached_.begin(), reached_.end(), pass_.columns.out_begin);
}

std::int64_t RegisterSpills::element(int row, int h, int w) {
  int& reached = reached_[std::size_t(row)];
  const int end = pass_.columns.last_output(w) + 1;
  const int first = std::max(pass_.columns.first_output(w), reached);
  if (end <= first) return 0;
  reached = end;
  return std::int64_t{pass_.rows.taps(h)} * (end - first);
}

std::int64_t RegisterSpills::elements(std::span<const std::int32_t> values, int h, int w) {
  std::int64_t sums = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (values[row] != 0) sums += element(int(row), h, w);
  }
  return sums;
}

}  // namespace escalate
