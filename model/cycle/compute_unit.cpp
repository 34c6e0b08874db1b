#include "model/cycle/compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "common/error.h"

namespace escalate::cycle {
namespace {

// Longer silence than this means a deadlock.
constexpr Cycle kStuckCycles = 1 << 22;

}  // namespace

ComputeUnit::ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                         const LayerClock& clock)
    : sc_module(name),
      control("control"),
      coefficient_buffers("coefficient_buffers"),
      output_banks("output_banks"),
      global_buffer("global_buffer"),
      machine_(machine),
      layer_clock_(clock),
      clock_("clock", machine, [this] { return has_work(); }),
      address_generator_("address_generator", machine, [this] { all_sent(); }),
      network_("multicast_network", machine),
      blocks_("pe_block"),
      merging_(std::size_t(machine.blocks)) {
  blocks_.init(std::size_t(machine.blocks), [&](const char* block_name, std::size_t block) {
    return new PeBlock(block_name, machine, int(block));
  });
  control.bind(*this);
  coefficient_buffers.bind(*this);
  output_banks.bind(*this);
  address_generator_.global_buffer(global_buffer);
  network_.clock(clock_.signal);
  network_.source(address_generator_.entries);
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    network_.blocks[block].bind(blocks_[block].entries);
    blocks_[block].clock(clock_.signal);
    blocks_[block].report(*this);
  }
}

ClockedPass ComputeUnit::pass_of_block(const Run& run, const PassGroup& group, int member) const {
  const OutputMap& output = run.output;
  ClockedPass pass;
  pass.geometry = geometry_of(run, group);
  pass.in_begin = group.in_begin;
  pass.in_end = group.in_end;
  pass.channels = run.channels;
  pass.fresh = run.fresh != 0;
  pass.accumulate = run.accumulate != 0;
  pass.bypasses_mac = run.bypass != 0;
  pass.direct = run.direct != 0;
  pass.terms = output.terms;
  pass.per_slice = output.per_slice;
  for (int slice = 0; slice < machine_.slices; ++slice) {
    pass.of_slice.push_back(output.channels_of_slice(member, slice));
  }
  pass.coefficient_bank = run.coefficient_bank;
  pass.output_bank = output.bank;
  pass.out_begin = group.out_begin;
  pass.bank_rows = output.bank_rows;
  return pass;
}

void ComputeUnit::begin_pass(const Run& run) {
  const OutputMap& output = run.output;
  const std::int64_t number = first_pass_ + std::int64_t(passes_.size());
  passes_.emplace_back();
  ++num_passes_;
  for (int g = 0; g < int(output.groups.size()); ++g) {
    const PassGroup& group = output.groups[std::size_t(g)];
    if (group.in_begin >= group.in_end) continue;
    for (int member = 0; output.channels_of_block(member) > 0; ++member) {
      const int block = g * output.blocks_per_group + member;
      const ClockedPass pass = pass_of_block(run, group, member);
      blocks_[std::size_t(block)].control->begin_pass(pass);
      if (pass.num_completed_rows() == 0) continue;
      merging_[std::size_t(block)].push_back(number);
      ++passes_.back().blocks_left;
    }
  }
}

void ComputeUnit::begin(const Instruction& instruction) {
  const Run& run = std::get<Run>(instruction.operation);
  begin_pass(run);
  address_generator_.begin(run);
  sending_ = true;
  free_from_ = layer_clock_.now() + 1;
  clock_.start();
  network_.start();
}

void ComputeUnit::all_sent() {
  sending_ = false;
  free_from_ = std::max(free_from_, layer_clock_.now() + (machine_.ideal.input ? 0 : 1));
}

void ComputeUnit::pass_complete(int block) {
  std::deque<std::int64_t>& merging = merging_[std::size_t(block)];
  ensure(!merging.empty(), "a block completes passes that merge something");
  Pass& pass = passes_[std::size_t(merging.front() - first_pass_)];
  merging.pop_front();
  if (--pass.blocks_left == 0) quiet_since_ = clock_.cycles();
}

// Passes are complete in order.
int ComputeUnit::take_completed() {
  int count = 0;
  for (; !passes_.empty() && passes_.front().blocks_left == 0; ++count) {
    passes_.pop_front();
    ++first_pass_;
  }
  return count;
}

bool ComputeUnit::has_work() {
  const std::int64_t sent = network_.counters().entries_sent;
  if (sent != entries_seen_) quiet_since_ = clock_.cycles();
  entries_seen_ = sent;
  if (clock_.cycles() - quiet_since_ > kStuckCycles) {
    throw InternalError(
        fmt::format("the PE blocks are stuck in cycle {}: {}", layer_clock_.now(), describe()));
  }
  return sending_ ||
         !std::all_of(blocks_.begin(), blocks_.end(), [](PeBlock& b) { return b.is_idle(); });
}

std::string ComputeUnit::describe() const {
  return fmt::format("{} passes in the PE blocks", passes_.size());
}

void ComputeUnit::fill(int block, int bank, ClockedCoefficients content) {
  blocks_[std::size_t(block)].coefficient_buffer().fill(bank, std::move(content));
}

std::span<const std::int32_t> ComputeUnit::output_bank(int block, int bank) const {
  return blocks_[std::size_t(block)].output_banks().bank(bank);
}

MachineCounters ComputeUnit::all_counters() const {
  MachineCounters sum = network_.counters();
  for (const PeBlock& block : blocks_) add_fields(sum, block.counters());
  sum.passes = num_passes_;
  return sum;
}

std::vector<RowStates> ComputeUnit::all_states() const {
  std::vector<RowStates> states;
  for (const PeBlock& block : blocks_) states.push_back(block.states());
  return states;
}

void ComputeUnit::restart() {
  ensure(passes_.empty() && !sending_, "a layer ends when its passes have");
  free_from_ = 0;
  for (PeBlock& block : blocks_) block.restart();
  counters_before_ = all_counters();
  states_before_ = all_states();
}

MachineCounters ComputeUnit::counters() const {
  MachineCounters counters = all_counters();
  add_counters(counters, counters_before_, -1);
  return counters;
}

std::vector<RowStates> ComputeUnit::block_states(Cycle cycles) {
  std::vector<RowStates> blocks = all_states();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    RowStates& states = blocks[i];
    add_counters(states, states_before_[i], -1);
    // Rows are idle while the clock stands still.
    const std::int64_t rows = std::int64_t{machine_.slices} * machine_.rows;
    states.idle += cycles * rows - states.total();
    ensure(states.idle >= 0, "a layer lasts as long as its rows work");
  }
  return blocks;
}

void ComputeUnit::list_signals(SignalList& list) const {
  network_.list_signals(list);
  for (const PeBlock& block : blocks_) block.list_signals(list);
}

}  // namespace escalate::cycle
