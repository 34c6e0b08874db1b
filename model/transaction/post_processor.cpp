#include "model/transaction/post_processor.h"

#include <algorithm>
#include <limits>

#include "common/error.h"
#include "common/math.h"
#include "machine/requantize.h"

namespace escalate {
namespace {

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word |= std::uint32_t{bytes[at + i]} << (8 * i);
  return word;
}

FixedPoint factor_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return {std::int32_t(word_at(bytes, at)), int(bytes[at + 4])};
}

// Rows and columns of a window that lie inside the input.
struct Inside {
  int h_begin, h_end, w_begin, w_end;
  int count() const { return (h_end - h_begin) * (w_end - w_begin); }
};

Inside inside_of(const WindowOperand& window, int p, int q) {
  const int h = p * window.stride_h - window.pad_top;
  const int w = q * window.stride_w - window.pad_left;
  return {std::max(0, h), std::min(window.height, h + window.r), std::max(0, w),
          std::min(window.width, w + window.s)};
}

std::int8_t combined(const Add& op, std::int8_t left, std::int8_t right) {
  const std::int64_t scaled_left = std::int64_t{left} * op.left_multiplier;
  const std::int64_t scaled_right = std::int64_t{right} * op.right_multiplier;
  const auto rounded = [&](std::int64_t value) {
    return round_shifted(value, op.shift, op.low, op.high);
  };
  switch (static_cast<AddKind>(op.kind)) {
    case AddKind::kAdd:
      return rounded(scaled_left + scaled_right);
    case AddKind::kMultiply:
      return rounded(scaled_left * right);
    case AddKind::kMinimum:
      return rounded(std::min(scaled_left, scaled_right));
    case AddKind::kMaximum:
      return rounded(std::max(scaled_left, scaled_right));
  }
  throw InternalError("an addition of no kind");
}

}  // namespace

void PostProcessor::load_parameters(const LoadParameters& load,
                                    std::span<const std::uint8_t> bytes) {
  auto& bank = parameters_[std::size_t(load.bank)];
  bank.clear();
  for (int k = 0; k < load.channels; ++k) {
    const std::size_t at = std::size_t(k) * LoadParameters::kBytesPerChannel;
    const FixedPoint factor = factor_at(bytes, at + 4);
    bank.push_back({std::int32_t(word_at(bytes, at)), factor, factor});
  }
}

void PostProcessor::load_parameters(const LoadSlopedParameters& load,
                                    std::span<const std::uint8_t> bytes) {
  auto& bank = parameters_[std::size_t(load.bank)];
  bank.clear();
  for (int k = 0; k < load.channels; ++k) {
    const std::size_t at = std::size_t(k) * LoadSlopedParameters::kBytesPerChannel;
    bank.push_back(
        {std::int32_t(word_at(bytes, at)), factor_at(bytes, at + 4), factor_at(bytes, at + 9)});
  }
}

void PostProcessor::load_table(const LoadTable& load, std::span<const std::uint8_t> bytes) {
  tables_[std::size_t(load.bank)].assign(bytes.begin(), bytes.end());
}

// Replaces each value by what the table has for it; bank -1 has nothing for any.
void PostProcessor::look_up(int bank, std::span<std::int8_t> values) {
  if (bank < 0) return;
  const std::vector<std::int8_t>& table = tables_[std::size_t(bank)];
  ensure(!table.empty(), "a lookup finds its table loaded");
  for (std::int8_t& value : values) value = table[std::size_t(value + 128)];
  counters_.table_lookups += std::int64_t(values.size());
}

void PostProcessor::write(std::int64_t address, std::span<const std::int8_t> values) {
  buffer_.write(address, values);
  count_global_buffer_write(counters_, values);
}

void PostProcessor::count_read(std::int64_t address, int channels) {
  count_global_buffer_read(counters_, {buffer_.data(address), std::size_t(channels)});
}

std::int64_t PostProcessor::busy(std::int64_t cycles) {
  counters_.post_busy_cycles += cycles;
  return cycles;
}

void PostProcessor::drain_group(const Drain& op, int group) {
  const OutputMap& map = op.output;
  const PassGroup& part = map.groups[std::size_t(group)];
  const auto& parameters = parameters_[std::size_t(op.parameter_bank)];
  ensure(int(parameters.size()) >= map.channels, "a drain finds its parameters loaded");
  values_.assign(std::size_t(map.channels), 0);
  const bool is_read = outputs_.computed_is_read();
  std::vector<const std::int32_t*> sums;  // by channel: of its first position
  for (int k = 0; k < map.channels; ++k) {
    const int block = group * map.blocks_per_group + k / map.per_block;
    sums.push_back(&blocks_.output_bank(
        block, map.bank)[std::size_t(k % map.per_block) * map.bank_rows * map.columns()]);
  }
  for (int p = part.out_begin; p < part.out_end; ++p) {
    for (int q = map.column_begin; q < map.column_end; ++q) {
      const std::size_t word =
          std::size_t(p - part.out_begin) * map.columns() + q - map.column_begin;
      for (std::size_t k = 0; k < values_.size() && is_read; ++k) {
        const Parameters& parameter = parameters[k];
        values_[k] = requantize_by_sign(sums[k][word], parameter.bias, parameter.factor,
                                        parameter.negative, op.low, op.high);
      }
      look_up(op.table, values_);
      if (op.add != 0) {
        const std::int64_t at = op.residual.at(p, q);
        const std::int8_t* residual = buffer_.data(at);
        for (int k = 0; k < map.channels && is_read; ++k) {
          std::int8_t& value = values_[std::size_t(k)];
          value = add_requantized(value, residual[k], op.multiplier, op.residual_multiplier,
                                  op.shift, op.add_low, op.add_high);
        }
        count_read(at, map.channels);
        counters_.residual_additions += map.channels;
      }
      write(op.destination.at(p, q),
            outputs_.written({map.image, map.first_channel, p, q}, values_));
    }
  }
}

std::int64_t PostProcessor::execute(const Drain& op) {
  const OutputMap& map = op.output;
  std::int64_t cycles = 0;
  for (int g = 0; g < int(map.groups.size()); ++g) {
    const PassGroup& part = map.groups[std::size_t(g)];
    if (part.out_begin >= part.out_end) continue;
    const std::int64_t positions = std::int64_t{part.out_end - part.out_begin} * map.columns();
    for (int member = 0; map.channels_of_block(member) > 0; ++member) {
      const std::int64_t words = positions * map.channels_of_block(member);
      counters_.output_words_drained += words;
      counters_.outputs_requantized += words;
      cycles += ceil_div(words, machine_.post_lanes);
    }
    drain_group(op, g);
  }
  return busy(std::max<std::int64_t>(1, cycles));
}

std::int64_t PostProcessor::execute(const Pool& op) {
  const auto kind = static_cast<PoolKind>(op.kind);
  const std::int64_t full = std::int64_t{op.window.r} * op.window.s;
  const FixedPoint factor{op.multiplier, op.shift};
  std::vector<std::int64_t> sums(std::size_t(op.channels));
  values_.resize(std::size_t(op.channels));
  for (int p = op.row_begin; p < op.row_end; p += op.row_step) {
    for (int q = op.column_begin; q < op.column_end; q += op.column_step) {
      const Inside inside = inside_of(op.window, p / op.row_step, q / op.column_step);
      const bool largest = kind == PoolKind::kMax;
      std::fill(sums.begin(), sums.end(),
                largest ? std::numeric_limits<std::int8_t>::min() : std::int64_t{0});
      for (int h = inside.h_begin; h < inside.h_end; ++h) {
        for (int w = inside.w_begin; w < inside.w_end; ++w) {
          const std::int64_t at = op.source.at(h, w);
          const std::int8_t* data = buffer_.data(at);
          count_read(at, op.channels);
          for (int c = 0; c < op.channels; ++c) {
            std::int64_t& sum = sums[std::size_t(c)];
            sum = largest ? std::max<std::int64_t>(sum, data[c]) : sum + data[c];
          }
        }
      }
      const std::int64_t count = inside.count();
      for (int c = 0; c < op.channels; ++c) {
        std::int64_t sum = sums[std::size_t(c)];
        if (kind == PoolKind::kAverageInside && count > 0 && count < full) {
          sum = (2 * sum * full + (sum >= 0 ? count : -count)) / (2 * count);
        }
        values_[std::size_t(c)] =
            largest ? std::int8_t(sum) : requantize(std::int32_t(sum), 0, factor, op.low, op.high);
      }
      look_up(op.table, values_);
      write(op.destination.at(p, q), outputs_.written({op.image, op.first_channel, p, q}, values_));
    }
  }
  const std::int64_t outputs = std::int64_t{op.channels} * op.rows() * op.columns();
  counters_.pool_operands += outputs * full;
  return busy(ceil_div(outputs * full, machine_.post_lanes));
}

std::int64_t PostProcessor::execute(const Add& op) {
  values_.resize(std::size_t(op.channels));
  const bool is_left_single = op.left_single != 0, is_right_single = op.right_single != 0;
  for (int p = op.row_begin; p < op.row_end; ++p) {
    for (int q = 0; q < op.columns; ++q) {
      const std::int8_t* left = buffer_.data(op.left.at(p, q));
      const std::int8_t* right = buffer_.data(op.right.at(p, q));
      for (int c = 0; c < op.channels; ++c) {
        values_[std::size_t(c)] =
            combined(op, left[is_left_single ? 0 : c], right[is_right_single ? 0 : c]);
      }
      count_read(op.left.at(p, q), is_left_single ? 1 : op.channels);
      count_read(op.right.at(p, q), is_right_single ? 1 : op.channels);
      write(op.destination.at(p, q), outputs_.written({op.image, op.first_channel, p, q}, values_));
    }
  }
  const std::int64_t outputs = std::int64_t{op.channels} * (op.row_end - op.row_begin) * op.columns;
  const bool multiplies = static_cast<AddKind>(op.kind) == AddKind::kMultiply;
  (multiplies ? counters_.products_requantized : counters_.residual_additions) += outputs;
  return busy(ceil_div(2 * outputs, machine_.post_lanes));
}

std::int64_t PostProcessor::execute(const Fill& op) {
  values_.assign(std::size_t(op.channels), 0);
  for (int row = 0; row < op.rows; ++row) {
    for (int column = 0; column < op.columns; ++column) {
      write(op.destination.at(row, column), values_);
    }
  }
  const std::int64_t outputs = std::int64_t{op.rows} * op.columns * op.channels;
  return busy(ceil_div(outputs, machine_.post_lanes));
}

}  // namespace escalate
