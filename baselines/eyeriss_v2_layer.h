// A layer on Eyeriss v2: what its columns of weights and rows of inputs cost a PE, how they are
// laid out over the PEs, and what the passes take.
#pragma once

#include <cstdint>
#include <vector>

#include "baselines/eyeriss_v2.h"
#include "baselines/layer_workload.h"

namespace escalate {

/// How a layer is laid out. A PE has a row of the kernel for some filters and channels, and makes
/// a row of outputs.
struct EyerissV2Mapping {
  int filters = 1;          ///< of a PE
  int channels = 1;         ///< of a PE
  int across_filters = 1;   ///< PEs side by side with other filters
  int across_channels = 1;  ///< with other channels: their sums are added up
  int across_rows = 1;      ///< with other output rows
};

/// Sums over the passes of all images.
struct EyerissV2Totals {
  std::int64_t cycles = 0;
  std::int64_t work = 0;       ///< cycles of single PEs in which they multiply
  std::int64_t imbalance = 0;  ///< cycles of single PEs that wait for the slowest
  std::int64_t idle = 0;       ///< cycles of single PEs that have nothing in a pass
  std::int64_t load = 0;       ///< cycles before a pass, of its weights
  std::int64_t bandwidth = 0;  ///< cycles in which all wait for inputs or sums
  std::int64_t passes = 0;
  std::int64_t input_fetches = 0;  ///< inputs that a PE meets a column of weights with
  std::int64_t input_words = 0, weight_words = 0;            ///< on the mesh
  std::int64_t input_deliveries = 0, weight_deliveries = 0;  ///< written into a PE
  std::int64_t sum_reads = 0, sum_writes = 0;                ///< of the global buffers
  std::int64_t sum_hops = 0;                                 ///< from PE to PE
  std::int64_t dram_weight_words = 0, dram_input_words = 0;

  EyerissV2Totals& operator+=(const EyerissV2Totals& other);
};

/// All images of the layer with its fastest mapping, by an estimate from the numbers of non-zeros.
/// UserError if a row of the kernel does not fit into the machine.
EyerissV2Totals eyeriss_v2_totals(const EyerissV2Config& config, const LayerWorkload& layer);

}  // namespace escalate
