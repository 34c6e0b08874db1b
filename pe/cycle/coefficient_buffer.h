// The coefficient buffer of a PE block as a module: one bank works while the other is filled.
#pragma once

#include <array>
#include <utility>

#include "pe/cycle/ports.h"

namespace escalate::cycle {

class CoefficientBuffer : public sc_core::sc_module, public CoefficientsIf {
 public:
  sc_core::sc_export<CoefficientsIf> banks;

  explicit CoefficientBuffer(const sc_core::sc_module_name& name)
      : sc_module(name), banks("banks") {
    banks.bind(*this);
  }

  /// Fills bank 0 or 1, which no pass uses.
  void fill(int number, ClockedCoefficients content) {
    content_[std::size_t(number)] = std::move(content);
  }
  const ClockedCoefficients& bank(int number) const override {
    return content_[std::size_t(number)];
  }

 private:
  std::array<ClockedCoefficients, 2> content_;
};

}  // namespace escalate::cycle
