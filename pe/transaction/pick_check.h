// Which elements of the intermediate map are accumulated from the concentrator's own picks.
#pragma once

#include <cstdint>
#include <span>

#include "machine/coefficients.h"
#include "machine/concentrator_pattern.h"
#include "machine/config.h"
#include "pe/pick_fault.h"
#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"

namespace escalate {

/// The value of one element from the picks of its concentrator: lane, slot row and sign of each
/// addition, in the order in which they are made.
class PickedElement {
 public:
  PickedElement(const MachineConfig& machine, HostSimd set)
      : lanes_(machine.ca.lanes),
        pattern_(ConcentratorPattern::parse(machine.ca.pattern)),
        set_(set) {}

  /// `values` are the packed non-zero activations of the entry, `maps` its map words.
  std::int32_t value(std::span<const std::uint64_t> maps, std::span<const std::int8_t> values,
                     const CoefficientTile& tile, int row, PickFault& fault);

 private:
  int lanes_;
  ConcentratorPattern pattern_;
  HostSimd set_;
  DilutedElement element_;
  std::vector<std::int8_t> slots_;
};

}  // namespace escalate
