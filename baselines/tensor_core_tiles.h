// How a tensor core cuts a layer's matrices up, and the cycles of that.
#pragma once

#include <cstdint>

#include "baselines/layer_workload.h"
#include "baselines/tensor_core.h"

namespace escalate {

/// What a layer costs on a tensor core, all groups and images together.
struct CoreTotals {
  std::int64_t cycles = 0;
  std::int64_t steps = 0;      ///< of single subpartitions, a product of each multiplier in each
  std::int64_t bandwidth = 0;  ///< cycles in which all wait for the shared memory
  std::int64_t imbalance = 0;  ///< subpartition cycles of waiting for the slowest
  std::int64_t input_words = 0, weight_words = 0, metadata_bits = 0;  ///< from memories on chip
  std::int64_t sums_added = 0;
  std::int64_t bitmaps = 0;        ///< that are condensed
  std::int64_t weight_passes = 1;  ///< how often all weights are needed again
};

/// Dot products of `slots` stored weights of a filter, each group of channels in as many as are
/// kept; of all arrangements of the subpartitions, the one of fewest cycles. With `kept` equal to
/// `group` the weights are dense.
CoreTotals dot_product_totals(const TensorCoreConfig& config, const LayerWorkload& layer, int kept,
                              int group);

/// Weights of a filter that are stored.
std::int64_t stored_weights(const LayerWorkload& layer, int kept, int group);

/// Outer products of the non-zeros of a column of weights and a row of inputs; of all tiles that
/// the sums have room for, those of fewest cycles.
CoreTotals outer_product_totals(const TensorCoreConfig& config, const LayerWorkload& layer);

}  // namespace escalate
