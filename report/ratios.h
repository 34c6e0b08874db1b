// Speed-ups and energy efficiencies among results that did the same work: whose over whose, in one
// direction for tables, pages and figures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/labelled_result.h"

namespace escalate {

/// What each ratio is of and over. Among accelerators it is the first one's over each other, as in
/// "escalate is 3 times as fast as scnn". Among machines of one accelerator, as where a parameter
/// was changed, it is each one's over the first.
struct RatioDirection {
  bool of_first = false;
  std::string first;  ///< name of the first; empty where nothing is divided

  /// "speed-up of escalate over it" or "speed-up over base"; `what` alone where nothing is divided.
  std::string title(std::string_view what) const;
  /// The same of several: "speed-up of escalate over each" or "speed-up over base".
  std::string title_of_all(std::string_view what) const;
  /// The ratio of two values of which less is better; 0 where one of them is not known.
  double ratio(double of_the_first, double of_the_other) const;

  bool operator==(const RatioDirection&) const = default;
};

/// `results` as labelled() gives them.
RatioDirection direction_of(const std::vector<LabelledResult>& results);

/// Geometric means of a contestant over the works in which it stands beside the first.
struct MeanRatio {
  std::string contestant;
  int works = 0;
  double speedup = 0, efficiency = 0;
  bool of_all_layers = false;  ///< with CommonRest, where a work has one

  /// "geometric mean of 2, all layers"; of one work "all layers".
  std::string name() const;
};

/// Of those that did several works, beside a first of one name; then, if there is a CommonRest, of
/// all layers, of one work, too. Empty if there are none.
std::vector<MeanRatio> mean_ratios(const std::vector<LabelledResult>& results);

}  // namespace escalate
