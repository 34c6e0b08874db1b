#include "model/cycle/compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "common/error.h"

namespace escalate::cycle {
namespace {

// So long nothing is quiet that is not stuck.
constexpr Cycle kStuckCycles = 1 << 22;

}  // namespace

ComputeUnit::ComputeUnit(const sc_core::sc_module_name& name, const MachineConfig& machine,
                         const LayerClock& clock, const GlobalBuffer& buffer)
    : sc_module(name),
      machine_(machine),
      layer_clock_(clock),
      clock_("clock", machine, [this] { return has_work(); }),
      global_buffer_("global_buffer", buffer),
      address_generator_("address_generator", machine, [this] { all_sent(); }),
      network_("multicast_network", machine),
      blocks_("pe_block"),
      merging_(std::size_t(machine.blocks)) {
  blocks_.init(std::size_t(machine.blocks), [&](const char* block_name, std::size_t block) {
    return new PeBlock(block_name, machine, int(block));
  });
  address_generator_.global_buffer(global_buffer_.reads);
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
  const Cycle now = layer_clock_.now();
  begin_pass(run);
  address_generator_.begin(run);
  sending_ = true;
  clock_.start();
  network_.start();
  begun_.notify(sc_core::SC_ZERO_TIME);
  while (sending_) sc_core::wait(sent_);
  layer_clock_.wait_until(std::max(now + 1, network_free_));
}

void ComputeUnit::all_sent() {
  sending_ = false;
  network_free_ = layer_clock_.now() + (machine_.ideal.input ? 0 : 1);
  sent_.notify(sc_core::SC_ZERO_TIME);
}

void ComputeUnit::pass_complete(int block) {
  std::deque<std::int64_t>& merging = merging_[std::size_t(block)];
  ensure(!merging.empty(), "a block completes passes that merge something");
  Pass& pass = passes_[std::size_t(merging.front() - first_pass_)];
  merging.pop_front();
  if (--pass.blocks_left > 0) return;
  quiet_since_ = clock_.cycles();
  completed_.notify(sc_core::SC_ZERO_TIME);
}

void ComputeUnit::retire() {
  while (passes_.empty()) sc_core::wait(begun_);
  while (passes_.front().blocks_left > 0) sc_core::wait(completed_);
  passes_.pop_front();
  ++first_pass_;
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

void ComputeUnit::load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content) {
  ClockedCoefficients coefficients;
  const int taps = content->taps;
  for (int first = 0; first < content->channels; first += machine_.ring.entry_channels) {
    const int channels = std::min(machine_.ring.entry_channels, content->channels - first);
    CoefficientTile tile((channels + machine_.ca.chunk - 1) / machine_.ca.chunk, machine_.ca.chunk);
    for (int row = 0; row < content->rows; ++row) {
      std::vector<std::int8_t> values;
      for (int c = first; c < first + channels; ++c) {
        const std::int8_t* kernel = content->direct ? content->kernel(row, c) : nullptr;
        values.push_back(content->direct
                             ? std::int8_t(std::any_of(kernel, kernel + taps,
                                                       [](std::int8_t w) { return w != 0; }))
                             : content->row(row)[c]);
      }
      tile.add_row(values);
    }
    coefficients.tiles.push_back(std::move(tile));
  }
  for (std::size_t term = 0; term < content->basis.size() / std::size_t(taps); ++term) {
    const auto first = content->basis.begin() + std::ptrdiff_t(term) * taps;
    coefficients.basis.emplace_back(first, first + taps);
  }
  for (int row = 0; row < content->rows && content->direct; ++row) {
    const std::int8_t* first = content->kernel(row, 0);
    coefficients.weights.emplace_back(first, first + std::ptrdiff_t(content->channels) * taps);
  }
  blocks_[std::size_t(block)].coefficient_buffer().fill(bank, std::move(coefficients));
}

std::span<const std::int32_t> ComputeUnit::output_bank(int block, int bank) const {
  return blocks_[std::size_t(block)].output_banks().bank(bank);
}

MachineCounters ComputeUnit::all_counters() const {
  MachineCounters sum = network_.counters();
  add_fields(sum, global_buffer_.counters());
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
