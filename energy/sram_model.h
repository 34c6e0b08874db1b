// Energy, area and leakage of an SRAM by its size, interpolated between computed CACTI points.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "energy/energy_table.h"

namespace escalate {

/// One SRAM of one read-write port. Energies are of an access of the whole width.
struct SramNumbers {
  double read_pj = 0;
  double write_pj = 0;
  double leakage_mw = 0;
  double area_um2 = 0;
  double cycle_ns = 0;     ///< shortest time between accesses of one bank
  std::int64_t banks = 1;  ///< arrays that the words are spread over; an access uses one of them
  int parts = 1;           ///< arrays side by side that make up the width; an access uses them all
};

class SramModel {
 public:
  /// The points named "sram" of that variant ("lstp", "hp"); a UserError that names the table if it
  /// has none or if one of them lacks a number.
  SramModel(const EnergyTable& table, const std::string& variant);

  /// Words of `width` bits, `depth` of them. Between computed points all numbers are interpolated
  /// linearly in their logarithms over log width and log size. Wider than the widest point: equal
  /// parts side by side. Larger than the largest point: the fewest banks of equal size, a power of
  /// two; the wires between banks are not in these numbers. A UserError says which size is out of
  /// range otherwise.
  SramNumbers at(std::int64_t width, std::int64_t depth) const;

  /// Whether at() has an answer.
  bool covers(std::int64_t width, std::int64_t depth) const;

  /// Depth of the smallest array of words so wide that is computed for at least `depth` of them:
  /// itself where at() has an answer. None where all computed arrays are smaller or narrower.
  std::optional<std::int64_t> covering_depth(std::int64_t width, std::int64_t depth) const;

 private:
  struct Shape {
    double width = 0;  ///< width of one part
    double bytes = 0;  ///< bytes of one part in one bank
    std::int64_t banks = 1;
    int parts = 1;
  };
  Shape shape_of(std::int64_t width, std::int64_t depth) const;
  bool inside(const Shape& shape) const;

  using Key = std::pair<double, double>;  ///< width in bits, size in bytes
  struct Bracket {
    double low = 0, high = 0;
    double weight = 0;  ///< weight of `high`
  };
  static Bracket bracket(const std::map<double, int>& grid, double value);

  std::string table_name_, variant_;
  std::map<Key, SramNumbers> points_;
  std::map<double, int> widths_, sizes_;  ///< values that occur, with how often
};

}  // namespace escalate
