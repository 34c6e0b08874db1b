// What would make a run faster: runs of the same work on machines that differ in one parameter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/table.h"

namespace escalate {

class ObjectReader;
struct Result;

/// What one machine took for the work.
struct RunCost {
  std::int64_t cycles = 0;
  double energy_pj = 0;
  double area_mm2 = 0;

  bool operator==(const RunCost&) const = default;
};

/// Cycles, energy and area of a result.
RunCost cost_of(const Result& result);

/// The same work on a machine with one other value.
struct WhatIf {
  std::string parameter;  ///< with its groups: "mac.multipliers"
  std::string before;     ///< the result's value
  std::string after;
  RunCost cost;

  bool operator==(const WhatIf&) const = default;
};

/// A parameter whose other value makes no machine.
struct NotTried {
  std::string parameter;
  std::string why;

  bool operator==(const NotTried&) const = default;
};

struct Explanation {
  std::string layers;  ///< pattern of the layers that were run; empty: those of the result
  RunCost base;        ///< of these layers on the result's machine
  std::vector<WhatIf> what_ifs;  ///< fastest first; of equally fast ones the one of least area
  std::vector<NotTried> not_tried;

  bool operator==(const Explanation&) const = default;
};

/// How many what-ifs tables show.
inline constexpr std::size_t kShownWhatIfs = 3;
/// A what-if below this speed-up does not help.
inline constexpr double kLeastSpeedup = 1.005;

/// Puts what-ifs in their order.
void sort_what_ifs(Explanation& explanation);

/// Each what-if's speed-up over the result's machine, and what it costs in energy and area. The
/// first kShownWhatIfs of those that help, or all.
Table what_if_table(const Explanation& explanation, bool shows_all);

/// Lines of text: how many parameters help, which one gives the least area x time and energy x time
/// (if less than the machine's), what does not help, and what could not be tried.
std::string what_if_text(const Explanation& explanation);

/// The limits of all layers of `result` together, one row a resource: cycles, their share of the
/// cycles, and which rate it mostly is (report/layer_limits.h).
Table limit_table(const Result& result);

Json explanation_to_json(const Explanation& explanation);
Explanation explanation_from_json(const ObjectReader& reader);

}  // namespace escalate
