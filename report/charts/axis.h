// The axes of a chart: from values to places, with ticks at round numbers.
#pragma once

#include <string>
#include <vector>

namespace escalate {

struct Tick {
  double value = 0;
  std::string label;
};

/// One axis from `low` to `high`, which it shows at places `from` and `to` (points).
class Axis {
 public:
  /// Linear, with ends moved outwards to ticks; `high` is above `low`.
  static Axis linear(double low, double high, double from, double to, int most_ticks = 6);
  /// Logarithmic, `low` above 0, with ticks at powers of ten, or of two where those are too few.
  static Axis logarithmic(double low, double high, double from, double to);

  /// Linear from `low` to `high`, with these ticks alone.
  static Axis with_ticks(double low, double high, double from, double to, std::vector<Tick> ticks);

  double place(double value) const;
  const std::vector<Tick>& ticks() const { return ticks_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_ = 0, high_ = 1, from_ = 0, to_ = 1;
  bool is_log_ = false;
  std::vector<Tick> ticks_;
};

/// Three digits and a prefix: "12.3k", "4M", "0.5".
std::string short_number(double value);

}  // namespace escalate
