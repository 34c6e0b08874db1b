// What MachineConfig::validate() demands of each number, for the reference of all parameters too.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace escalate {

struct FieldRange {
  std::string_view key;        ///< full name, as in "ca.lanes"
  double low = 0;              ///< smallest valid number
  double high = 0;             ///< largest valid number; infinity: any
  std::string_view also = "";  ///< what else must hold, in words

  /// "1 to 1024", "0 or more".
  std::string text() const;
};

/// Every number of MachineConfig once.
std::span<const FieldRange> machine_ranges();

/// The range of that key; nullptr for a key without one.
const FieldRange* machine_range(std::string_view key);

}  // namespace escalate
