// A sweep as `escalate sweep` writes it (docs/file-formats.md, "Sweeps"): what the report shows of
// it.
#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "common/table.h"

namespace escalate {

inline constexpr std::string_view kSweepDocumentSchema = "escalate.sweep/1";

/// A sweep under the name by which it stands beside others.
struct LabelledSweep {
  std::string label;
  Json sweep;
};

/// Checks everything of the document that charts and tables use: a UserError names `file`, key and
/// what was expected.
void check_sweep(const Json& sweep, const std::string& file);

/// Which points of a sweep a table has.
enum class SweepPoints { kFront, kAll };

/// One line a point: number, workload, status, value on each axis, then quantities: of the front
/// the objectives, those that are constrained and the area, with their units; of all points every
/// one, with numbers as in the file and units in the headings.
Table sweep_table(const Json& sweep, SweepPoints which);

/// Name, how many points are done, feasible and on the front, and constraints, as one line.
std::string sweep_summary(const Json& sweep);

}  // namespace escalate
