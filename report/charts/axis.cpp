#include "report/charts/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "common/error.h"

namespace escalate {
namespace {

/// 1, 2 or 5 times a power of ten: the least such step that needs no more than `most` ticks.
double round_step(double range, int most) {
  const double least = range / most;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    // A hair's breadth, so that 0.3 / 3 is not more than 0.1.
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string short_number(double value) {
  struct Prefix {
    double factor;
    const char* text;
  };
  constexpr std::array<Prefix, 4> kPrefixes = {{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const Prefix& prefix : kPrefixes) {
    if (std::abs(value) >= prefix.factor * 0.9995) {
      return fmt::format("{:.3g}{}", value / prefix.factor, prefix.text);
    }
  }
  return fmt::format("{:.3g}", value);
}

Axis Axis::linear(double low, double high, double from, double to, int most_ticks) {
  ensure(high > low, "an axis of no length");
  const double step = round_step(high - low, most_ticks);
  const double first = std::floor(low / step + 1e-9);
  const double last = std::ceil(high / step - 1e-9);
  Axis axis;
  axis.low_ = first * step;
  axis.high_ = last * step;
  axis.from_ = from;
  axis.to_ = to;
  for (double i = first; i <= last; ++i) {
    const double value = i == 0 ? 0 : i * step;
    axis.ticks_.push_back({value, short_number(value)});
  }
  return axis;
}

Axis Axis::logarithmic(double low, double high, double from, double to) {
  ensure(low > 0 && high >= low, "a logarithmic axis of numbers above 0");
  Axis axis;
  axis.is_log_ = true;
  axis.low_ = low;
  axis.high_ = high > low ? high : 2 * low;
  axis.from_ = from;
  axis.to_ = to;
  constexpr double kLeastTicks = 3;
  for (const double base : {10.0, 2.0}) {
    axis.ticks_.clear();
    const auto power_of = [&](double value) { return std::log(value) / std::log(base); };
    for (double power = std::ceil(power_of(axis.low_) - 1e-9); power <= power_of(axis.high_) + 1e-9;
         ++power) {
      const double value = std::pow(base, power);
      axis.ticks_.push_back({value, short_number(value)});
    }
    if (double(axis.ticks_.size()) >= kLeastTicks) break;
  }
  return axis;
}

Axis Axis::with_ticks(double low, double high, double from, double to, std::vector<Tick> ticks) {
  ensure(high > low, "an axis of no length");
  Axis axis;
  axis.low_ = low;
  axis.high_ = high;
  axis.from_ = from;
  axis.to_ = to;
  axis.ticks_ = std::move(ticks);
  return axis;
}

double Axis::place(double value) const {
  const double share =
      is_log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

}  // namespace escalate
