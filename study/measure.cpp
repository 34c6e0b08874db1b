#include "study/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/quantity_text.h"
#include "common/table.h"
#include "report/charts/plain_names.h"
#include "sweep/spec.h"

namespace escalate {
namespace {

constexpr const char* kPercent = "%";

bool is_count(const std::string& unit) {
  return unit == "cycles" || unit == "multipliers" || unit == "inputs" || unit == "bytes";
}

/// Digits behind the point that leave three to `smallest`, within reason.
int digits_for(double smallest) {
  constexpr int kDigits = 3, kMost = 6;
  if (smallest <= 0) return kDigits;
  return std::clamp(kDigits - 1 - int(std::floor(std::log10(smallest))), 0, kMost);
}

/// The form of the numbers of one measure.
struct NumberForm {
  std::string unit;
  double scale = 1;
  int digits = 0;
};

NumberForm form_of(const Measure& measure, const std::vector<std::optional<double>>& values,
                   int ratio_digits) {
  const std::string unit = measure.unit();
  if (unit == "ratio") return {"", 1, ratio_digits};
  if (unit == kPercent) return {unit, 1, 1};
  if (unit == "mm2") return {unit, 1, 2};
  if (is_count(unit)) return {unit == measure.quantity ? "" : unit, 1, 0};
  double largest = 0, smallest = INFINITY;
  for (const std::optional<double>& value : values) {
    if (!value || *value <= 0) continue;
    largest = std::max(largest, *value);
    smallest = std::min(smallest, *value);
  }
  const ScaledUnit scaled = scaled_unit(unit, largest);
  const int digits = std::isfinite(smallest) ? digits_for(smallest * scaled.scale) : 0;
  return {scaled.unit, scaled.scale, digits};
}

}  // namespace

std::string Measure::unit() const {
  if (is_relative()) return "ratio";
  return quantity == kTop1Right ? kPercent : unit_of_quantity(quantity);
}

std::vector<std::string> study_quantities() {
  std::vector<std::string> names;
  for (const SweepQuantity& quantity : sweep_quantities()) names.push_back(quantity.name);
  names.emplace_back(kTop1Right);
  return names;
}

std::string titled(const std::string& title, const std::string& unit) {
  return unit.empty() ? title : title + plain_unit(" [" + unit + "]");
}

MeasureTexts texts_of(const Measure& measure, const std::vector<std::optional<double>>& values,
                      int ratio_digits) {
  const NumberForm form = form_of(measure, values, ratio_digits);
  MeasureTexts column{titled(measure.title, form.unit), {}};
  for (const std::optional<double>& value : values) {
    if (!value) {
      column.texts.emplace_back();
    } else if (is_count(measure.unit())) {
      column.texts.push_back(format_count(std::llround(*value)));
    } else {
      column.texts.push_back(fmt::format("{:.{}f}", *value * form.scale, form.digits));
    }
  }
  return column;
}

}  // namespace escalate
