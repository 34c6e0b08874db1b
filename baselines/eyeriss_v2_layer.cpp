#include "baselines/eyeriss_v2_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "baselines/eyeriss_v2_operands.h"
#include "baselines/planar_tile.h"
#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

/// One image with one size of tiles.
class MappedLayer {
 public:
  MappedLayer(const EyerissV2Config& config, const LayerWorkload& layer, const InputRows& inputs,
              const WeightTiles& weights)
      : config_(config), layer_(layer), inputs_(inputs), weights_(weights) {
    const double rows = static_cast<double>(layer.in.c) * layer.in.h;
    words_of_row_ = static_cast<double>(inputs.all_stored()) / rows;
    estimated_work_ = estimated_work();
  }

  /// Calls visit(mapping) for those that fit, with `channels` of a PE.
  template <class Visit>
  void for_each_mapping(int channels, Visit&& visit) const;
  /// Cycles that all passes take if all PEs have the mean of the work.
  double estimate(const EyerissV2Mapping& mapping) const;
  EyerissV2Totals sum(const EyerissV2Mapping& mapping) const;

 private:
  int kernel_rows() const { return layer_.window.r; }
  int channel_tiles(const EyerissV2Mapping& mapping) const {
    return static_cast<int>(ceil_div(layer_.channels_per_group(), mapping.channels));
  }
  /// Output rows whose sums have a place in the global buffers.
  int rows_of_strip(const EyerissV2Mapping& mapping) const {
    const std::int64_t sums_of_row =
        std::int64_t{mapping.filters} * mapping.across_filters * layer_.out.w;
    const std::int64_t rows = config_.buffered_sums() / sums_of_row;
    return static_cast<int>(std::min<std::int64_t>(rows, layer_.out.h));
  }
  bool fits(const EyerissV2Mapping& mapping) const {
    return channel_tiles(mapping) <= mapping.across_channels ||
           rows_of_strip(mapping) >= std::min(mapping.across_rows, layer_.out.h);
  }
  double estimated_work() const;
  /// Cycles of the cluster's ports in a pass: inputs, or sums in one direction.
  std::int64_t port_cycles(const EyerissV2Mapping& mapping) const;
  /// Of a pass whose PEs have other weights than in the one before.
  std::int64_t load_cycles(const EyerissV2Mapping& mapping) const;
  std::int64_t work(std::int64_t tile, const Span& channels, int r, int p,
                    EyerissV2Totals& totals) const;

  /// What a pass works on.
  struct Pass {
    Span tiles;  ///< of filters
    Span channel_tiles;
    Span rows;
    bool is_first = false, loads = false;
  };
  /// Of the PEs that make row p of some outputs: the slowest's.
  std::int64_t stack_cycles(const EyerissV2Mapping& mapping, const Pass& pass, std::int64_t tile,
                            int p, EyerissV2Totals& totals) const;
  void add_pass(const EyerissV2Mapping& mapping, const Pass& pass, EyerissV2Totals& totals) const;
  std::int64_t words_of_inputs(const EyerissV2Mapping& mapping, const Pass& pass,
                               const Span& channels, int group) const;
  void add_traffic(const EyerissV2Mapping& mapping, const Pass& pass,
                   EyerissV2Totals& totals) const;
  template <class Visit>
  void for_each_pass(const EyerissV2Mapping& mapping, Visit&& visit) const;
  void add_dram(const EyerissV2Mapping& mapping, EyerissV2Totals& totals) const;

  const EyerissV2Config& config_;
  const LayerWorkload& layer_;
  const InputRows& inputs_;
  const WeightTiles& weights_;
  double words_of_row_ = 0;
  double estimated_work_ = 0;  ///< cycles of single PEs, as if non-zeros were spread evenly
};

template <class Visit>
void MappedLayer::for_each_mapping(int channels, Visit&& visit) const {
  EyerissV2Mapping mapping{.filters = weights_.filters(), .channels = channels};
  const int stacked = config_.cluster_rows * config_.pe_rows;
  const int beside = config_.cluster_columns * config_.pe_columns;
  const int most_channels = std::min(stacked / kernel_rows(), channel_tiles(mapping));
  for (int c = 1; c <= most_channels; ++c) {
    const int sets = stacked / (kernel_rows() * c) * beside;
    for (int e = 1; e <= std::min(sets, layer_.out.h); ++e) {
      mapping.across_channels = c;
      mapping.across_rows = e;
      mapping.across_filters = static_cast<int>(std::min<std::int64_t>(sets / e, weights_.tiles()));
      if (fits(mapping)) visit(mapping);
    }
  }
}

double MappedLayer::estimated_work() const {
  const Window& window = layer_.window;
  double met = 0;
  for (int c = 0; c < layer_.in.c; ++c) {
    for (int p = 0; p < layer_.out.h; ++p) {
      for (int r = 0; r < window.r; ++r) {
        const int h = p * window.stride_h - window.pad_top + r;
        for (int s = 0; s < window.s; ++s) met += inputs_.met(c, h, s);
      }
    }
  }
  const double taps = static_cast<double>(layer_.in.c) * window.r * window.s;
  return met / taps * static_cast<double>(weights_.all_words()) / config_.macs;
}

std::int64_t MappedLayer::port_cycles(const EyerissV2Mapping& mapping) const {
  const int stride = layer_.window.stride_h;
  const int kernel = std::min(kernel_rows(), config_.pe_rows);
  const int channels = std::clamp(config_.pe_rows / kernel_rows(), 1, mapping.across_channels);
  const int rows = std::min(mapping.across_rows, config_.pe_columns);
  const int distinct = stride < kernel ? (rows - 1) * stride + kernel : rows * kernel;
  const double words = words_of_row_ * distinct * channels * mapping.channels;
  const double a_cycle = static_cast<double>(config_.pe_rows) * config_.port_words();
  const int sets = std::max(1, config_.pe_rows / (kernel_rows() * mapping.across_channels));
  const std::int64_t sums = std::int64_t{layer_.out.w} * mapping.filters * sets;
  return std::max(static_cast<std::int64_t>(std::ceil(words / a_cycle)),
                  ceil_div(sums, config_.sum_port_words));
}

std::int64_t MappedLayer::load_cycles(const EyerissV2Mapping& mapping) const {
  // PEs of a row with the same filters share what comes through its port.
  const int rows = std::min(mapping.across_rows, config_.pe_columns);
  const auto tiles = std::min<std::int64_t>(ceil_div(config_.pe_columns, rows), weights_.tiles());
  const double pes = static_cast<double>(weights_.tiles()) * channel_tiles(mapping) * kernel_rows();
  const double words = static_cast<double>(weights_.all_words()) / pes;
  return static_cast<std::int64_t>(
      std::ceil(words * static_cast<double>(tiles) / config_.port_words()));
}

double MappedLayer::estimate(const EyerissV2Mapping& mapping) const {
  const std::int64_t tile_passes = ceil_div(weights_.tiles(), mapping.across_filters);
  const std::int64_t channel_passes = ceil_div(channel_tiles(mapping), mapping.across_channels);
  const std::int64_t row_passes = ceil_div(layer_.out.h, mapping.across_rows);
  const double pes =
      static_cast<double>(weights_.tiles()) * channel_tiles(mapping) * kernel_rows() * layer_.out.h;
  const double work = estimated_work_ / pes;
  const double pass = std::max(work, static_cast<double>(port_cycles(mapping)));
  const std::int64_t strips =
      channel_passes == 1 ? 1 : ceil_div(layer_.out.h, std::max(1, rows_of_strip(mapping)));
  return static_cast<double>(tile_passes * channel_passes) *
         (pass * static_cast<double>(row_passes) +
          static_cast<double>(strips * load_cycles(mapping)));
}

/// Visits strips of rows, in each all filters, and for these all channels.
template <class Visit>
void MappedLayer::for_each_pass(const EyerissV2Mapping& mapping, Visit&& visit) const {
  const int channel_tiles = this->channel_tiles(mapping);
  const int tiles = static_cast<int>(weights_.tiles());
  const int strip =
      channel_tiles <= mapping.across_channels ? layer_.out.h : rows_of_strip(mapping);
  for (int top = 0; top < layer_.out.h; top += strip) {
    for (int f = 0; f < tiles; f += mapping.across_filters) {
      for (int c = 0; c < channel_tiles; c += mapping.across_channels) {
        visit(Pass{{f, std::min(f + mapping.across_filters, tiles)},
                   {c, std::min(c + mapping.across_channels, channel_tiles)},
                   {top, std::min(top + strip, layer_.out.h)},
                   c == 0});
      }
    }
  }
}

std::int64_t MappedLayer::work(std::int64_t tile, const Span& channels, int r, int p,
                               EyerissV2Totals& totals) const {
  const Window& window = layer_.window;
  const int h = p * window.stride_h - window.pad_top + r;
  const int first = weights_.group_of(tile) * layer_.channels_per_group();
  std::int64_t words = 0;
  for (int c = channels.first; c < channels.last; ++c) {
    totals.input_deliveries += inputs_.stored(first + c, h);
    for (int s = 0; s < window.s; ++s) {
      const int met = inputs_.met(first + c, h, s);
      totals.input_fetches += met;
      words += std::int64_t{met} * weights_.words(tile, c, r, s);
    }
  }
  return words / config_.macs;
}

std::int64_t MappedLayer::stack_cycles(const EyerissV2Mapping& mapping, const Pass& pass,
                                       std::int64_t tile, int p, EyerissV2Totals& totals) const {
  std::int64_t slowest = 0;
  for (int c = pass.channel_tiles.first; c < pass.channel_tiles.last; ++c) {
    const Span channels = {c * mapping.channels,
                           std::min((c + 1) * mapping.channels, layer_.channels_per_group())};
    for (int r = 0; r < kernel_rows(); ++r) {
      const std::int64_t own = work(tile, channels, r, p, totals);
      slowest = std::max(slowest, own);
      totals.work += own;
    }
  }
  return slowest;
}

void MappedLayer::add_pass(const EyerissV2Mapping& mapping, const Pass& pass,
                           EyerissV2Totals& totals) const {
  const std::int64_t work_before = totals.work;
  const int beside = std::min(mapping.across_rows, pass.rows.size());
  std::int64_t slowest = 0;
  for (int tile = pass.tiles.first; tile < pass.tiles.last; ++tile) {
    for (int stack = 0; stack < beside; ++stack) {
      std::int64_t cycles = 0;
      for (int p = pass.rows.first + stack; p < pass.rows.last; p += beside) {
        cycles += stack_cycles(mapping, pass, tile, p, totals);
      }
      slowest = std::max(slowest, cycles);
    }
  }
  const std::int64_t active =
      std::int64_t{pass.tiles.size()} * beside * pass.channel_tiles.size() * kernel_rows();
  const std::int64_t rounds = ceil_div(pass.rows.size(), beside);
  const std::int64_t streamed = std::max(slowest, rounds * port_cycles(mapping));
  const std::int64_t load = load_cycles(mapping);
  ++totals.passes;
  totals.cycles += streamed + load;
  totals.imbalance += active * slowest - (totals.work - work_before);
  totals.idle += (config_.pes() - active) * slowest;
  totals.bandwidth += streamed - slowest;
  totals.load += load;
  add_traffic(mapping, pass, totals);
}

void MappedLayer::add_traffic(const EyerissV2Mapping& mapping, const Pass& pass,
                              EyerissV2Totals& totals) const {
  const Window& window = layer_.window;
  const Span channels = {
      pass.channel_tiles.first * mapping.channels,
      std::min(pass.channel_tiles.last * mapping.channels, layer_.channels_per_group())};
  int group = -1;
  for (int tile = pass.tiles.first; tile < pass.tiles.last; ++tile) {
    for (int r = 0; r < window.r; ++r) {
      const std::int64_t words = weights_.words(tile, channels, r);
      totals.weight_words += words;
      totals.weight_deliveries += words * std::min(mapping.across_rows, pass.rows.size());
    }
    const std::int64_t sums =
        std::int64_t{weights_.filters_of(tile)} * pass.rows.size() * layer_.out.w;
    totals.sum_writes += sums;
    if (!pass.is_first) totals.sum_reads += sums;
    totals.sum_hops += sums * (pass.channel_tiles.size() * window.r - 1);
    if (weights_.group_of(tile) == group) continue;
    group = weights_.group_of(tile);
    totals.input_words += words_of_inputs(mapping, pass, channels, group);
  }
}

/// From the global buffers: each round's rows once.
std::int64_t MappedLayer::words_of_inputs(const EyerissV2Mapping& mapping, const Pass& pass,
                                          const Span& channels, int group) const {
  const Window& window = layer_.window;
  const int first_channel = group * layer_.channels_per_group();
  std::int64_t words = 0;
  for (int p = pass.rows.first; p < pass.rows.last; p += mapping.across_rows) {
    const int last = std::min(p + mapping.across_rows, pass.rows.last) - 1;
    for (int c = channels.first; c < channels.last; ++c) {
      for (int h = p * window.stride_h; h < last * window.stride_h + window.r; ++h) {
        words += inputs_.stored(first_channel + c, h - window.pad_top);
      }
    }
  }
  return words;
}

void MappedLayer::add_dram(const EyerissV2Mapping& mapping, EyerissV2Totals& totals) const {
  const bool one_pass = channel_tiles(mapping) <= mapping.across_channels;
  const std::int64_t strips = one_pass ? 1 : ceil_div(layer_.out.h, rows_of_strip(mapping));
  totals.dram_weight_words += strips * weights_.all_words();
  const std::int64_t room =
      config_.clusters() * config_.pe_rows * config_.input_bank_bytes * 8 / config_.stored_bits();
  // Inputs of a strip stay for all filters if they fit.
  const bool stay = ceil_div(inputs_.all_stored(), strips) <= room;
  const std::int64_t tiles_of_group = weights_.tiles() / layer_.groups;
  totals.dram_input_words +=
      inputs_.all_stored() * (stay ? 1 : ceil_div(tiles_of_group, mapping.across_filters));
}

EyerissV2Totals MappedLayer::sum(const EyerissV2Mapping& mapping) const {
  EyerissV2Totals totals;
  for_each_pass(mapping, [&](const Pass& pass) { add_pass(mapping, pass, totals); });
  add_dram(mapping, totals);
  return totals;
}

/// Filters that a PE may have, of which the fastest are taken.
std::vector<int> filter_candidates(const EyerissV2Config& config, const LayerWorkload& layer) {
  const int most = std::min(config.sums, layer.filters_per_group());
  std::vector<int> candidates;
  for (const int quarters : {1, 2, 3, 4}) {
    candidates.push_back(std::max(1, most * quarters / 4));
  }
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

EyerissV2Mapping best_mapping(const EyerissV2Config& config, const LayerWorkload& layer) {
  const InputRows inputs(config, layer, 0);
  EyerissV2Mapping best{.filters = 0};
  double least = std::numeric_limits<double>::infinity();
  for (const int filters : filter_candidates(config, layer)) {
    const WeightTiles weights(config, layer, filters);
    const MappedLayer mapped(config, layer, inputs, weights);
    const int most = std::min(config.input_window / layer.window.s, layer.channels_per_group());
    for (int channels = 1; channels <= most; ++channels) {
      if (weights.most_words(channels) > config.weight_words) break;
      mapped.for_each_mapping(channels, [&](const EyerissV2Mapping& mapping) {
        const double cycles = mapped.estimate(mapping);
        if (cycles >= least) return;
        least = cycles;
        best = mapping;
      });
    }
  }
  return best;
}

}  // namespace

EyerissV2Totals& EyerissV2Totals::operator+=(const EyerissV2Totals& other) {
  cycles += other.cycles;
  work += other.work;
  imbalance += other.imbalance;
  idle += other.idle;
  load += other.load;
  bandwidth += other.bandwidth;
  passes += other.passes;
  input_fetches += other.input_fetches;
  input_words += other.input_words;
  weight_words += other.weight_words;
  input_deliveries += other.input_deliveries;
  weight_deliveries += other.weight_deliveries;
  sum_reads += other.sum_reads;
  sum_writes += other.sum_writes;
  sum_hops += other.sum_hops;
  dram_weight_words += other.dram_weight_words;
  dram_input_words += other.dram_input_words;
  return *this;
}

EyerissV2Totals eyeriss_v2_totals(const EyerissV2Config& config, const LayerWorkload& layer) {
  const int stacked = config.cluster_rows * config.pe_rows;
  const EyerissV2Mapping mapping =
      layer.window.r <= stacked && layer.window.s <= config.input_window
          ? best_mapping(config, layer)
          : EyerissV2Mapping{.filters = 0};
  if (mapping.filters == 0) {
    throw UserError({"", 0, "input_window"},
                    fmt::format("layer '{}': a {} x {} kernel does not fit into {} rows of PEs "
                                "with windows of {} inputs and {} weights each",
                                layer.name, layer.window.r, layer.window.s, stacked,
                                config.input_window, config.weight_words));
  }
  const WeightTiles weights(config, layer, mapping.filters);
  EyerissV2Totals totals;
  for (int image = 0; image < layer.images(); ++image) {
    const InputRows inputs(config, layer, image);
    totals += MappedLayer(config, layer, inputs, weights).sum(mapping);
  }
  return totals;
}

}  // namespace escalate
