// How one convolution is spread over blocks, slices, PE rows and time. An analytic model of its
// cycles and DRAM traffic chooses (docs/microarchitecture.md, sections 3 and 9; docs/compiler.md).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/math.h"
#include "compiler/coefficient_values.h"
#include "machine/config.h"
#include "workloads/integer_network.h"

namespace escalate {

/// Numbers from begin to end (excluded).
struct Range {
  int begin = 0, end = 0;
  int size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// [0, extent) in `parts` ranges (or `extent`, if that is less) whose sizes differ by at most one,
/// the larger ones first.
std::vector<Range> split_evenly(int extent, int parts);

/// [0, extent) in ranges of `size`, the last of which may be smaller.
std::vector<Range> split_by(int extent, int size);

/// One convolution as the machine sees it: a flattened input is one position of many channels.
struct ConvLayer {
  const IntegerNode* node = nullptr;
  Shape in, out;
  int terms = 1;                   ///< M; 1 in direct mode
  bool direct = false;             ///< int8 weights
  bool bypass = false;             ///< no multiplication
  CoefficientValues coefficients;  ///< decomposed: [K][M][C/groups]; direct: the weights
  double coefficient_density = 1;  ///< non-zero share
  /// Largest share of its input channels that an output channel and term has coefficients for, or
  /// in direct mode a kernel that is not all zero.
  double densest_row = 1;
  /// Non-zero shares, known or supposed, of what is read, added and written.
  double input_density = 0.5, residual_density = 0.5, output_density = 0.5;

  int channels_of_group() const { return in.c / node->groups; }
  int outputs_of_group() const { return out.c / node->groups; }
  /// Input channels that output channels [first, end) read.
  Range input_channels(Range outputs) const;
};

/// Where a layer's input comes from and what room there is.
struct MappingRoom {
  std::int64_t workspace_bytes = 0;  ///< free bytes of the global buffer in one piece
  bool input_resident = false;
  int input_segment_columns = 1, input_segment_channels = 1;  ///< not resident
  bool whole_input = false;  ///< a flattened tensor: loaded in one piece
  std::int64_t whole_input_bytes = 0;
  bool residual_loaded = false;  ///< a residual operand comes from DRAM
  int residual_segment_columns = 1, residual_segment_channels = 1;
  bool output_stored = false;
  int batch = 1;
};

struct ConvMapping {
  int groups = 1;  ///< groups of blocks, each with its own output rows
  int blocks_per_group = 1;
  int per_slice = 1;  ///< output channels of a slice at once
  int per_block = 1;
  std::vector<Range> rounds;        ///< output channels
  std::vector<Range> folds;         ///< terms
  int channel_step = 1;             ///< input channels of a pass
  std::vector<Range> column_tiles;  ///< output columns
  std::vector<Range> row_tiles;     ///< output rows of one stay in the global buffer
  int bank_rows = 1;                ///< output rows of a group in one pass
  bool rounds_outside = false;      ///< rounds outside row tiles, otherwise inside
  bool load_by_step = false;        ///< one channel step of the input at a time
  double estimated_cycles = 0;      ///< and a little for traffic

  int steps_of_round(const ConvLayer& layer, Range round) const;
  /// Passes of one output tile add up in its bank.
  bool accumulates(const ConvLayer& layer) const;
  /// A pass goes on with the input rows behind those of the pass before it; otherwise each reads
  /// all rows that its outputs need.
  bool continues(const ConvLayer& layer) const;
  /// visit(image, column tile, row tile, round) for each tile of the outputs, in the order in which
  /// they are computed.
  template <class Visit>
  void for_each_tile(int batch, Visit&& visit) const;
};

template <class Visit>
void ConvMapping::for_each_tile(int batch, Visit&& visit) const {
  const auto each_tile_of = [&](int first_round, int end_round) {
    for (int image = 0; image < batch; ++image) {
      for (int column = 0; column < int(column_tiles.size()); ++column) {
        for (int row = 0; row < int(row_tiles.size()); ++row) {
          for (int r = first_round; r < end_round; ++r) visit(image, column, row, r);
        }
      }
    }
  };
  const int num_rounds = int(rounds.size());
  if (!rounds_outside) return each_tile_of(0, num_rounds);
  for (int r = 0; r < num_rounds; ++r) each_tile_of(r, r + 1);
}

/// Bytes of a coefficient bank that rows of a pass need (docs/isa.md): rows x (map and sign bits),
/// or maps and the weights that are not zero.
std::int64_t bank_bytes(const ConvLayer& layer, Range outputs, Range terms, Range channels);

/// The mapping with the smallest estimate. UserError names the layer and the buffer that is too
/// small for any.
ConvMapping map_convolution(const MachineConfig& machine, const ConvLayer& layer,
                            const MappingRoom& room);

/// Bytes in the global buffer of a position of `channels` channels.
inline int position_bytes(int channels) { return round_up(channels, 8); }

/// Most output rows that are complete with the same input row, as those over the padding are.
int rows_completed_together(const ConvLayer& layer);

/// Last input row that output row `out` reads.
int last_input_row(const ConvLayer& layer, int out);

/// Input rows (or columns) that outputs [first, end) read, clipped to the input.
Range window_input(int kernel, int stride, int pad, int extent, Range outputs);

}  // namespace escalate
