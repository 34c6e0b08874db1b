// Which elements of the intermediate map are accumulated from the concentrator's own picks.
#pragma once

#include <cstdint>
#include <span>

#include "common/concentrator_pattern.h"
#include "common/machine.h"
#include "pe/coefficients.h"
#include "pe/concentrator.h"
#include "pe/dilution.h"

namespace escalate {

/// Says which outputs are checked, and may lose a pick to show that a check finds it.
class PickSelector {
 public:
  virtual ~PickSelector() = default;
  /// Whether any output of channel `k` (of the layer) that position (h, w) contributes to is
  /// checked.
  virtual bool is_checked(int image, int k, int h, int w) const = 0;
  /// Whether no element of the layer is checked.
  virtual bool none_checked() const = 0;
  /// Called for every pick of a checked element; false: the pick is dropped (fault injection).
  virtual bool keep_pick() { return true; }
};

/// The value of one element from the picks of its concentrator: lane, slot row and sign of each
/// addition, in the order in which they are made.
class PickedElement {
 public:
  PickedElement(const MachineConfig& machine, InstructionSet set)
      : lanes_(machine.ca.lanes),
        pattern_(ConcentratorPattern::parse(machine.ca.pattern)),
        set_(set) {}

  /// `values` are the packed non-zero activations of the entry, `maps` its map words.
  std::int32_t value(std::span<const std::uint64_t> maps, std::span<const std::int8_t> values,
                     const CoefficientTile& tile, int row, PickSelector& selector);

 private:
  int lanes_;
  ConcentratorPattern pattern_;
  InstructionSet set_;
  DilutedElement element_;
  std::vector<std::int8_t> slots_;
};

}  // namespace escalate
