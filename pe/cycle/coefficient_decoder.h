// Coefficients from the form in which they stand in DRAM to that of a coefficient bank of the cycle
// view (docs/isa.md, "Data").
#pragma once

#include <cstdint>
#include <span>

#include "machine/cycle/pass.h"
#include "machine/isa.h"

namespace escalate::cycle {

/// Expands `bytes` into channel tiles of `entry_channels`, cut into chunks of `chunk_channels`.
/// UserError if they are too few, or not all used.
ClockedCoefficients decode_coefficients(const LoadCoefficients& load,
                                        std::span<const std::uint8_t> bytes, int entry_channels,
                                        int chunk_channels);

/// Bytes that are written into a bank: basis kernels, and maps with signs or with kernels.
std::int64_t bank_bytes(const LoadCoefficients& load);

}  // namespace escalate::cycle
