#include "baselines/tensor_core_tiles.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "baselines/gemm.h"
#include "common/math.h"
#include "energy/gate_counts.h"

namespace escalate {
namespace {

const CoreTotals& fastest(const std::vector<CoreTotals>& totals) {
  return *std::min_element(
      totals.begin(), totals.end(),
      [](const CoreTotals& a, const CoreTotals& b) { return a.cycles < b.cycles; });
}

/// Calls visit(filters, positions) for each way to divide subpartitions between the two.
template <class Visit>
void for_each_arrangement(int subpartitions, Visit&& visit) {
  for (int along_filters = 1; along_filters <= subpartitions; ++along_filters) {
    if (subpartitions % along_filters == 0) visit(along_filters, subpartitions / along_filters);
  }
}

CoreTotals dot_products(const TensorCoreConfig& config, const LayerWorkload& layer, int kept,
                        int group, int along_filters, int along_positions) {
  const std::int64_t runs = std::int64_t{layer.groups} * layer.images();
  const std::int64_t filters = layer.filters_per_group();
  const std::int64_t positions = std::int64_t{layer.out.h} * layer.out.w;
  const std::int64_t taps = layer.weights_per_filter();
  const std::int64_t slots = stored_weights(layer, kept, group);
  const std::int64_t dots = ceil_div(slots, config.columns);
  const std::int64_t filter_blocks = ceil_div(filters, std::int64_t{config.rows} * along_filters);
  const std::int64_t steps = filter_blocks * dots * ceil_div(positions, along_positions);
  const std::int64_t input_words = taps * positions * filter_blocks;
  const std::int64_t streamed =
      std::max<std::int64_t>(steps, ceil_div(input_words, config.shared_memory_words));
  // Weights stay while as many positions pass as their sums have room for.
  const std::int64_t strip = std::max(1, config.sums / config.rows);
  const std::int64_t strips = ceil_div(ceil_div(positions, along_positions), strip);
  CoreTotals totals;
  totals.cycles = runs * streamed;
  totals.steps = runs * steps * config.subpartitions;
  totals.bandwidth = runs * (streamed - steps);
  totals.input_words = runs * input_words;
  totals.weight_words = runs * slots * filters * strips;
  totals.metadata_bits = kept == group ? 0 : totals.weight_words * ceil_log2(group);
  totals.sums_added = runs * filters * positions * dots;
  const std::int64_t held_bits =
      slots * std::min(filters, std::int64_t{config.rows} * along_filters) * config.word_bits;
  totals.weight_passes = held_bits <= config.weight_buffer_bytes * 8 ? 1 : strips;
  return totals;
}

/// Non-zeros of each tap in blocks of filters or positions: [blocks][taps].
struct BlockCounts {
  std::int64_t taps = 0, blocks = 0;
  std::vector<std::int32_t> counts;

  BlockCounts(std::int64_t num_taps, std::int64_t num_blocks)
      : taps(num_taps),
        blocks(num_blocks),
        counts(static_cast<std::size_t>(num_taps * num_blocks)) {}
  std::int32_t* of_block(std::int64_t block) { return counts.data() + block * taps; }
  const std::int32_t* of_block(std::int64_t block) const { return counts.data() + block * taps; }
  /// Words of blocks first .. last - 1.
  std::int64_t sum(std::int64_t first, std::int64_t last) const {
    return std::accumulate(of_block(first), of_block(last), std::int64_t{0});
  }
  /// `factor` blocks in one.
  BlockCounts merged(int factor) const {
    BlockCounts larger(taps, ceil_div(blocks, factor));
    for (std::int64_t block = 0; block < blocks; ++block) {
      std::int32_t* sums = larger.of_block(block / factor);
      for (std::int64_t tap = 0; tap < taps; ++tap) sums[tap] += of_block(block)[tap];
    }
    return larger;
  }
};

BlockCounts weight_counts(const LayerWorkload& layer, int group, int size) {
  const std::int64_t taps = layer.weights_per_filter();
  BlockCounts counts(taps, ceil_div(layer.filters_per_group(), size));
  for (int k = 0; k < layer.filters_per_group(); ++k) {
    const std::int64_t first = (std::int64_t{group} * layer.filters_per_group() + k) * taps;
    std::int32_t* of_block = counts.of_block(k / size);
    layer.weights.for_each(first, taps, [&](std::int64_t i) { ++of_block[i - first]; });
  }
  return counts;
}

BlockCounts input_counts(const LayerWorkload& layer, int group, int image, int size) {
  const LayerGemm gemm(layer);
  const BitTensor& input = layer.inputs[static_cast<std::size_t>(image)];
  BlockCounts counts(gemm.taps(), ceil_div(gemm.positions(), size));
  for (int n = 0; n < gemm.positions(); ++n) {
    std::int32_t* of_block = counts.of_block(n / size);
    for (int tap = 0; tap < gemm.taps(); ++tap) {
      const std::int64_t activation = gemm.activation(group, tap, n);
      of_block[tap] += activation >= 0 && input.at(activation);
    }
  }
  return counts;
}

/// A subpartition's tile in blocks of rows and columns, and how many subpartitions stand side by
/// side.
struct DualTiling {
  int filter_blocks = 0, position_blocks = 0;
  int along_filters = 1, along_positions = 1;
};

std::vector<DualTiling> tilings_of(const TensorCoreConfig& config) {
  std::vector<DualTiling> tilings;
  const int blocks = std::max(1, config.sums / (config.rows * config.columns));
  for (int filters = 1; filters <= blocks; filters *= 2) {
    for_each_arrangement(config.subpartitions, [&](int along_filters, int along_positions) {
      tilings.push_back({filters, blocks / filters, along_filters, along_positions});
    });
  }
  return tilings;
}

/// A layer with one tiling. Subpartitions take their tiles one after another and share the memory;
/// none waits for another before the last tile.
class OuterProducts {
 public:
  OuterProducts(const TensorCoreConfig& config, const DualTiling& tiling)
      : config_(config), tiling_(tiling), steps_(static_cast<std::size_t>(config.subpartitions)) {}

  /// A group of an image.
  void add(const BlockCounts& weights, const BlockCounts& inputs) {
    const BlockCounts of_filters = weights.merged(tiling_.filter_blocks);
    const BlockCounts of_positions = inputs.merged(tiling_.position_blocks);
    for (std::int64_t f = 0; f < of_filters.blocks; f += tiling_.along_filters) {
      for (std::int64_t p = 0; p < of_positions.blocks; p += tiling_.along_positions) {
        add_tiles(of_filters, f, of_positions, p);
      }
    }
  }
  CoreTotals take() {
    const std::int64_t slowest = *std::max_element(steps_.begin(), steps_.end());
    const std::int64_t words = totals_.weight_words + totals_.input_words +
                               ceil_div(totals_.metadata_bits, config_.word_bits);
    totals_.steps = std::accumulate(steps_.begin(), steps_.end(), std::int64_t{0});
    totals_.cycles = std::max<std::int64_t>(slowest, ceil_div(words, config_.shared_memory_words));
    totals_.bandwidth = totals_.cycles - slowest;
    totals_.imbalance = slowest * config_.subpartitions - totals_.steps;
    return totals_;
  }

 private:
  std::int64_t steps_of(const std::int32_t* weights, const std::int32_t* inputs,
                        std::int64_t taps) const {
    std::int64_t steps = 0;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      steps += std::int64_t{ceil_div(weights[tap], config_.rows)} *
               ceil_div(inputs[tap], config_.columns);
    }
    return steps;
  }
  void add_tiles(const BlockCounts& weights, std::int64_t first_filter, const BlockCounts& inputs,
                 std::int64_t first_position);

  const TensorCoreConfig& config_;
  DualTiling tiling_;
  std::vector<std::int64_t> steps_;  ///< of each subpartition
  CoreTotals totals_;
};

void OuterProducts::add_tiles(const BlockCounts& weights, std::int64_t first_filter,
                              const BlockCounts& inputs, std::int64_t first_position) {
  const std::int64_t last_filter = std::min(first_filter + tiling_.along_filters, weights.blocks);
  const std::int64_t last_position =
      std::min(first_position + tiling_.along_positions, inputs.blocks);
  for (std::int64_t f = first_filter; f < last_filter; ++f) {
    for (std::int64_t p = first_position; p < last_position; ++p) {
      const std::int64_t place =
          (f - first_filter) * tiling_.along_positions + (p - first_position);
      steps_[static_cast<std::size_t>(place)] +=
          steps_of(weights.of_block(f), inputs.of_block(p), weights.taps);
    }
  }
  const std::int64_t filter_tiles = last_filter - first_filter;
  const std::int64_t position_tiles = last_position - first_position;
  totals_.weight_words += weights.sum(first_filter, last_filter);
  totals_.input_words += inputs.sum(first_position, last_position);
  totals_.metadata_bits +=
      weights.taps * (filter_tiles * tiling_.filter_blocks * config_.rows +
                      position_tiles * tiling_.position_blocks * config_.columns);
  totals_.bitmaps += weights.taps * (filter_tiles + position_tiles);
}

}  // namespace

std::int64_t stored_weights(const LayerWorkload& layer, int kept, int group) {
  const std::int64_t channels = layer.channels_per_group();
  return std::int64_t{layer.window.r} * layer.window.s *
         (channels / group * kept + std::min<std::int64_t>(channels % group, kept));
}

CoreTotals dot_product_totals(const TensorCoreConfig& config, const LayerWorkload& layer, int kept,
                              int group) {
  std::vector<CoreTotals> totals;
  for_each_arrangement(config.subpartitions, [&](int along_filters, int along_positions) {
    totals.push_back(dot_products(config, layer, kept, group, along_filters, along_positions));
  });
  return fastest(totals);
}

CoreTotals outer_product_totals(const TensorCoreConfig& config, const LayerWorkload& layer) {
  std::vector<OuterProducts> tiled;
  for (const DualTiling& tiling : tilings_of(config)) tiled.emplace_back(config, tiling);
  for (int group = 0; group < layer.groups; ++group) {
    const BlockCounts weights = weight_counts(layer, group, config.rows);
    for (int image = 0; image < layer.images(); ++image) {
      const BlockCounts inputs = input_counts(layer, group, image, config.columns);
      for (OuterProducts& products : tiled) products.add(weights, inputs);
    }
  }
  std::vector<CoreTotals> totals;
  for (OuterProducts& products : tiled) totals.push_back(products.take());
  return fastest(totals);
}

}  // namespace escalate
