// Which elements of the intermediate map are accumulated from the concentrator's own picks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/coefficients.h"
#include "machine/concentrator_pattern.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/pick_fault.h"
#include "pe/pick_selector.h"
#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"
#include "pe/transaction/pass_input.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/pass_values.h"

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

/// Puts the sums of picks in the place of selected elements, and counts where they differ.
class PickCheck {
 public:
  /// Takes the selector by reference.
  PickCheck(const MachineConfig& machine, const PickOptions& options, HostSimd set)
      : selector_(options.selector), fault_(options.drop), picked_(machine, set) {}

  /// Checks the elements of input row `h`, which `input` has taken up and `values` has computed.
  void check_row(const OutputMap& output, const PassRows& rows, int h, std::span<const int> columns,
                 const PassInput& input, PassValues& values);

  /// Elements so far that differed from the sum of their picks.
  std::int64_t mismatches() const { return mismatches_; }

 private:
  const PickSelector* selector_;  // nullptr: nothing is checked
  PickFault fault_;
  PickedElement picked_;
  std::vector<std::int8_t> packed_;
  std::int64_t mismatches_ = 0;
};

}  // namespace escalate
