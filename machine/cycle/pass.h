// What a PE block with registers is told of a pass, and what it remembers of it while it lasts
// (docs/microarchitecture.md, sections 3, 7, 9 and 12).
#pragma once

#include <cstdint>
#include <vector>

#include "machine/coefficients.h"
#include "machine/entry.h"
#include "machine/pass_geometry.h"

namespace escalate {

/// The contents of one coefficient bank of a block.
struct ClockedCoefficients {
  /// Tiles by channel tile. Row i * terms + m of slice s is coefficient row (s * per_slice + i) *
  /// terms + m. In direct mode the map says which kernels are not all zero.
  std::vector<CoefficientTile> tiles;
  std::vector<std::vector<std::int8_t>> basis;  ///< by term: R*S taps, row-major
  /// Direct mode, by coefficient row: for each channel of the pass R*S weights.
  std::vector<std::vector<std::int8_t>> weights;
};

struct ClockedPass {
  PassGeometry geometry;
  int in_begin = 0, in_end = 0;  ///< input rows
  int channels = 1;              ///< input channels
  bool fresh = true;             ///< the first pass of its tile
  bool accumulate = false;       ///< sums are added to the output bank
  bool bypasses_mac = false;     ///< R = S = 1 and one term of basis 1
  bool direct = false;
  int terms = 1;              ///< PE rows of an output channel
  int per_slice = 1;          ///< output channels of a full slice
  std::vector<int> of_slice;  ///< by slice: output channels at work
  int coefficient_bank = 0;
  int output_bank = 0;
  int out_begin = 0;  ///< the output row at the head of the output bank
  int bank_rows = 1;  ///< output rows of a channel in the output bank

  int active_rows(int slice) const { return of_slice[slice] * terms; }
  int coefficient_row(int slice, int row) const { return slice * per_slice * terms + row; }
  int width() const { return geometry.columns.out_end - geometry.columns.out_begin; }
  /// Word of the output bank of output channel `channel` of a slice, output row p, first column.
  std::int64_t bank_word(int slice, int channel, int p) const {
    const std::int64_t of_block = std::int64_t{slice} * per_slice + channel;
    return (of_block * bank_rows + p - out_begin) * width();
  }
  /// Output rows that the pass completes.
  int num_completed_rows() const;
  /// Positions sent, times channel tiles of `entry_channels`.
  int num_entries(int entry_channels) const;
};

/// A pass in a block: where its output rows stand in the line buffers (section 7).
struct RunningPass {
  ClockedPass pass;
  std::int64_t number_of_pass = 0;  ///< running number
  const ClockedCoefficients* coefficients = nullptr;
  std::int64_t base = 0;  ///< running number of the tile's first output row
  int lines = 1;          ///< lines of a line buffer
  /// Running number of the first output row since the number of lines changed: lines before it must
  /// have been read.
  std::int64_t lines_since = 0;

  int merges_left = 0;  ///< until the pass is complete

  std::int64_t number(int p) const { return base + p - pass.geometry.rows.out_begin; }
};

/// Where an element stands.
struct ElementTag {
  const RunningPass* pass = nullptr;
  int h = 0, w = 0;
  bool line_end = false;
};

/// The entry at a PE row's read port and the row's coefficients for its channel tile.
struct RowInput {
  const Entry* entry = nullptr;
  const CoefficientTile* coefficients = nullptr;
  int row = 0;  ///< coefficient row
  ElementTag tag;
  int first_channel = 0;  ///< first channel of the channel tile, in the pass
};

/// What PE row `row` of slice `slice` sees of `entry`; channel tiles are of `entry_channels`.
RowInput row_input(const RunningPass& pass, const Entry& entry, int slice, int row,
                   int entry_channels);

}  // namespace escalate
