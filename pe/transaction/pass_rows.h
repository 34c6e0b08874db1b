// The coefficient rows of one pass over a group of PE blocks, in the forms that the cores want.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "machine/coefficient_bank.h"
#include "machine/coefficients.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/transaction/intermediate.h"

namespace escalate {

/// Rows of all member blocks of a group: row m * K + k holds term m of output channel k of the
/// round. In direct mode a row's coefficients are 1 where its kernel is not all zero.
struct PassRows {
  int outputs = 0;  ///< K: output channels of the round
  int terms = 1;
  int taps = 1;
  int channels = 0;
  bool direct = false;
  std::vector<std::int8_t> basis;  ///< [term][taps]
  /// Direct: the weights by channel, of the outputs from its first to its last kernel that is not
  /// all zero.
  struct Kernels {
    int first = 0, outputs = 0;
    std::vector<std::int32_t> weights;  ///< [tap][output]
  };
  std::vector<Kernels> kernels;
  /// Direct: the first channels meet one output each, in order from the first one on (depthwise):
  /// their weights [tap][channel].
  std::vector<std::int32_t> diagonal;
  int diagonal_channels = 0;

  /// One channel tile each.
  struct Tile {
    int first_channel = 0, channels = 0, chunks = 0;
    CoefficientTile masks;
    TernaryRows dense;
    std::int64_t visited_chunks = 0;  ///< sum over all rows
    std::vector<int> visitors;        ///< by chunk: rows that visit it
    std::vector<bool> skips;          ///< by row: some chunk is not visited
  };
  std::vector<Tile> tiles;

  int rows() const { return outputs * terms; }
};

/// Puts the banks of a group's member blocks together; InternalError unless they agree with the
/// pass.
std::shared_ptr<const PassRows> gather_rows(const MachineConfig& machine, const Run& run,
                                            std::span<const CoefficientBank* const> banks);

}  // namespace escalate
