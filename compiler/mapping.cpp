#include "compiler/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/math.h"
#include "compiler/least_mapping_cost.h"
#include "compiler/mapping_cost.h"

namespace escalate {
namespace {

// What is tried does not depend on a machine's memories, so that a larger one has every choice that
// a smaller one has. Columns, rows and passes are cut into as many parts as these, as far as they
// fit; columns into at most eight times as many as must be.
constexpr int kMostColumnParts = 8;
// More instructions must gain this much to be worth it, since the estimate is only an estimate.
constexpr double kWorthwhile = 0.997;

// How much slower than the fastest a mapping may be that takes less energy.
constexpr double kNearlyAsFast = 1.02;
// Of those, a byte of traffic costs a third of the cycles that take as much energy. The machine
// spends some 5 nJ a cycle, 64 pJ on a byte of DRAM, and 16 pJ on one that is sent to a block,
// written to its rings and read there.
constexpr double kDramByte = 0.004;
constexpr double kDeliveredByte = 0.001;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

[[noreturn]] void fail(const ConvLayer& layer, const char* key, const std::string& message) {
  throw UserError({"", 0, key}, fmt::format("layer '{}': {}", layer.node->name, message));
}

std::vector<Range> split_at_most(int extent, int most) {
  return split_evenly(extent, ceil_div(extent, most));
}

/// 1 to 8, from there on by a quarter each: 10, 12, 15, 18, ... up to `most`, which is the last.
std::vector<int> numbers_of_parts(int most) {
  std::vector<int> numbers;
  for (int parts = 1; parts < most; parts += std::max(1, parts / 4)) numbers.push_back(parts);
  numbers.push_back(most);
  return numbers;
}

class Mapper {
 public:
  Mapper(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room)
      : machine_(machine), layer_(layer), window_(layer.node->window), room_(room) {}

  // Time first: a larger memory has every choice that a smaller one has, so it is slower by no more
  // than what energy may cost.
  ConvMapping best() {
    search();
    if (!best_) {
      fail(layer_, "global_buffer_bytes",
           fmt::format("its smallest tiles do not fit into the {} free bytes of the global buffer",
                       room_.workspace_bytes));
    }
    ConvMapping fastest = *std::move(best_);
    most_cycles_ = kNearlyAsFast * fastest.estimated_cycles;
    traffic_price_ = 1;
    best_.reset();
    search();
    return best_ ? *std::move(best_) : fastest;  // which is one of those at most 2% slower
  }

 private:
  void search() {
    std::vector<ConvMapping> wholes = whole_mappings();
    std::stable_sort(wholes.begin(), wholes.end(), [](const ConvMapping& a, const ConvMapping& b) {
      return a.estimated_cycles < b.estimated_cycles;
    });
    for (ConvMapping& whole : wholes) {
      if (!is_worthwhile(whole.estimated_cycles)) break;
      consider_rows(std::move(whole));
    }
  }

  // Cycles, and a little for traffic; infinity for what is too slow.
  double total(const MappingCost& cost) const {
    if (cost.cycles > most_cycles_) return kInfinity;
    return cost.cycles +
           traffic_price_ * (kDramByte * cost.dram_bytes + kDeliveredByte * cost.delivered_bytes);
  }
  bool is_worthwhile(double cost) const {
    return cost < kInfinity && (!best_ || cost < kWorthwhile * best_->estimated_cycles);
  }
  // What the mapping costs at least, with any row tiles and passes that are parts of its own.
  double least_in_parts(const ConvMapping& mapping) const {
    return total(least_cost_in_parts(machine_, layer_, room_, mapping));
  }

  // Every choice of groups, columns, order and channels of the input, with one row tile and the
  // largest passes, whether they fit or not, and with the least that any part of it may cost.
  std::vector<ConvMapping> whole_mappings() const {
    std::vector<ConvMapping> mappings;
    for (int groups = 1; groups <= machine_.blocks; ++groups) {
      if (machine_.blocks % groups != 0) continue;
      if (groups > 1 && groups > layer_.out.h) break;
      ConvMapping mapping;
      mapping.groups = groups;
      spread_channels(mapping);
      choose_channel_step(mapping);
      for (const ConvMapping& stepped : with_loads_by_step(mapping)) {
        add_columns_and_orders(stepped, mappings);
      }
    }
    return mappings;
  }

  // The mapping as it is, and with one step of the input loaded at a time, in whole segments.
  std::vector<ConvMapping> with_loads_by_step(const ConvMapping& mapping) const {
    std::vector<ConvMapping> mappings = {mapping};
    if (room_.input_resident || room_.whole_input) return mappings;
    const int segment = room_.input_segment_channels;
    for (int channels = mapping.channel_step / segment * segment; channels >= segment;
         channels = channels / 2 / segment * segment) {
      ConvMapping& by_step = mappings.emplace_back(mapping);
      by_step.load_by_step = true;
      by_step.channel_step = channels;
    }
    return mappings;
  }

  void add_columns_and_orders(const ConvMapping& stepped,
                              std::vector<ConvMapping>& mappings) const {
    const int fewest = ceil_div(layer_.out.w, most_columns(stepped));
    int last = 0;
    for (const int parts : numbers_of_parts(std::min(layer_.out.w, kMostColumnParts * fewest))) {
      const int columns = ceil_div(layer_.out.w, std::max(parts, fewest));
      if (columns == last) continue;
      last = columns;
      for (const bool outside : {false, true}) {
        if (outside && stepped.rounds.size() == 1) continue;
        ConvMapping& mapping = mappings.emplace_back(stepped);
        mapping.rounds_outside = outside;
        mapping.column_tiles = split_by(layer_.out.w, columns);
        mapping.row_tiles = {{0, layer_.out.h}};
        mapping.bank_rows = most_bank_rows(mapping);
        mapping.estimated_cycles = least_in_parts(mapping);
      }
    }
  }

  // Smaller row tiles fit into less, and let loads and stores go on beside the passes.
  void consider_rows(ConvMapping mapping) {
    const bool has_transfers =
        !room_.input_resident || room_.residual_loaded || room_.output_stored;
    const int channels = mapping.load_by_step ? mapping.channel_step : layer_.in.c;
    for (const int tiles : numbers_of_parts(has_transfers ? layer_.out.h : 1)) {
      mapping.row_tiles = split_evenly(layer_.out.h, tiles);
      if (workspace(mapping, channels) > room_.workspace_bytes) continue;
      mapping.bank_rows = most_bank_rows(mapping);
      if (!is_worthwhile(least_in_parts(mapping))) continue;
      consider_passes(mapping);
    }
  }

  // Smaller passes let drains go on beside the next ones.
  void consider_passes(ConvMapping mapping) {
    const int rows = ceil_div(mapping.row_tiles[0].size(), mapping.groups);
    const int most = mapping.bank_rows;
    const int least =
        mapping.continues(layer_) ? std::min(most, rows_completed_together(layer_)) : 1;
    int last = 0;
    for (const int passes : numbers_of_parts(rows)) {
      mapping.bank_rows = std::clamp(ceil_div(rows, passes), least, most);
      if (mapping.bank_rows == last) continue;
      last = mapping.bank_rows;
      if (!is_worthwhile(total(least_mapping_cost(machine_, layer_, room_, mapping)))) continue;
      mapping.estimated_cycles = total(mapping_cost(machine_, layer_, room_, mapping));
      if (is_worthwhile(mapping.estimated_cycles)) best_ = mapping;
    }
  }

  void spread_channels(ConvMapping& mapping) const {
    mapping.blocks_per_group = machine_.blocks / mapping.groups;
    mapping.folds = split_at_most(layer_.terms, machine_.rows);
    const int terms = mapping.folds[0].size();
    const int slice_most = std::max(1, machine_.rows / terms);
    const int most =
        mapping.blocks_per_group * std::min(machine_.slices * slice_most, bank_most(terms));
    mapping.rounds = split_at_most(layer_.out.c, most);
    const int channels = mapping.rounds[0].size();
    mapping.per_block = ceil_div(channels, mapping.blocks_per_group);
    mapping.per_slice = ceil_div(mapping.per_block, machine_.slices);
    // Rounds of whole blocks, so that no block is left out in all of them.
    mapping.rounds = split_by(layer_.out.c, mapping.per_block * mapping.blocks_per_group);
  }

  // Output channels of a block whose coefficients for one input channel fit into a bank.
  int bank_most(int terms) const {
    const int of_channel = layer_.direct ? 1 + window_.r * window_.s : 2 * terms;
    if (of_channel > machine_.coefficient_bank_bytes) {
      fail(layer_, "coefficient_bank_bytes",
           fmt::format("{} bytes cannot hold the coefficients of one input and output channel",
                       machine_.coefficient_bank_bytes));
    }
    return machine_.coefficient_bank_bytes / of_channel;
  }

  // Output columns at once that line buffers and output banks have room for.
  int most_columns(const ConvMapping& mapping) const {
    const int lines = ceil_div(window_.r, window_.stride_h);
    const int of_lines = machine_.mac.line_buffer_words / lines;
    if (of_lines < 1) {
      fail(layer_, "mac.line_buffer_words",
           fmt::format("{} words cannot hold {} output rows", machine_.mac.line_buffer_words,
                       lines));
    }
    int of_bank = machine_.output_bank_words / mapping.per_block;
    const int together = rows_completed_together(layer_);
    if (!mapping.accumulates(layer_) && of_bank >= together) of_bank /= together;
    if (of_bank < 1) {
      fail(layer_, "output_bank_words",
           fmt::format("{} words cannot hold one sum of {} channels", machine_.output_bank_words,
                       mapping.per_block));
    }
    return std::min(of_lines, of_bank);
  }

  // Output rows of a group in one pass, of the largest row tile.
  int most_bank_rows(const ConvMapping& mapping) const {
    return std::min(
        ceil_div(mapping.row_tiles[0].size(), mapping.groups),
        machine_.output_bank_words / (mapping.per_block * mapping.column_tiles[0].size()));
  }

  void choose_channel_step(ConvMapping& mapping) const {
    int most = 1;
    for (const Range round : mapping.rounds) {
      most = std::max(most, layer_.input_channels(round).size());
    }
    mapping.channel_step = most;
    while (largest_bank(mapping) > machine_.coefficient_bank_bytes) {
      ensure(mapping.channel_step > 1, "the coefficients of one input channel fit into a bank");
      // Shrinks towards what fits, but at most to a quarter: coefficients may be crowded in some
      // channels.
      const double ratio = double(machine_.coefficient_bank_bytes) / double(largest_bank(mapping));
      mapping.channel_step =
          std::max({1, whole_channels(int(mapping.channel_step * std::min(ratio, 0.999))),
                    whole_channels(mapping.channel_step / 4)});
    }
  }

  // The most of `channels` that are whole chunks, or below one chunk multiples of 8.
  int whole_channels(int channels) const {
    const int unit = channels >= machine_.ca.chunk ? machine_.ca.chunk : channels >= 8 ? 8 : 1;
    return channels / unit * unit;
  }

  std::int64_t largest_bank(const ConvMapping& mapping) const {
    std::int64_t largest = 0;
    for (const Range round : mapping.rounds) {
      const Range channels = layer_.input_channels(round);
      for (int k = round.begin; k < round.end; k += mapping.per_block) {
        const Range outputs{k, std::min(round.end, k + mapping.per_block)};
        for (int c = channels.begin; c < channels.end; c += mapping.channel_step) {
          const Range step{c, std::min(channels.end, c + mapping.channel_step)};
          largest = std::max(largest, bank_bytes(layer_, outputs, mapping.folds[0], step));
        }
      }
    }
    return largest;
  }

  std::int64_t workspace(const ConvMapping& mapping, int loaded_channels) const {
    const int rows = mapping.row_tiles[0].size();
    const int columns = mapping.column_tiles[0].size();
    const std::int64_t tiles = std::int64_t(mapping.row_tiles.size()) *
                               std::int64_t(mapping.column_tiles.size()) * room_.batch;
    const std::int64_t outputs = tiles * std::int64_t(mapping.rounds.size());
    std::int64_t bytes = 0;
    if (!room_.input_resident) {
      const bool several = tiles > 1 || mapping.load_by_step;
      bytes +=
          (several ? 2 : 1) * (room_.whole_input ? room_.whole_input_bytes
                                                 : input_bytes(rows, columns, loaded_channels));
    }
    const int round = mapping.rounds[0].size();
    if (room_.residual_loaded) {
      // Segments that reach beyond the round's channels or the tile's columns come whole.
      const int channels = std::min(layer_.out.c, round + 2 * room_.residual_segment_channels);
      const int wide = std::min(layer_.out.w, columns + 2 * room_.residual_segment_columns);
      bytes += (outputs > 1 ? 2 : 1) * std::int64_t(rows) * wide * position_bytes(channels);
    }
    if (room_.output_stored) {
      bytes += (outputs > 1 ? 2 : 1) * std::int64_t(rows) * columns * position_bytes(round);
    }
    return bytes;
  }

  std::int64_t input_bytes(int out_rows, int out_columns, int channels) const {
    const int rows = std::min(layer_.in.h, (out_rows - 1) * window_.stride_h + window_.r);
    const int columns = std::min(layer_.in.w, (out_columns - 1) * window_.stride_w + window_.s +
                                                  2 * (room_.input_segment_columns - 1));
    const int wide = std::min(layer_.in.c, channels == layer_.in.c
                                               ? channels
                                               : channels + 2 * (room_.input_segment_channels - 1));
    return std::int64_t(rows) * columns * position_bytes(wide);
  }

  const MachineConfig& machine_;
  const ConvLayer& layer_;
  const Window& window_;
  const MappingRoom& room_;
  std::optional<ConvMapping> best_;
  double most_cycles_ = kInfinity;  // that a mapping may take
  double traffic_price_ = 0;        // 1: traffic counts
};

}  // namespace

std::vector<Range> split_evenly(int extent, int parts) {
  std::vector<Range> ranges;
  parts = std::min(parts, extent);
  for (int i = 0, at = 0; i < parts; ++i) {
    const int size = extent / parts + (i < extent % parts ? 1 : 0);
    ranges.push_back({at, at + size});
    at += size;
  }
  return ranges;
}

std::vector<Range> split_by(int extent, int size) {
  std::vector<Range> ranges;
  for (int at = 0; at < extent; at += size) ranges.push_back({at, std::min(extent, at + size)});
  return ranges;
}

Range ConvLayer::input_channels(Range outputs) const {
  const int first = outputs.begin / outputs_of_group();
  const int last = (outputs.end - 1) / outputs_of_group();
  return {first * channels_of_group(), (last + 1) * channels_of_group()};
}

int ConvMapping::steps_of_round(const ConvLayer& layer, Range round) const {
  return int(folds.size()) * ceil_div(layer.input_channels(round).size(), channel_step);
}

bool ConvMapping::accumulates(const ConvLayer& layer) const {
  return std::any_of(rounds.begin(), rounds.end(),
                     [&](Range round) { return steps_of_round(layer, round) > 1; });
}

bool ConvMapping::continues(const ConvLayer& layer) const {
  return !accumulates(layer) && rows_completed_together(layer) <= bank_rows;
}

int last_input_row(const ConvLayer& layer, int out) {
  const Window& window = layer.node->window;
  return std::min(layer.in.h - 1, out * window.stride_h - window.pad_top + window.r - 1);
}

// Those whose last input row is the last one there is; all others have one of their own.
int rows_completed_together(const ConvLayer& layer) {
  const Window& window = layer.node->window;
  const int input_rows = std::max(0, layer.in.h - window.r + window.pad_top);
  return std::max(1, layer.out.h - ceil_div(input_rows, window.stride_h));
}

std::int64_t bank_bytes(const ConvLayer& layer, Range outputs, Range terms, Range channels) {
  const std::int64_t bytes_of_map = map_bytes(std::int64_t{channels.size()});
  if (!layer.direct) return 2 * bytes_of_map * outputs.size() * terms.size();
  const int taps = layer.node->window.r * layer.node->window.s;
  const int of_group = layer.channels_of_group();
  std::int64_t bytes = 0;
  std::vector<std::int8_t> room;
  for (int k = outputs.begin; k < outputs.end; ++k) {
    const int group_first = k / layer.outputs_of_group() * of_group;
    bytes += bytes_of_map;
    for (int c = std::max(channels.begin, group_first);
         c < std::min(channels.end, group_first + of_group); ++c) {
      const std::size_t first = (std::size_t(k) * of_group + c - group_first) * taps;
      const auto kernel = layer.coefficients.part(first, std::size_t(taps), room);
      if (std::ranges::any_of(kernel, [](std::int8_t w) { return w != 0; })) bytes += taps;
    }
  }
  return bytes;
}

ConvMapping map_convolution(const MachineConfig& machine, const ConvLayer& layer,
                            const MappingRoom& room) {
  const Window& window = layer.node->window;
  ensure(window.pad_top < window.r && window.pad_left < window.s && window.pad_bottom < window.r &&
             window.pad_right < window.s,
         "every output of a layer that is mapped reads an input");
  return Mapper(machine, layer, room).best();
}

Range window_input(int kernel, int stride, int pad, int extent, Range outputs) {
  return {std::max(0, outputs.begin * stride - pad),
          std::min(extent, (outputs.end - 1) * stride - pad + kernel)};
}

}  // namespace escalate
