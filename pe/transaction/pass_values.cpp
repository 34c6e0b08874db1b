#include "pe/transaction/pass_values.h"

namespace escalate {

void PassValues::compute_row(const PassInput& input, std::span<const int> columns) {
  const int num_rows = rows_.rows();
  num_columns_ = columns.size();
  const std::size_t row_size = num_columns_ * std::size_t(num_rows);
  values_.resize(row_size * rows_.tiles.size());
  const int step = columns.size() > 1 ? columns[1] - columns[0] : 1;
  const bool is_regular = columns.back() - columns.front() == step * (int(columns.size()) - 1);
  for (std::size_t t = 0; t < rows_.tiles.size(); ++t) {
    const PassRows::Tile& tile = rows_.tiles[t];
    std::int32_t* out = &values_[t * row_size];
    const auto multiply = [&](std::size_t first, int count) {
      const ActivationVectors vectors{input.data(columns[first], tile.first_channel),
                                      std::ptrdiff_t{step} * position_stride_, count};
      multiply_ternary(tile.dense, 0, num_rows, vectors, out + first * std::size_t(num_rows),
                       num_rows, set_);
    };
    if (is_regular) {
      multiply(0, int(columns.size()));
    } else {
      for (std::size_t i = 0; i < columns.size(); ++i) multiply(i, 1);
    }
  }
}

}  // namespace escalate
