#include "compiler/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/math.h"
#include "compiler/mapping_cost.h"

namespace escalate {
namespace {

// Row tiles and passes are tried whole, and in halves, quarters and eighths.
constexpr int kMostParts = 8;
constexpr double kColumnParts[] = {1, 1.5, 2, 3, 4, 6, 8};
// Parts of a mapping are not tried if it is estimated to be this much slower than the best one.
constexpr double kHopeless = 1.2;
// More instructions must gain this much to be worth it, since the estimate is only an estimate.
constexpr double kWorthwhile = 0.997;

// A byte of traffic may cost a third of the cycles that take as much energy, so that time goes
// before energy. The machine spends some 5 nJ a cycle, 64 pJ on a byte of DRAM, and 16 pJ on one
// that is sent to a block, written to its rings and read there.
constexpr double kDramByte = 0.004;
constexpr double kDeliveredByte = 0.001;

[[noreturn]] void fail(const ConvLayer& layer, const char* key, const std::string& message) {
  throw UserError({"", 0, key}, fmt::format("layer '{}': {}", layer.node->name, message));
}

std::vector<Range> split_at_most(int extent, int most) {
  return split_evenly(extent, ceil_div(extent, most));
}

class Mapper {
 public:
  Mapper(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room)
      : machine_(machine), layer_(layer), window_(layer.node->window), room_(room) {}

  ConvMapping best() {
    std::vector<ConvMapping> wholes = whole_mappings();
    if (wholes.empty()) {
      fail(layer_, "global_buffer_bytes",
           fmt::format("its smallest tiles do not fit into the {} free bytes of the global buffer",
                       room_.workspace_bytes));
    }
    std::stable_sort(wholes.begin(), wholes.end(), [](const ConvMapping& a, const ConvMapping& b) {
      return a.estimated_cycles < b.estimated_cycles;
    });
    ConvMapping best = wholes.front();
    for (const ConvMapping& whole : wholes) {
      if (whole.estimated_cycles > kHopeless * wholes.front().estimated_cycles) break;
      consider_parts(whole, best);
    }
    return best;
  }

 private:
  // Traffic that no cycle is lost for still costs energy.
  double cost_of(const ConvMapping& mapping) const {
    const MappingCost cost = mapping_cost(machine_, layer_, room_, mapping);
    return cost.cycles + kDramByte * cost.dram_bytes + kDeliveredByte * cost.delivered_bytes;
  }

  // Every choice of groups, columns and order, with the largest row tiles and passes.
  std::vector<ConvMapping> whole_mappings() const {
    std::vector<ConvMapping> mappings;
    for (int groups = 1; groups <= machine_.blocks; ++groups) {
      if (machine_.blocks % groups != 0) continue;
      if (groups > 1 && groups > layer_.out.h) break;
      for (const double parts : kColumnParts) {
        if (parts > layer_.out.w) break;
        for (const bool outside : {false, true}) {
          ConvMapping mapping;
          mapping.groups = groups;
          mapping.rounds_outside = outside;
          if (!complete(mapping, parts)) continue;
          mapping.estimated_cycles = cost_of(mapping);
          mappings.push_back(std::move(mapping));
        }
      }
    }
    return mappings;
  }

  // Smaller row tiles let loads and stores, and smaller passes let drains, go on beside the passes.
  void consider_parts(const ConvMapping& whole, ConvMapping& best) const {
    const bool has_transfers =
        !room_.input_resident || room_.residual_loaded || room_.output_stored;
    const int channels = whole.load_by_step ? whole.channel_step : layer_.in.c;
    const int least_bank_rows = whole.continues(layer_) ? rows_completed_together(layer_) : 1;
    for (int tiles = 1; tiles <= (has_transfers ? kMostParts : 1); tiles *= 2) {
      ConvMapping mapping = whole;
      mapping.row_tiles = split_evenly(layer_.out.h, int(whole.row_tiles.size()) * tiles);
      if (workspace(mapping, channels) > room_.workspace_bytes) continue;
      const int rows =
          std::min(whole.bank_rows, int(ceil_div(mapping.row_tiles[0].size(), mapping.groups)));
      for (int passes = 1; passes <= kMostParts; passes *= 2) {
        if (tiles * passes == 1) continue;
        mapping.bank_rows = std::max(least_bank_rows, ceil_div(rows, passes));
        mapping.estimated_cycles = cost_of(mapping);
        if (mapping.estimated_cycles < kWorthwhile * best.estimated_cycles) best = mapping;
      }
    }
  }

  // Fills in everything that follows from the number of groups, with column tiles cut into
  // `column_parts` each; false if tiles do not fit.
  bool complete(ConvMapping& mapping, double column_parts) const {
    spread_channels(mapping);
    choose_channel_step(mapping);
    choose_columns(mapping, column_parts);
    if (choose_rows(mapping, layer_.in.c)) return true;
    if (room_.input_resident || room_.whole_input) return false;
    mapping.load_by_step = true;
    const int step = room_.input_segment_channels;
    for (int channels = mapping.channel_step / step * step; channels >= step;
         channels = channels / 2 / step * step) {
      mapping.channel_step = channels;
      if (choose_rows(mapping, channels)) return true;
    }
    return false;
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

  void choose_columns(ConvMapping& mapping, double parts) const {
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
    const int tiles = ceil_div(layer_.out.w, std::min(of_lines, of_bank));
    const int columns = split_evenly(layer_.out.w, int(std::ceil(tiles * parts)))[0].size();
    mapping.column_tiles = split_by(layer_.out.w, columns);
    const int rows_of_group = ceil_div(layer_.out.h, mapping.groups);
    mapping.bank_rows =
        std::min(rows_of_group, machine_.output_bank_words / (mapping.per_block * columns));
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

  // The largest row tiles for which all buffers fit.
  bool choose_rows(ConvMapping& mapping, int loaded_channels) const {
    int parts = 1;
    while (true) {
      mapping.row_tiles = split_evenly(layer_.out.h, parts);
      if (workspace(mapping, loaded_channels) <= room_.workspace_bytes) return true;
      if (parts >= layer_.out.h) return false;
      parts = std::min(layer_.out.h, parts + std::max(1, parts / 4));
    }
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

int rows_completed_together(const ConvLayer& layer) {
  int together = 1, most = 1;
  for (int p = 1; p < layer.out.h; ++p) {
    together = last_input_row(layer, p) == last_input_row(layer, p - 1) ? together + 1 : 1;
    most = std::max(most, together);
  }
  return most;
}

std::int64_t bank_bytes(const ConvLayer& layer, Range outputs, Range terms, Range channels) {
  const std::int64_t bytes_of_map = map_bytes(std::int64_t{channels.size()});
  if (!layer.direct) return 2 * bytes_of_map * outputs.size() * terms.size();
  const int taps = layer.node->window.r * layer.node->window.s;
  const int of_group = layer.channels_of_group();
  std::int64_t bytes = 0;
  for (int k = outputs.begin; k < outputs.end; ++k) {
    const int group_first = k / layer.outputs_of_group() * of_group;
    bytes += bytes_of_map;
    for (int c = std::max(channels.begin, group_first);
         c < std::min(channels.end, group_first + of_group); ++c) {
      const std::int8_t* kernel =
          &layer.coefficients[(std::size_t(k) * of_group + c - group_first) * taps];
      if (std::any_of(kernel, kernel + taps, [](std::int8_t w) { return w != 0; })) bytes += taps;
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
