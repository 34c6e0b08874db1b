// The DMA engines' directory (docs/microarchitecture.md, section 2).
#pragma once

#include <cstdint>
#include <vector>

namespace escalate {

/// Lengths in bytes of the activation segments in DRAM, written by stores and read by loads.
using SegmentDirectory = std::vector<std::int32_t>;

}  // namespace escalate
