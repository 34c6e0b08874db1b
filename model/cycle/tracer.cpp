#include "model/cycle/tracer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/text_pattern.h"
#include "interconnect/systemc_run.h"

namespace escalate::cycle {
namespace {

// A pattern names a signal, a unit with all that is in it, or several of them, by the whole path or
// by its end.
bool names(const std::string& pattern, const std::string& signal) {
  return matches_pattern(signal, pattern) || matches_pattern(signal, pattern + ".*") ||
         matches_pattern(signal, "*." + pattern) || matches_pattern(signal, "*." + pattern + ".*");
}

std::vector<Signal> chosen(const SignalList& list, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return list.signals();
  for (const std::string& pattern : patterns) {
    const auto& all = list.signals();
    if (std::none_of(all.begin(), all.end(),
                     [&](const Signal& signal) { return names(pattern, signal.name); })) {
      throw UserError({"", 0, "--trace-units"},
                      fmt::format("'{}' names no unit; the first one is '{}'", pattern,
                                  all.empty() ? std::string() : all.front().name));
    }
  }
  std::vector<Signal> signals;
  for (const Signal& signal : list.signals()) {
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return names(pattern, signal.name); })) {
      signals.push_back(signal);
    }
  }
  return signals;
}

std::vector<VcdWriter::Variable> variables(const std::vector<Signal>& signals) {
  std::vector<VcdWriter::Variable> result;
  for (const Signal& signal : signals) result.push_back({signal.name, signal.width});
  return result;
}

}  // namespace

Tracer::Tracer(const sc_core::sc_module_name& name, const SignalList& list,
               const TraceOptions& options)
    : sc_module(name),
      clock("clock"),
      options_(options),
      signals_(chosen(list, options.units)),
      values_(signals_.size()),
      vcd_(*options.file, variables(signals_)) {
  SC_HAS_PROCESS(Tracer);
  SC_METHOD(sample);
  sensitive << clock.neg();
  dont_initialize();
}

void Tracer::sample() {
  const std::int64_t now = simulated_time();
  if (now < options_.begin || now >= options_.end) return;
  if (!all_booked_.is_over()) return;
  for (std::size_t i = 0; i < signals_.size(); ++i) values_[i] = signals_[i].value();
  vcd_.sample(now, values_);
  last_ = now;
}

void Tracer::end() { vcd_.end(last_ + 1); }

}  // namespace escalate::cycle
