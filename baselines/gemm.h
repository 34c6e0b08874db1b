// A layer as products of matrices, one a group: weights [filters][taps] by inputs
// [taps][positions].
#pragma once

#include <cstdint>

#include "baselines/layer_workload.h"
#include "baselines/planar_tile.h"

namespace escalate {

/// Where each element of the matrices stands in the layer. Taps are numbered channel by channel, so
/// that a filter's are its weights in their order; positions are output positions row by row.
class LayerGemm {
 public:
  explicit LayerGemm(const LayerWorkload& layer) : layer_(layer) {}

  int filters() const { return layer_.filters_per_group(); }
  int taps() const { return static_cast<int>(layer_.weights_per_filter()); }
  int positions() const { return layer_.out.h * layer_.out.w; }

  /// Of the layer's weights.
  std::int64_t weight(int group, int filter, int tap) const {
    return std::int64_t{filter_of_layer(group, filter)} * taps() + tap;
  }
  /// Of an image's outputs.
  std::int64_t output(int group, int filter, int position) const {
    return std::int64_t{filter_of_layer(group, filter)} * positions() + position;
  }
  /// Of an image's inputs; -1 in the padding.
  std::int64_t activation(int group, int tap, int position) const {
    const Window& window = layer_.window;
    const int area = window.r * window.s;
    const int h =
        position / layer_.out.w * window.stride_h - window.pad_top + tap % area / window.s;
    const int w = position % layer_.out.w * window.stride_w - window.pad_left + tap % window.s;
    if (h < 0 || h >= layer_.in.h || w < 0 || w >= layer_.in.w) return -1;
    const int channel = group * layer_.channels_per_group() + tap / area;
    return (std::int64_t{channel} * layer_.in.h + h) * layer_.in.w + w;
  }

  /// Multiplications of all groups and images that are not of padding.
  std::int64_t products() const {
    const Window& window = layer_.window;
    return layer_.images() * layer_.out.c * layer_.channels_per_group() *
           taps_inside({0, layer_.out.h}, window.r, window.stride_h, window.pad_top, layer_.in.h) *
           taps_inside({0, layer_.out.w}, window.s, window.stride_w, window.pad_left, layer_.in.w);
  }

 private:
  int filter_of_layer(int group, int filter) const { return group * filters() + filter; }

  const LayerWorkload& layer_;
};

}  // namespace escalate
