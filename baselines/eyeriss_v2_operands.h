// What a layer's weights and inputs are to the PEs of Eyeriss v2: columns and rows without zeros.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "baselines/eyeriss_v2.h"
#include "baselines/layer_workload.h"
#include "baselines/planar_tile.h"
#include "common/math.h"

namespace escalate {

/// Whether the machine skips zeros in this layer.
bool eyeriss_v2_skips(const EyerissV2Config& config, const LayerWorkload& layer);

/// The weights of a layer in tiles of so many filters, none of which spans two groups.
class WeightTiles {
 public:
  WeightTiles(const EyerissV2Config& config, const LayerWorkload& layer, int filters)
      : config_(config),
        layer_(layer),
        filters_(filters),
        tiles_of_group_(ceil_div(layer.filters_per_group(), filters)),
        columns_(static_cast<std::size_t>(tiles() * columns_of_tile())) {
    for (std::int64_t tile = 0; tile < tiles(); ++tile) fill(tile);
  }

  int filters() const { return filters_; }
  std::int64_t tiles() const { return tiles_of_group_ * layer_.groups; }
  int group_of(std::int64_t tile) const { return static_cast<int>(tile / tiles_of_group_); }
  /// Words that the column of a channel and tap is stored in.
  int words(std::int64_t tile, int channel, int r, int s) const {
    const Window& window = layer_.window;
    const std::int64_t column = (std::int64_t{channel} * window.r + r) * window.s + s;
    return columns_[static_cast<std::size_t>(tile * columns_of_tile() + column)];
  }
  /// Of a PE's part of a tile.
  std::int64_t words(std::int64_t tile, const Span& channels, int r) const {
    std::int64_t sum = 0;
    for (int c = channels.first; c < channels.last; ++c) {
      for (int s = 0; s < layer_.window.s; ++s) sum += words(tile, c, r, s);
    }
    return sum;
  }
  /// Fewer in the last tile of a group.
  int filters_of(std::int64_t tile) const {
    const auto first = static_cast<int>(tile % tiles_of_group_) * filters_;
    return std::min(filters_, layer_.filters_per_group() - first);
  }
  std::int64_t all_words() const {
    std::int64_t sum = 0;
    for (const int words : columns_) sum += words;
    return sum;
  }
  /// Of the fullest PE.
  std::int64_t most_words(int channels) const;

 private:
  std::int64_t columns_of_tile() const { return layer_.weights_per_filter(); }
  void fill(std::int64_t tile);

  const EyerissV2Config& config_;
  const LayerWorkload& layer_;
  int filters_;
  std::int64_t tiles_of_group_;
  std::vector<int> columns_;  ///< [tile][channel][r][s]
};

/// Inputs of one image, row by row.
class InputRows {
 public:
  InputRows(const EyerissV2Config& config, const LayerWorkload& layer, int image)
      : layer_(layer),
        skips_(eyeriss_v2_skips(config, layer)),
        met_(static_cast<std::size_t>(std::int64_t{layer.in.c} * layer.in.h * layer.window.s)),
        stored_(static_cast<std::size_t>(std::int64_t{layer.in.c} * layer.in.h)) {
    const BitTensor& input = layer.inputs[static_cast<std::size_t>(image)];
    for (int c = 0; c < layer.in.c; ++c) {
      for (int h = 0; h < layer.in.h; ++h) count(input, c, h);
    }
  }

  /// Inputs of the row that tap s meets with an output; the whole row of a machine that skips
  /// nothing, padding counted.
  int met(int channel, int h, int s) const {
    if (h < 0 || h >= layer_.in.h) return skips_ ? 0 : layer_.out.w;
    const std::int64_t row = std::int64_t{channel} * layer_.in.h + h;
    return met_[static_cast<std::size_t>(row * layer_.window.s + s)];
  }
  /// Words that the row is stored in.
  int stored(int channel, int h) const {
    if (h < 0 || h >= layer_.in.h) return 0;
    return stored_[static_cast<std::size_t>(std::int64_t{channel} * layer_.in.h + h)];
  }
  std::int64_t all_stored() const {
    std::int64_t sum = 0;
    for (const int words : stored_) sum += words;
    return sum;
  }

 private:
  void count(const BitTensor& input, int c, int h);

  const LayerWorkload& layer_;
  bool skips_;
  std::vector<int> met_;     ///< [channel][h][s]
  std::vector<int> stored_;  ///< [channel][h]
};

}  // namespace escalate
