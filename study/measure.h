// What figures and tables of a study show of a point: a quantity as it is, or over that of another
// point.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace escalate {

/// A value on an axis of a sweep.
struct AxisSetting {
  std::string key, value;
};

/// A parameter, and what the page calls it.
struct NamedParameter {
  std::string key, name;
};

struct Measure {
  std::string quantity;
  std::string title;       ///< what the page calls it, without unit
  bool over_base = false;  ///< divided by what the base of the study has on the same workload
  /// Divided by what the point of the same sweep has that differs in these settings alone; empty:
  /// not so.
  std::vector<AxisSetting> over;

  bool is_relative() const { return over_base || !over.empty(); }
  /// "ratio" of relative ones.
  std::string unit() const;
};

/// A quantity of the study's own: the share of the labelled images that come out right, in %.
inline constexpr const char* kTop1Right = "top1_right";

/// Names of all quantities that a study may show: those of sweeps, and `top1_right`.
std::vector<std::string> study_quantities();

/// Title and unit as a heading: "energy [µJ]".
std::string titled(const std::string& title, const std::string& unit);

/// The numbers of one measure as a table shows them, alike in unit and digits.
struct MeasureTexts {
  std::string title;               ///< with the unit
  std::vector<std::string> texts;  ///< empty where there is no value
};

/// Counts are whole, areas have two digits behind the point and ratios `ratio_digits`; all others
/// as many as leave three to the smallest.
MeasureTexts texts_of(const Measure& measure, const std::vector<std::optional<double>>& values,
                      int ratio_digits);

}  // namespace escalate
