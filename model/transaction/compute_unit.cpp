#include "model/transaction/compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace escalate {

ComputeUnit::ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                         const LayerClock& clock, const GlobalBuffer& buffer,
                         const PickOptions& picks, HostSimd set)
    : sc_module(name),
      clock_(clock),
      engine_(machine, buffer, picks, set),
      network_("network", machine, engine_),
      completions_(clock) {
  for (int i = 0; i < machine.blocks; ++i) {
    blocks_.push_back(std::make_unique<PeBlock>(fmt::format("block{}", i).c_str(), machine));
    network_.entries[std::size_t(i)].bind(blocks_.back()->entries);
    network_.control[std::size_t(i)].bind(blocks_.back()->control);
  }
}

void ComputeUnit::begin(const Instruction& instruction) {
  const Cycle now = clock_.now();
  const auto outcome = network_.run(std::get<Run>(instruction.operation), now);
  completions_.push(std::max(now, outcome.complete));
  clock_.wait_until(std::max(now + 1, outcome.network_free));
}

std::string ComputeUnit::describe() const {
  return fmt::format("{} passes in the PE blocks", completions_.size());
}

void ComputeUnit::restart() {
  engine_.restart();
  for (const auto& block : blocks_) block->restart();
}

MachineCounters ComputeUnit::counters() const {
  MachineCounters counters = engine_.counters();
  for (const auto& block : blocks_) {
    const BlockTimeline& timeline = block->timeline();
    counters.ca_busy_cycles += timeline.ca_busy_cycles();
    counters.mac_busy_cycles += timeline.mac_busy_cycles();
    counters.merged_words += timeline.merged_words();
  }
  return counters;
}

std::vector<RowStates> ComputeUnit::block_states(Cycle cycles) {
  std::vector<RowStates> states;
  for (const auto& block : blocks_) {
    block->timeline().close(cycles);
    states.push_back(block->timeline().states());
  }
  return states;
}

}  // namespace escalate
