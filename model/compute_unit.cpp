#include "model/compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace escalate {

ComputeUnit::ComputeUnit(const sc_core::sc_module_name& name, const LayerClock& clock,
                         MulticastNetwork& network, PickSelector& selector)
    : sc_module(name), clock_(clock), network_(network), selector_(selector), completions_(clock) {}

void ComputeUnit::begin(const Instruction& instruction) {
  const Cycle now = clock_.now();
  const auto outcome = network_.run(std::get<Run>(instruction.operation), now, selector_);
  completions_.push(std::max(now, outcome.complete));
  clock_.wait_until(std::max(now + 1, outcome.network_free));
}

std::string ComputeUnit::describe() const {
  return fmt::format("{} passes in the PE blocks", completions_.size());
}

}  // namespace escalate
