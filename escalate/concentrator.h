// Another concentrator in the CA units, for SimulateOptions::make_concentrator (docs/library.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "escalate/export.h"

namespace esc {

/// What the machine's configuration says of its CA units (docs/configuration.md, `ca.*`).
struct ConcentratorParameters {
  int lanes = 0;        ///< adders: slots of a slot row
  int look_ahead = 0;   ///< rows that it may see behind the oldest one
  std::string pattern;  ///< of the machine's own concentrator
};

/// Decides how long elements take. An element comes as slot rows: non-zero activations, `lanes` a
/// row, of which those that meet a coefficient are to be added. Sums do not depend on it.
class ESCALATE_API Concentrator {
 public:
  virtual ~Concentrator() = default;
  /// Bit l of rows[r]: the slot of lane l in row r is to be added; `num_rows` is at least 1.
  /// Appends to `retired` how many of the oldest rows each step is done with: 1 to 1 + look_ahead,
  /// all rows together. What does not add up ends the run with an Error (kUser).
  virtual void run(const std::uint64_t* rows, int num_rows, std::vector<int>& retired) = 0;
};

}  // namespace esc
