#include "model/transaction/compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "pe/transaction/pe_block.h"

namespace escalate {

ComputeUnit::ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                         const LayerClock& clock, const GlobalBuffer& buffer,
                         const PickOptions& picks, HostSimd set, const BlockMaker& make_block,
                         const ConcentratorMaker& make_concentrator, SharedTable* shared)
    : sc_module(name),
      clock_(clock),
      engine_(machine, buffer, picks, set, make_concentrator),
      network_("network", machine, clock),
      completions_(clock) {
  for (int i = 0; i < machine.blocks; ++i) {
    const std::string block = fmt::format("block{}", i);
    blocks_.push_back(make_block ? make_block(block.c_str(), machine, clock, i)
                                 : std::make_unique<PeBlock>(block.c_str(), machine, clock));
    network_.blocks[std::size_t(i)].bind(blocks_.back()->target_socket());
  }
  if (shared == nullptr || make_block || make_concentrator) return;
  std::vector<PeBlock*> blocks;
  for (const auto& block : blocks_) blocks.push_back(static_cast<PeBlock*>(block.get()));
  shared_ = std::make_unique<SharedPasses>(machine, *shared, engine_, buffer, network_.links(),
                                           std::move(blocks));
}

void ComputeUnit::begin(const Instruction& instruction) {
  const Cycle now = clock_.now();
  const Run& run = std::get<Run>(instruction.operation);
  const auto outcome = shared_ ? shared_->run(run, now) : engine_.run(run, now, network_.links());
  completions_.push(std::max(now, outcome.complete));
  clock_.wait_until(std::max(now + 1, outcome.network_free));
}

void ComputeUnit::load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content) {
  blocks_[std::size_t(block)]->load_bank(bank, content);
  engine_.load_bank(block, bank, std::move(content));
}

std::string ComputeUnit::describe() const {
  return fmt::format("{} passes in the PE blocks", completions_.size());
}

void ComputeUnit::restart(bool sums_are_read) {
  engine_.restart(sums_are_read);
  for (const auto& block : blocks_) block->restart();
  if (shared_) shared_->restart();
}

MachineCounters ComputeUnit::counters() const {
  if (shared_) {
    shared_->end_layer();
    return shared_->counters();
  }
  MachineCounters counters = engine_.counters();
  for (const auto& block : blocks_) add_counters(counters, block->counters());
  return counters;
}

std::vector<RowStates> ComputeUnit::block_states(Cycle cycles) {
  if (shared_) return shared_->block_states(cycles);
  std::vector<RowStates> states;
  for (const auto& block : blocks_) states.push_back(block->states(cycles));
  return states;
}

}  // namespace escalate
