// The clocked block of the cycle view behind the socket of the transaction view: it knows of an
// entry what its bytes say, and ticks as far as it is asked.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/math.h"
#include "machine/segments.h"
#include "pe/cycle/block.h"
#include "pe/transaction/block_model.h"
#include "pe/transaction/pass_walk.h"

namespace escalate {

/// A bank as registers hold it.
inline ClockedCoefficients clocked_coefficients(const MachineConfig& machine,
                                                const CoefficientBank& bank) {
  ClockedCoefficients clocked;
  const auto is_taken = [&](int row, int c) {
    const std::int8_t* kernel = bank.kernel(row, c);
    return std::any_of(kernel, kernel + bank.taps, [](std::int8_t weight) { return weight != 0; });
  };
  for (int first = 0; first < bank.channels; first += machine.ring.entry_channels) {
    const int count = std::min(machine.ring.entry_channels, bank.channels - first);
    CoefficientTile tile(ceil_div(count, machine.ca.chunk), machine.ca.chunk);
    for (int row = 0; row < bank.rows; ++row) {
      std::vector<std::int8_t> coefficients;
      for (int c = first; c < first + count; ++c) {
        coefficients.push_back(bank.direct ? std::int8_t(is_taken(row, c) ? 1 : 0)
                                           : bank.coefficients.at(row, c));
      }
      tile.add_row(coefficients);
    }
    clocked.tiles.push_back(std::move(tile));
  }
  for (std::size_t at = 0; at < bank.basis.size(); at += std::size_t(bank.taps)) {
    const auto first = bank.basis.begin() + std::ptrdiff_t(at);
    clocked.basis.emplace_back(first, first + bank.taps);
  }
  for (int row = 0; row < bank.rows && bank.direct; ++row) {
    clocked.weights.emplace_back(bank.kernel(row, 0),
                                 bank.kernel(row, 0) + bank.channels * bank.taps);
  }
  return clocked;
}

class ClockedBlockModel : public BlockModel {
 public:
  ClockedBlockModel(const sc_core::sc_module_name& name, const MachineConfig& machine,
                    const LayerClock& clock)
      : BlockModel(name), socket_("socket"), clock_(clock), machine_(machine) {
    socket_.register_b_transport(this, &ClockedBlockModel::transport);
    restart();
  }

  TargetSocket& target_socket() override { return socket_; }

  void load_bank(int bank, const std::shared_ptr<const CoefficientBank>& content) override {
    banks_[std::size_t(bank)] = content;
  }

  void restart() override {
    block_ = std::make_unique<BlockClocked>(machine_);
    events_.clear();
  }

  // All passes have begun: what is left of them is done before it is counted.
  MachineCounters counters() const override {
    while (!block_->is_idle()) block_->tick();
    const MachineCounters all = block_->counters();
    MachineCounters counters;
    counters.ca_busy_cycles = all.ca_busy_cycles;
    counters.mac_busy_cycles = all.mac_busy_cycles;
    counters.merged_words = all.merged_words;
    return counters;
  }

  RowStates states(Cycle cycles) override {
    tick_until(*block_, cycles);
    return block_->states();
  }

 private:
  // Something that happens to the block before the tick of a cycle: a pass begins, whose bank has
  // been filled, or an entry is written.
  struct Event {
    Cycle cycle = 0;
    std::shared_ptr<const ClockedPass> pass;
    std::shared_ptr<const CoefficientBank> bank;
    std::shared_ptr<const Entry> entry;
  };

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t place = payload.get_address() % BlockProtocol::kBlockBytes;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.is_read()) {
      const Cycle last_merge = end_pass();
      std::memcpy(payload.get_data_ptr(), &last_merge, sizeof(last_merge));
    } else if (place == BlockProtocol::kPass) {
      begin_pass(*payload.get_extension<PassExtension>(), clock_.cycle_after(delay));
    } else {
      take_entry(payload, clock_.cycle_after(delay));
    }
  }

  void begin_pass(PassExtension& extension, Cycle begin) {
    const Run& run = *extension.run;
    const OutputMap& output = run.output;
    const PassGroup& group = output.groups[std::size_t(extension.group)];
    auto pass = std::make_shared<ClockedPass>();
    pass->geometry = geometry_of(run.window, output, group);
    pass->in_begin = group.in_begin;
    pass->in_end = group.in_end;
    pass->channels = run.channels;
    pass->fresh = run.fresh != 0;
    pass->accumulate = run.accumulate != 0;
    pass->bypasses_mac = run.bypass != 0;
    pass->direct = run.direct != 0;
    pass->terms = output.terms;
    pass->per_slice = output.per_slice;
    for (int slice = 0; slice < machine_.slices; ++slice) {
      pass->of_slice.push_back(output.channels_of_slice(extension.member, slice));
    }
    pass->coefficient_bank = run.coefficient_bank;
    pass->output_bank = output.bank;
    pass->out_begin = group.out_begin;
    pass->bank_rows = output.bank_rows;
    happen({begin, pass, banks_[std::size_t(run.coefficient_bank)], nullptr});
    answer(extension.credit);
  }

  void take_entry(tlm::tlm_generic_payload& payload, Cycle visible) {
    EntryExtension& extension = *payload.get_extension<EntryExtension>();
    const ClockedPass& pass = *pass_;
    const int first = extension.channel_tile * machine_.ring.entry_channels;
    const int channels = std::min(machine_.ring.entry_channels, pass.channels - first);
    Entry entry;
    unpack_segment(1, channels, {payload.get_data_ptr(), payload.get_data_length()},
                   [&](int, std::span<const std::int8_t> values) {
                     entry = make_entry(values, machine_.ca.chunk);
                   });
    entry.h = extension.entry.h;
    entry.w = extension.entry.w;
    entry.channel_tile = extension.channel_tile;
    entry.line_end = extension.entry.line_end;
    const Cycle written = machine_.ideal.input ? visible : visible - 1;
    happen({written, nullptr, nullptr, std::make_shared<const Entry>(std::move(entry))});
    tick_until(*block_, visible);
    answer(extension.credit);
  }

  void answer(RingCredit& credit) {
    if (credit.next_chunks == 0) return;
    while (block_->free_chunks() < credit.next_chunks) block_->tick();
    credit.space = block_->now();
  }

  // When the last pass will have merged all that it completes, if nothing else happens: another
  // pass does not change it, but is not known yet, so that a block of its own looks ahead.
  Cycle end_pass() {
    if (pass_->num_completed_rows() == 0) return -1;
    BlockClocked ahead(machine_);
    for (const Event& event : events_) apply(ahead, event);
    while (ahead.completed().back() < 0) ahead.tick();
    return ahead.completed().back();
  }

  void happen(Event event) {
    if (event.pass) pass_ = event.pass;
    apply(*block_, event);
    events_.push_back(std::move(event));
  }

  void apply(BlockClocked& block, const Event& event) const {
    tick_until(block, event.cycle);
    if (event.pass) {
      block.coefficient_bank(event.pass->coefficient_bank) =
          clocked_coefficients(machine_, *event.bank);
      block.begin_pass(*event.pass);
      return;
    }
    block.reserve(event.entry->num_chunks());
    block.write(event.entry, machine_.ideal.input);
  }

  static void tick_until(BlockClocked& block, Cycle cycle) {
    ensure(block.now() <= cycle, "what happens is not in the block's past");
    while (block.now() < cycle) block.tick();
  }

  tlm_utils::simple_target_socket<ClockedBlockModel, 32, BlockProtocol> socket_;
  const LayerClock& clock_;
  MachineConfig machine_;
  std::array<std::shared_ptr<const CoefficientBank>, 2> banks_;
  std::shared_ptr<const ClockedPass> pass_;  // the newest
  std::unique_ptr<BlockClocked> block_;
  std::vector<Event> events_;  // of the layer, all that has happened
};

}  // namespace escalate
