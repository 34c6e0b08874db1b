// A number with its unit as people read it: "56.8 uJ", never 5.68e+07.
#pragma once

#include <string>
#include <string_view>

namespace escalate {

/// `value` of a quantity whose unit is written "pJ", "s", "J s", "mm2", "mm2 s", "W", "bytes" or
/// "ratio"; of any other unit a plain number with separators, as of counts.
std::string quantity_text(double value, std::string_view unit);

/// A unit in which numbers are short, and what brings them into it: "uJ" and 1e-6 for pJ.
struct ScaledUnit {
  std::string unit;
  double scale = 1;
};
/// Of numbers up to `largest` in `unit`: energies and times get the prefix that suits them.
ScaledUnit scaled_unit(std::string_view unit, double largest);

/// "energy" of "energy_pj": where cells have their units, the heading has none.
std::string quantity_title(std::string_view name);

}  // namespace escalate
