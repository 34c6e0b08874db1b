#include "model/cycle/post_operations.h"

#include <algorithm>
#include <utility>

#include "common/error.h"

namespace escalate::cycle {

std::int8_t PostResources::looked_up(int bank, std::int8_t value) const {
  if (bank < 0) return value;
  const std::span<const std::int8_t> table = tables[std::size_t(bank)];
  ensure(!table.empty(), "a lookup finds its table loaded");
  ++counters.table_lookups;
  // The bits of the value with the sign inverted are the number of its entry.
  return table[static_cast<std::uint8_t>(value) ^ 0x80U];
}

DrainOperation::DrainOperation(const PostResources& post, const Drain& op,
                               std::span<const PostParameters> parameters)
    : post_(post), op_(op), parameters_(parameters) {
  ensure(int(parameters.size()) >= op.output.channels, "a drain finds its parameters loaded");
  post_.collector.begin(op.output);
}

std::int8_t DrainOperation::output_of(const CollectedSum& sum) const {
  const PostParameters& parameter = parameters_[std::size_t(sum.channel)];
  // The sign of the sum with its bias chooses the factor.
  const bool is_negative = std::int64_t{sum.sum} + parameter.bias < 0;
  return post_.looked_up(op_.table, requantize(sum.sum, parameter.bias,
                                               is_negative ? parameter.negative : parameter.factor,
                                               op_.low, op_.high));
}

void DrainOperation::add_residual(int p, int q, std::span<std::int8_t> values) {
  const auto residual = post_.buffer.read(op_.residual.at(p, q), int(values.size()));
  for (std::size_t c = 0; c < values.size(); ++c) {
    values[c] = add_requantized(values[c], residual[c], op_.multiplier, op_.residual_multiplier,
                                op_.shift, op_.add_low, op_.add_high);
  }
  post_.counters.residual_additions += std::int64_t(values.size());
}

void DrainOperation::write_group() {
  for (auto& [position, values] : outputs_) {
    const auto [p, q] = position;
    if (op_.add != 0) add_residual(p, q, values);
    post_.buffer.write(
        op_.destination.at(p, q),
        post_.outputs.written({op_.output.image, op_.output.first_channel, p, q}, values));
  }
  outputs_.clear();
}

bool DrainOperation::tick() {
  for (const CollectedSum& sum : post_.collector.tick()) {
    if (sum.group != group_) write_group();
    group_ = sum.group;
    std::vector<std::int8_t>& values = outputs_[{sum.p, sum.q}];
    values.resize(std::size_t(op_.output.channels));
    values[std::size_t(sum.channel)] = output_of(sum);
    ++post_.counters.output_words_drained;
    ++post_.counters.outputs_requantized;
  }
  if (!post_.collector.is_done()) return false;
  write_group();
  return true;
}

bool StreamedOperation::tick() {
  const std::int64_t end = std::min(operands_, next_ + post_.lanes);
  for (; next_ < end; ++next_) take(next_);
  return next_ >= operands_;
}

PoolOperation::PoolOperation(const PostResources& post, const Pool& op)
    : StreamedOperation(
          post, std::int64_t{op.rows()} * op.columns() * op.window.r * op.window.s * op.channels),
      op_(op),
      sums_(std::size_t(op.channels)) {}

void PoolOperation::take(std::int64_t operand) {
  ++post_.counters.pool_operands;
  const int c = int(operand % op_.channels);
  const std::int64_t element = operand / op_.channels;
  const int window = op_.window.r * op_.window.s;
  const int at = int(element % window);
  const std::int64_t position = element / window;
  const int row = int(position / op_.columns());
  const int column = int(position % op_.columns());
  const int p = op_.row_begin + row * op_.row_step;
  const int q = op_.column_begin + column * op_.column_step;
  const int first_row = op_.row_begin / op_.row_step;
  const int first_column = op_.column_begin / op_.column_step;
  const int h = (first_row + row) * op_.window.stride_h - op_.window.pad_top + at / op_.window.s;
  const int w =
      (first_column + column) * op_.window.stride_w - op_.window.pad_left + at % op_.window.s;
  const bool largest = static_cast<PoolKind>(op_.kind) == PoolKind::kMax;
  if (at == 0 && c == 0) {
    inside_ = 0;
    constexpr std::int64_t kSmallest = -128;
    std::fill(sums_.begin(), sums_.end(), largest ? kSmallest : 0);
  }
  if (h >= 0 && h < op_.window.height && w >= 0 && w < op_.window.width) {
    if (c == 0) {
      ++inside_;
      element_ = post_.buffer.read(op_.source.at(h, w), op_.channels);
    }
    const std::int8_t value = element_[std::size_t(c)];
    std::int64_t& sum = sums_[std::size_t(c)];
    sum = largest ? std::max<std::int64_t>(sum, value) : sum + value;
  }
  if (at + 1 == window && c + 1 == op_.channels) finish(p, q);
}

void PoolOperation::finish(int p, int q) {
  const auto kind = static_cast<PoolKind>(op_.kind);
  const int window = op_.window.r * op_.window.s;
  std::vector<std::int8_t> values;
  for (std::int64_t sum : sums_) {
    if (kind == PoolKind::kMax) {
      values.push_back(post_.looked_up(op_.table, std::int8_t(sum)));
      continue;
    }
    if (kind == PoolKind::kAverageInside && inside_ > 0 && inside_ < window) {
      // Divided by the number inside, rounding half away from zero.
      const std::int64_t twice = 2 * sum * window;
      sum = (twice + (sum < 0 ? -inside_ : inside_)) / (2 * inside_);
    }
    const std::int8_t value =
        requantize(std::int32_t(sum), 0, {op_.multiplier, op_.shift}, op_.low, op_.high);
    values.push_back(post_.looked_up(op_.table, value));
  }
  post_.buffer.write(op_.destination.at(p, q),
                     post_.outputs.written({op_.image, op_.first_channel, p, q}, values));
}

AddOperation::AddOperation(const PostResources& post, const Add& op)
    : StreamedOperation(post,
                        std::int64_t{2} * (op.row_end - op.row_begin) * op.columns * op.channels),
      op_(op),
      left_(std::size_t(op.channels)),
      sums_(std::size_t(op.channels)) {}

std::int8_t AddOperation::combined(std::int8_t left, std::int8_t right) const {
  const auto kind = static_cast<AddKind>(op_.kind);
  if (kind == AddKind::kMultiply) {
    return requantize(std::int32_t{left} * right, 0, {op_.left_multiplier, op_.shift}, op_.low,
                      op_.high);
  }
  // The smaller or the larger of both is a sum whose other operand counts for nothing.
  const std::int64_t difference =
      std::int64_t{left} * op_.left_multiplier - std::int64_t{right} * op_.right_multiplier;
  const bool takes_left =
      kind == AddKind::kAdd || (kind == AddKind::kMinimum ? difference <= 0 : difference >= 0);
  const bool takes_right = kind == AddKind::kAdd || !takes_left;
  return add_requantized(takes_left ? left : std::int8_t{0}, takes_right ? right : std::int8_t{0},
                         op_.left_multiplier, op_.right_multiplier, op_.shift, op_.low, op_.high);
}

void AddOperation::take(std::int64_t operand) {
  const int c = int(operand % op_.channels);
  const bool is_right = operand / op_.channels % 2 != 0;
  const std::int64_t position = operand / op_.channels / 2;
  const int p = op_.row_begin + int(position / op_.columns);
  const int q = int(position % op_.columns);
  const bool is_single = (is_right ? op_.right_single : op_.left_single) != 0;
  if (c == 0) {
    operand_ =
        post_.buffer.read((is_right ? op_.right : op_.left).at(p, q), is_single ? 1 : op_.channels);
  }
  const std::int8_t value = operand_[is_single ? 0 : std::size_t(c)];
  if (!is_right) {
    left_[std::size_t(c)] = value;
    return;
  }
  sums_[std::size_t(c)] = combined(left_[std::size_t(c)], value);
  if (static_cast<AddKind>(op_.kind) == AddKind::kMultiply) {
    ++post_.counters.products_requantized;
  } else {
    ++post_.counters.residual_additions;
  }
  if (c + 1 < op_.channels) return;
  post_.buffer.write(op_.destination.at(p, q),
                     post_.outputs.written({op_.image, op_.first_channel, p, q}, sums_));
}

FillOperation::FillOperation(const PostResources& post, const Fill& op)
    : StreamedOperation(post, std::int64_t{op.rows} * op.columns * op.channels), op_(op) {}

void FillOperation::take(std::int64_t operand) {
  if (operand % op_.channels != 0) return;
  const std::int64_t position = operand / op_.channels;
  const std::vector<std::int8_t> zeros(std::size_t(op_.channels), 0);
  post_.buffer.write(op_.destination.at(int(position / op_.columns), int(position % op_.columns)),
                     zeros);
}

}  // namespace escalate::cycle
