#include "common/quantity_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "common/table.h"

namespace escalate {

std::string quantity_text(double value, std::string_view unit) {
  if (unit == "pJ") return format_si(value * 1e-12, "J");
  if (unit == "s" || unit == "J s" || unit == "W") return format_si(value, std::string(unit));
  if (unit == "bytes") return format_si(value, "B");
  if (unit == "mm2") return fmt::format("{:.2f} mm2", value);
  // A square of a prefixed unit would be read as the square of the prefix.
  if (unit == "mm2 s") return fmt::format("{:.4f} mm2 ms", value * 1e3);
  if (unit == "ratio") return fmt::format("{:.3f}", value);
  const bool is_count = value == std::floor(value) && std::abs(value) < 9e15;
  return is_count || std::abs(value) >= 1e4 ? format_count(std::llround(value))
                                            : fmt::format("{:.4g}", value);
}

ScaledUnit scaled_unit(std::string_view unit, double largest) {
  const double base = unit == "pJ" ? 1e-12 : unit == "s" || unit == "J s" ? 1 : 0;
  if (base == 0) return {std::string(unit), 1};
  ScaledUnit scaled{"", base};
  for (const auto& [value, prefix] : std::initializer_list<std::pair<double, const char*>>{
           {1e-12, "p"}, {1e-9, "n"}, {1e-6, "u"}, {1e-3, "m"}, {1, ""}}) {
    if (largest * base < value) break;
    scaled = {prefix, base / value};
  }
  scaled.unit += unit == "pJ" ? "J" : unit;
  return scaled;
}

std::string quantity_title(std::string_view name) {
  for (const std::string_view unit : {"_mm2s", "_mm2", "_pj", "_js", "_bytes", "_w"}) {
    if (name.ends_with(unit)) {
      name.remove_suffix(unit.size());
      break;
    }
  }
  std::string title(name);
  std::replace(title.begin(), title.end(), '_', ' ');
  return title == "edp" ? "EDP" : title;
}

}  // namespace escalate
