#include "pe/transaction/pass_engine.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
namespace escalate {
namespace {

// Coefficient rows in use at a time, in both banks and for a few groups and folds.
constexpr std::size_t kCachedRows = 16;

}  // namespace

PassEngine::PassEngine(const MachineConfig& machine, const GlobalBuffer& buffer,
                       const PickOptions& picks, HostSimd set, const ConcentratorMaker& make_core)
    : machine_(machine),
      buffer_(buffer),
      set_(set),
      pattern_(ConcentratorPattern::parse(machine.ca.pattern)),
      network_(machine),
      banks_(std::size_t(machine.blocks)),
      output_banks_(std::size_t(machine.blocks)),
      line_sums_(std::size_t(machine.blocks)),
      picks_(machine, picks, set),
      core_(make_core ? make_core(machine) : nullptr) {
  for (auto& banks : output_banks_) {
    for (OutputBank& bank : banks) bank.assign(std::size_t(machine.output_bank_words), 0);
  }
}

void PassEngine::restart(bool sums_are_read) {
  sums_are_read_ = sums_are_read;
  for (auto& sums : line_sums_) sums.clear();
  restart_times();
}

void PassEngine::restart_times() {
  network_ = MulticastTimeline(machine_);
  counters_ = {};
  last_completion_ = -1;
}

PassResources PassEngine::resources() {
  return {machine_, pattern_,  set_,        buffer_,        network_,
          picks_,   counters_, core_.get(), sums_are_read_, true};
}

void PassEngine::load_bank(int block, int bank, std::shared_ptr<const CoefficientBank> content) {
  banks_[std::size_t(block)][std::size_t(bank)] = std::move(content);
}

std::shared_ptr<const PassRows> PassEngine::rows_of(const Run& run, int first_block) {
  std::vector<const CoefficientBank*> banks;
  CachedRows wanted{{}, run.output.terms, run.output.per_block, run.channels, nullptr};
  for (int member = 0; run.output.channels_of_block(member) > 0; ++member) {
    const auto& bank = banks_[std::size_t(first_block + member)][std::size_t(run.coefficient_bank)];
    ensure(bank != nullptr, "a pass finds its coefficients loaded");
    banks.push_back(bank.get());
    wanted.versions.push_back(bank->version);
  }
  for (const CachedRows& cached : cache_) {
    if (cached.versions == wanted.versions && cached.terms == wanted.terms &&
        cached.per_block == wanted.per_block && cached.channels == wanted.channels &&
        cached.rows->taps == run.window.r * run.window.s &&
        cached.rows->direct == (run.direct != 0)) {
      return cached.rows;
    }
  }
  wanted.rows = gather_rows(machine_, run, banks);
  cache_.push_front(wanted);
  if (cache_.size() > kCachedRows) cache_.pop_back();
  return wanted.rows;
}

PassEngine::Outcome PassEngine::run(const Run& run, Cycle begin,
                                    std::span<BlockLink* const> blocks) {
  return this->run(resources(), run, begin, blocks);
}

PassEngine::Outcome PassEngine::time(const Run& run, Cycle begin,
                                     std::span<BlockLink* const> blocks,
                                     const GlobalBuffer& input) {
  const PassResources timed{machine_, pattern_,  set_,        input, network_,
                            picks_,   counters_, core_.get(), false, false};
  return this->run(timed, run, begin, blocks);
}

void PassEngine::add_up(const Run& run) {
  MachineCounters ignored;
  const PassResources added{machine_, pattern_, set_,        buffer_,        network_,
                            picks_,   ignored,  core_.get(), sums_are_read_, true};
  for (int g = 0; g < int(run.output.groups.size()); ++g) {
    const PassGroup& group = run.output.groups[std::size_t(g)];
    if (group.in_begin >= group.in_end) continue;
    GroupPass pass(added, run, g, rows_of(run, g * run.output.blocks_per_group),
                   line_sums_[std::size_t(g)], {}, 0);
    pass.add_up();
    pass.store(banks_of(run.output, g));
  }
}

PassEngine::Outcome PassEngine::run(const PassResources& resources, const Run& run, Cycle begin,
                                    std::span<BlockLink* const> blocks) {
  std::vector<std::pair<int, std::unique_ptr<GroupPass>>> groups;
  for (int g = 0; g < int(run.output.groups.size()); ++g) {
    const PassGroup& group = run.output.groups[std::size_t(g)];
    if (group.in_begin >= group.in_end) continue;
    auto rows = rows_of(run, g * run.output.blocks_per_group);
    groups.emplace_back(g, std::make_unique<GroupPass>(resources, run, g, std::move(rows),
                                                       line_sums_[std::size_t(g)], blocks, begin));
  }
  const std::int64_t busy_before = network_.busy_cycles();
  for (bool sent = true; sent;) {
    sent = false;
    for (const auto& [number, group] : groups) {
      if (group->ended()) continue;
      group->send();
      sent = true;
    }
  }
  counters_.network_busy_cycles += network_.busy_cycles() - busy_before;
  counters_.passes += 1;
  Outcome outcome;
  outcome.network_free = network_.free();
  for (const auto& [number, group] : groups) {
    last_completion_ = std::max(last_completion_, group->end());
    group->store(banks_of(run.output, number));
  }
  outcome.complete = last_completion_;
  return outcome;
}

// Output banks of the member blocks of a group.
std::vector<OutputBank*> PassEngine::banks_of(const OutputMap& output, int group) {
  std::vector<OutputBank*> banks;
  for (int member = 0; output.channels_of_block(member) > 0; ++member) {
    const auto block = std::size_t(group * output.blocks_per_group + member);
    banks.push_back(&output_banks_[block][std::size_t(output.bank)]);
  }
  return banks;
}

}  // namespace escalate
