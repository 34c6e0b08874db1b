#include "model/cycle/post_operations.h"

#include <algorithm>
#include <utility>

#include "common/error.h"

namespace escalate::cycle {

DrainOperation::DrainOperation(const PostResources& post, const Drain& op,
                               std::span<const PostParameters> parameters)
    : post_(post), op_(op), parameters_(parameters) {
  ensure(int(parameters.size()) >= op.output.channels, "a drain finds its parameters loaded");
  post_.collector.begin(op.output);
}

std::int8_t DrainOperation::output_of(const CollectedSum& sum) const {
  const PostParameters& parameter = parameters_[std::size_t(sum.channel)];
  return requantize(sum.sum, parameter.bias, parameter.factor, op_.low, op_.high);
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
    : StreamedOperation(post, std::int64_t{op.row_end - op.row_begin} *
                                  (op.column_end - op.column_begin) * op.window.r * op.window.s *
                                  op.channels),
      op_(op),
      sums_(std::size_t(op.channels)) {}

void PoolOperation::take(std::int64_t operand) {
  ++post_.counters.pool_operands;
  const int c = int(operand % op_.channels);
  const std::int64_t element = operand / op_.channels;
  const int window = op_.window.r * op_.window.s;
  const int at = int(element % window);
  const std::int64_t position = element / window;
  const int columns = op_.column_end - op_.column_begin;
  const int p = op_.row_begin + int(position / columns);
  const int q = op_.column_begin + int(position % columns);
  const int h = p * op_.window.stride_h - op_.window.pad_top + at / op_.window.s;
  const int w = q * op_.window.stride_w - op_.window.pad_left + at % op_.window.s;
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
      values.push_back(std::int8_t(sum));
      continue;
    }
    if (kind == PoolKind::kAverageInside && inside_ > 0 && inside_ < window) {
      // Divided by the number inside, rounding half away from zero.
      const std::int64_t twice = 2 * sum * window;
      sum = (twice + (sum < 0 ? -inside_ : inside_)) / (2 * inside_);
    }
    values.push_back(
        requantize(std::int32_t(sum), 0, {op_.multiplier, op_.shift}, op_.low, op_.high));
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

void AddOperation::take(std::int64_t operand) {
  const int c = int(operand % op_.channels);
  const bool is_right = operand / op_.channels % 2 != 0;
  const std::int64_t position = operand / op_.channels / 2;
  const int p = op_.row_begin + int(position / op_.columns);
  const int q = int(position % op_.columns);
  if (c == 0) {
    operand_ = post_.buffer.read((is_right ? op_.right : op_.left).at(p, q), op_.channels);
  }
  const std::int8_t value = operand_[std::size_t(c)];
  if (!is_right) {
    left_[std::size_t(c)] = value;
    return;
  }
  sums_[std::size_t(c)] = add_requantized(left_[std::size_t(c)], value, op_.left_multiplier,
                                          op_.right_multiplier, op_.shift, op_.low, op_.high);
  ++post_.counters.residual_additions;
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
