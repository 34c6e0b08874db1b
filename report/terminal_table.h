// What a person sees of a result on a terminal: a table by layer and a summary.
#pragma once

#include <string>
#include <vector>

#include "common/table.h"
#include "report/result.h"

namespace escalate {

/// The columns that tables of several results share, so that they line up.
struct LayerColumns {
  std::vector<std::string> resources;      ///< with a utilization
  std::vector<std::string> energy_groups;  ///< that have columns of their own
  bool has_limits = false;                 ///< columns for limits and their reasons
  bool has_other = false;                  ///< a column for the other groups
  std::string energy_unit;
  double unit_pj = 1;
};

/// The columns for these results: of the groups those that take most energy in all of them
/// together, and a unit that suits the largest total.
LayerColumns layer_columns(const std::vector<const Result*>& results);

/// One line a layer and a last one with the totals: cycles and their share, what binds the layer
/// (with near ties), why, and the limits of all resources, utilization by resource, and energy, in
/// all and by the groups that take most. All energies have one unit. A resource without a
/// utilization, or a layer without one, is shown as "-".
Table layer_table(const Result& result, const LayerColumns& columns);
/// The same with the columns of this result alone.
Table layer_table(const Result& result);

/// Lines of text: network and machine; cycles, time and, of a whole network, images a second; what
/// binds which share of the cycles; work
/// and DRAM traffic with the shares of the peak; energy, power and EDP, on-chip energy and that of
/// DRAM apart; area; what was verified.
std::string summary_text(const Result& result);

/// Lines with the bytes of every memory, the largest first; empty where they are not known.
std::string memory_text(const Result& result);

/// layer_table(), summary_text() and memory_text(), for a screen.
std::string terminal_text(const Result& result, Screen screen);

}  // namespace escalate
