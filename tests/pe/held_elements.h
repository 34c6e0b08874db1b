// Elements of a block's rows, kept for as long as a test wants.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pe/transaction/row_elements.h"

namespace escalate {

class HeldElements {
 public:
  /// `step_bases` 0: the spans hold.
  void add(std::span<const std::uint16_t> slots, std::span<const std::uint16_t> step_ends,
           bool is_zero, std::uint64_t step_bases = 0) {
    step_bases_.push_back(step_bases);
    is_zero_.push_back(is_zero ? 1 : 0);
    spans_.push_back({slots, step_ends});
  }
  RowElements all() const { return {step_bases_, is_zero_, spans_}; }

 private:
  std::vector<std::uint64_t> step_bases_;
  std::vector<std::uint8_t> is_zero_;
  std::vector<ElementSpans> spans_;
};

}  // namespace escalate
