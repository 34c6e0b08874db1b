// Small random layers, and their matched pairs by the plain loops over every output and weight.
#pragma once

#include <algorithm>

#include "baselines/layer_workload.h"
#include "common/random.h"

namespace escalate {

inline BitTensor random_bits(std::int64_t size, double density, Random& random) {
  BitTensor bits(size);
  for (std::int64_t i = 0; i < size; ++i) {
    if (random.chance(density)) bits.set(i);
  }
  return bits;
}

/// A layer with these shapes whose non-zeros are drawn.
inline LayerWorkload drawn_layer(const Shape& in, int filters, int groups, const Window& window,
                                 int images, double weight_density, double activation_density,
                                 std::uint64_t seed) {
  Random random(seed);
  LayerWorkload layer;
  layer.name = "layer";
  layer.kind = "conv";
  layer.in = in;
  layer.out = {filters, window.out_h(in.h), window.out_w(in.w)};
  layer.groups = groups;
  layer.window = window;
  layer.weights = random_bits(filters * layer.weights_per_filter(), weight_density, random);
  for (int i = 0; i < images; ++i) {
    layer.inputs.push_back(random_bits(in.size(), activation_density, random));
  }
  layer.output_nonzeros = images * layer.out.size() / 2;
  layer.validate();
  return layer;
}

/// Random shapes, strides, paddings, groups and densities, small enough for naive loops.
inline LayerWorkload random_layer(std::uint64_t seed) {
  Random random(seed);
  const auto pick = [&](int low, int high) { return static_cast<int>(random.between(low, high)); };
  Window window;
  window.r = pick(1, 4);
  window.s = pick(1, 4);
  window.stride_h = pick(1, 3);
  window.stride_w = pick(1, 3);
  window.pad_top = pick(0, window.r - 1);
  window.pad_bottom = pick(0, window.r - 1);
  window.pad_left = pick(0, window.s - 1);
  window.pad_right = pick(0, window.s - 1);
  const int groups = pick(1, 3);
  const bool vector = random.chance(0.15);
  if (vector) window = Window{};
  const Shape in = {groups * pick(1, 40), vector ? 1 : pick(window.r, 20),
                    vector ? 1 : pick(window.s, 20)};
  LayerWorkload layer = drawn_layer(in, groups * pick(1, 40), groups, window, pick(1, 2),
                                    random.uniform(), random.uniform(), random());
  if (vector) layer.kind = "fc";
  return layer;
}

/// Calls visit(image, k, p, q, weight index, activation index) for every multiplication of the
/// dense layer whose activation is not padding.
template <class Visit>
void for_each_product(const LayerWorkload& layer, Visit&& visit) {
  const Window& window = layer.window;
  const int channels = layer.channels_per_group();
  for (int k = 0; k < layer.out.c; ++k) {
    for (int p = 0; p < layer.out.h; ++p) {
      for (int q = 0; q < layer.out.w; ++q) {
        for (std::int64_t w = 0; w < layer.weights_per_filter(); ++w) {
          const auto c = static_cast<int>(w / (window.r * window.s));
          const int h =
              p * window.stride_h - window.pad_top + static_cast<int>(w) / window.s % window.r;
          const int x = q * window.stride_w - window.pad_left + static_cast<int>(w) % window.s;
          if (h < 0 || h >= layer.in.h || x < 0 || x >= layer.in.w) continue;
          const int channel = k / layer.filters_per_group() * channels + c;
          visit(k, p, q, k * layer.weights_per_filter() + w,
                (std::int64_t{channel} * layer.in.h + h) * layer.in.w + x);
        }
      }
    }
  }
}

inline std::int64_t naive_matched_pairs(const LayerWorkload& layer) {
  std::int64_t pairs = 0;
  for (const BitTensor& input : layer.inputs) {
    for_each_product(layer, [&](int, int, int, std::int64_t weight, std::int64_t activation) {
      pairs += layer.weights.at(weight) && input.at(activation);
    });
  }
  return pairs;
}

}  // namespace escalate
