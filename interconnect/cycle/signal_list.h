// What can be seen of the units of the cycle view: named values, sampled once a cycle.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <systemc>
#include <utility>
#include <vector>

namespace escalate::cycle {

/// A value of a unit. Names are paths of glossary words, as in
/// "pe_block_0.slice_1.row_3.concentrator.step".
struct Signal {
  std::string name;
  int width = 1;  ///< bits, 1 to 64
  std::function<std::uint64_t()> value;
};

class SignalList {
 public:
  void add(const sc_core::sc_object& unit, std::string_view name, int width,
           std::function<std::uint64_t()> value) {
    signals_.push_back(
        {std::string(unit.name()) + "." + std::string(name), width, std::move(value)});
  }
  const std::vector<Signal>& signals() const { return signals_; }

 private:
  std::vector<Signal> signals_;
};

}  // namespace escalate::cycle
