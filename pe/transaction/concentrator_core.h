// A concentrator in place of the look-ahead/look-aside one, for the times of the transaction view.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "machine/config.h"

namespace escalate {

/// Decides which slot rows of an element retire in which step. Sums do not depend on it.
class ConcentratorCore {
 public:
  virtual ~ConcentratorCore() = default;
  /// Bit l of rows[r]: the slot of lane l in slot row r meets a coefficient, and has to be added.
  /// Appends to `retired` how many of the oldest rows each step retires: from 1 to 1 + look-ahead
  /// depth, all rows together.
  virtual void run(std::span<const std::uint64_t> rows, std::vector<int>& retired) = 0;
};

/// Empty: the machine's own concentrator.
using ConcentratorMaker = std::function<std::unique_ptr<ConcentratorCore>(const MachineConfig&)>;

}  // namespace escalate
