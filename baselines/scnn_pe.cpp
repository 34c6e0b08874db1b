#include "baselines/scnn_pe.h"

#include "common/math.h"

namespace escalate {

void OperandStreams::start_stream() {
  starts_.push_back(operands_.size());
  next_position_ = 0;
}

void OperandStreams::append(std::int64_t position, const Operand& operand) {
  const std::int64_t placeholders = (position - next_position_) >> run_bits_;
  for (std::int64_t i = 0; i < placeholders; ++i) operands_.emplace_back().placeholder = true;
  operands_.push_back(operand);
  next_position_ = position + 1;
}

void ScnnPe::prepare(const Operand* weights, std::int64_t count, bool with_counts) {
  vectors_.resize(static_cast<std::size_t>(ceil_div(count, num_weights_)));
  const std::size_t block = std::size_t{2} * static_cast<std::size_t>(queues_.banks());
  if (with_counts) counts_.assign(vectors_.size() * block, 0);
  last_row_ = 0;
  last_column_ = 0;
  const Operand* next = weights;
  for (std::size_t v = 0; v < vectors_.size(); ++v) {
    WeightVector& vector = vectors_[v];
    vector = {next, next + std::min<std::int64_t>(num_weights_, weights + count - next), 0,
              v * block};
    for (; next != vector.last; ++next) {
      if (next->placeholder || !with_counts) continue;
      ++vector.nonzeros;
      last_row_ = std::max(last_row_, next->row);
      last_column_ = std::max(last_column_, next->column);
      const auto bank = static_cast<std::size_t>(queues_.bank_of(weight_hash_of(*next)));
      ++counts_[vector.counts + bank];
      ++counts_[vector.counts + block / 2 + bank];
    }
  }
}

}  // namespace escalate
