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
    low_bases_.push_back(std::int32_t(std::uint32_t(step_bases)));
    high_bases_.push_back(std::int32_t(std::uint32_t(step_bases >> 32)));
    not_zero_.push_back(is_zero ? 0 : -1);
    spans_.push_back({slots, step_ends});
  }
  RowElements all() const { return {low_bases_, high_bases_, not_zero_, spans_}; }

 private:
  std::vector<std::int32_t> low_bases_, high_bases_, not_zero_;
  std::vector<ElementSpans> spans_;
};

}  // namespace escalate
