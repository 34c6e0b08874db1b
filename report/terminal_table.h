// What a person sees of a result on a terminal: a table by layer and a summary.
#pragma once

#include <string>

#include "common/table.h"
#include "report/result.h"

namespace escalate {

/// One line a layer and a last one with the totals: cycles and their share, what bounds the layer,
/// utilization by resource, and energy, in all and by the groups that take most. All energies have
/// one unit. A resource without a utilization, or a layer without one, is shown as "-".
Table layer_table(const Result& result);

/// Lines of text: network and machine; cycles, time and images a second; energy, power, EDP and
/// area; what was verified.
std::string summary_text(const Result& result);

/// layer_table() and summary_text(), for a terminal.
std::string terminal_text(const Result& result, bool colour);

}  // namespace escalate
