// The memories of the PE blocks as DMA and post-processing see them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "machine/coefficient_bank.h"

namespace escalate {

class BlockMemories {
 public:
  virtual ~BlockMemories() = default;
  /// Fills coefficient bank 0 or 1 of `block`, which no pass uses.
  virtual void load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content) = 0;
  /// The sums in output bank 0 or 1 of `block` (OutputMap says where).
  virtual std::span<const std::int32_t> output_bank(int block, int bank) const = 0;
};

}  // namespace escalate
