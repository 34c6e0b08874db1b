// Coefficients of a PE block: the form in which they stand in DRAM, and what a bank holds after a
// load of them (docs/isa.md, "Data").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/isa.h"
#include "machine/ternary_words.h"

namespace escalate {

struct CoefficientBank {
  bool direct = false;
  int rows = 0;      ///< (output channel, term) pairs, term fastest
  int channels = 0;  ///< channels of each row
  int taps = 1;
  std::vector<std::int8_t> basis;    ///< decomposed: [term][taps]
  TernaryWords coefficients;         ///< decomposed
  std::vector<std::int8_t> weights;  ///< direct: [row][channel][taps]
  std::int64_t bytes =
      0;  ///< bytes of a bank: maps and signs, or maps and kernels; and the basis kernels
  std::uint64_t version = 0;  ///< counts the loads of the machine, to tell them apart

  const std::int8_t* kernel(int row, int channel) const {
    return &weights[(std::size_t(row) * std::size_t(channels) + std::size_t(channel)) *
                    std::size_t(taps)];
  }
};

/// Appends a decomposed row as it stands in DRAM: the map of its non-zero `coefficients` (each -1,
/// 0 or 1), then their signs, packed.
void append_ternary_row(std::span<const std::int8_t> coefficients,
                        std::vector<std::uint8_t>& bytes);

/// Appends a direct row, `weights` [channel][taps]: the map of channels whose kernel is not all
/// zero, then those kernels.
void append_direct_row(std::span<const std::int8_t> weights, int taps,
                       std::vector<std::uint8_t>& bytes);

/// The inverse, of a whole load: expands `bytes`; UserError if they are too few, or not all used.
CoefficientBank expand_coefficients(const LoadCoefficients& load,
                                    std::span<const std::uint8_t> bytes);

}  // namespace escalate
