#include "model/transaction/shared_passes.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "pe/transaction/pass_walk.h"

namespace escalate {
namespace {

constexpr std::size_t kMostBytesPutOff = std::size_t{64} << 20;

// What stands before a fingerprint says what kind of record it names.
enum class Kind { kPass, kRun };

// All that passes depend on.
MachineConfig without_memories(MachineConfig machine) {
  const MachineConfig usual;
  machine.clock_mhz = usual.clock_mhz;
  machine.output_bank_words = usual.output_bank_words;
  machine.coefficient_bank_bytes = usual.coefficient_bank_bytes;
  machine.global_buffer_bytes = usual.global_buffer_bytes;
  machine.post_lanes = usual.post_lanes;
  machine.dma = usual.dma;
  machine.dram = usual.dram;
  machine.ideal.dram = usual.ideal.dram;
  return machine;
}

// The same, of an instruction: not where its operands lie.
Run without_places(const Run& run) {
  Run rest = run;
  rest.input = {};
  rest.coefficient_bank = 0;
  rest.output.image = rest.output.first_channel = rest.output.bank = 0;
  return rest;
}

Fingerprint::Value name_of_run(Kind kind, const Fingerprint::Value& run) {
  Fingerprint name;
  name.add(int(kind));
  name.add(run);
  return name.value();
}

template <class T>
void append_fields(std::vector<std::int64_t>& words, const T& counters) {
  T::fields(counters, [&](const FieldDoc&, std::int64_t value) { words.push_back(value); });
}

template <class T>
std::span<const std::int64_t> add_fields_from(std::span<const std::int64_t> words, T& counters) {
  std::size_t next = 0;
  T::fields(counters, [&](const FieldDoc&, std::int64_t& value) { value += words[next++]; });
  return words.subspan(next);
}

}  // namespace

SharedPasses::SharedPasses(const MachineConfig& machine, SharedTable& table, PassEngine& engine,
                           const GlobalBuffer& buffer, std::span<BlockLink* const> links,
                           std::vector<PeBlock*> blocks)
    : table_(table),
      engine_(engine),
      buffer_(buffer),
      links_(links),
      blocks_(std::move(blocks)),
      rows_of_block_(std::int64_t{machine.slices} * machine.rows),
      bank_names_(blocks_.size()) {
  of_machine_.add(without_memories(machine));
}

void SharedPasses::restart() {
  ensure(passes_ == 0, "a layer begins when the one before it has ended");
  has_timed_ = false;
  network_free_ = end_of_work_ = 0;
  counters_ = {};
  states_.assign(blocks_.size(), {});
}

// visit(address) of the position, of each that the groups are sent.
template <class Visit>
void SharedPasses::for_each_position(const Run& run, Visit&& visit) const {
  for (const PassGroup& group : run.output.groups) {
    if (group.in_begin >= group.in_end) continue;
    for (PassWalk walk(run, group, 1); !walk.ended(); walk.advance()) {
      visit(run.input.at(walk.h(), walk.w()));
    }
  }
}

const Fingerprint::Value& SharedPasses::name_of_bank(int block, int bank) {
  const CoefficientBank* const content = engine_.bank(block, bank).get();
  ensure(content != nullptr, "a pass finds its coefficients loaded");
  BankName& known = bank_names_[std::size_t(block)][std::size_t(bank)];
  const auto is_known = [&](const std::array<BankName, 2>& names) {
    const BankName& name = names[std::size_t(bank)];
    return name.bank == content && name.version == content->version;
  };
  if (is_known(bank_names_[std::size_t(block)])) return known.value;
  const auto same = std::find_if(bank_names_.begin(), bank_names_.end(), is_known);
  if (same != bank_names_.end()) return (known = (*same)[std::size_t(bank)]).value;
  Fingerprint name;
  for (const int number : {int(content->direct), content->rows, content->channels, content->taps}) {
    name.add(number);
  }
  name.add(content->basis);
  name.add(content->weights);
  for (int row = 0; row < content->coefficients.rows(); ++row) {
    const auto words = content->coefficients.row(row);
    name.add(words.data(), words.size_bytes());
  }
  known = {content, content->version, name.value()};
  return known.value;
}

// Of all that the pass reads, and of what it does with it.
Fingerprint::Value SharedPasses::name_of(const Run& run) {
  Fingerprint name = of_machine_;
  name.add(without_places(run));
  for (int g = 0; g < int(run.output.groups.size()); ++g) {
    const PassGroup& group = run.output.groups[std::size_t(g)];
    if (group.in_begin >= group.in_end) continue;
    for (int member = 0; run.output.channels_of_block(member) > 0; ++member) {
      name.add(name_of_bank(g * run.output.blocks_per_group + member, run.coefficient_bank));
    }
  }
  for_each_position(run, [&](std::int64_t address) {
    name.add(buffer_.data(address), std::size_t(run.channels));
  });
  return name.value();
}

PassEngine::Outcome SharedPasses::run(const Run& run, Cycle begin) {
  // Nothing of the passes before it meets those from here on, in no block.
  if (passes_ > 0 && run.fresh != 0 && begin > network_free_ && begin >= end_of_work_) end_run();
  Fingerprint name;
  name.add(name_);
  name.add(passes_ > 0 ? begin - last_begin_ : 0);
  name.add(name_of(run));
  name_ = name.value();
  last_begin_ = begin;
  ++passes_;
  const Fingerprint::Value key = name_of_run(Kind::kPass, name_);
  PassEngine::Outcome outcome;
  if (const auto known = table_.find(key)) {
    put_off(run, begin);
    if (engine_.sums_are_read()) engine_.add_up(run);
    network_free_ = begin + (*known)[0];
    outcome = {network_free_, begin + (*known)[1]};
    end_of_work_ = begin + (*known)[2];
    return outcome;
  }
  catch_up();
  has_timed_ = true;
  outcome = engine_.run(run, begin, links_);
  network_free_ = outcome.network_free;
  end_of_work_ = end_of_work();
  // A pass is complete in the cycle of its begin at the earliest.
  table_.put(key, std::vector<std::int64_t>{network_free_ - begin,
                                            std::max<Cycle>(outcome.complete - begin, 0),
                                            end_of_work_ - begin});
  return outcome;
}

Cycle SharedPasses::end_of_work() const {
  Cycle end = 0;
  for (const PeBlock* block : blocks_) end = std::max(end, block->end_of_work());
  return end;
}

void SharedPasses::put_off(const Run& run, Cycle begin) {
  KnownPass pass{&run, begin, {}, {}};
  const auto channels = std::size_t(run.channels);
  for_each_position(run, [&](std::int64_t address) {
    const std::int8_t* const position = buffer_.data(address);
    pass.input.insert(pass.input.end(), position, position + channels);
  });
  for (int block = 0; block < int(blocks_.size()); ++block) {
    pass.banks.push_back(engine_.bank(block, run.coefficient_bank));
  }
  bytes_put_off_ += pass.input.size();
  put_off_.push_back(std::move(pass));
  if (bytes_put_off_ > kMostBytesPutOff) catch_up();
}

// Times what has been put off.
void SharedPasses::catch_up() {
  if (put_off_.empty()) return;
  if (!input_) input_ = std::make_unique<GlobalBuffer>(buffer_.size());
  has_timed_ = true;
  const auto load = [&](const KnownPass& pass, const std::vector<Bank>& banks) {
    for (int block = 0; block < int(banks.size()); ++block) {
      engine_.load_bank(block, pass.run->coefficient_bank, banks[std::size_t(block)]);
    }
  };
  for (const KnownPass& pass : put_off_) {
    const auto channels = std::size_t(pass.run->channels);
    std::span<const std::int8_t> rest(pass.input);
    for_each_position(*pass.run, [&](std::int64_t address) {
      input_->write(address, rest.first(channels));
      rest = rest.subspan(channels);
    });
    std::vector<Bank> now;
    for (int block = 0; block < int(blocks_.size()); ++block) {
      now.push_back(engine_.bank(block, pass.run->coefficient_bank));
    }
    load(pass, pass.banks);
    engine_.time(*pass.run, pass.begin, links_, *input_);
    load(pass, now);
  }
  put_off_.clear();
  bytes_put_off_ = 0;
}

// The blocks have done all they had to do.
void SharedPasses::end_run() {
  if (!add_known_counts()) {
    catch_up();
    count_run();
  }
  put_off_.clear();
  bytes_put_off_ = 0;
  if (has_timed_) {
    engine_.restart_times();
    for (PeBlock* block : blocks_) block->restart();
  }
  has_timed_ = false;
  passes_ = 0;
  name_ = {};
}

// A run all of which has been timed is counted without the table.
bool SharedPasses::add_known_counts() {
  if (put_off_.empty()) return false;
  const auto known = table_.find(name_of_run(Kind::kRun, name_));
  if (known) add_counts(*known);
  return known.has_value();
}

void SharedPasses::count_run() {
  MachineCounters counters = engine_.counters();
  for (const PeBlock* block : blocks_) add_counters(counters, block->counters());
  std::vector<std::int64_t> counts;
  append_fields(counts, counters);
  for (PeBlock* block : blocks_) {
    RowStates states = block->states(std::max(network_free_, end_of_work_));
    states.idle = 0;  // known when the layer ends
    append_fields(counts, states);
  }
  table_.put(name_of_run(Kind::kRun, name_), counts);
  add_counts(counts);
}

void SharedPasses::add_counts(std::span<const std::int64_t> counts) {
  counts = add_fields_from(counts, counters_);
  for (RowStates& states : states_) counts = add_fields_from(counts, states);
}

void SharedPasses::end_layer() {
  if (passes_ > 0) end_run();
}

std::vector<RowStates> SharedPasses::block_states(Cycle cycles) const {
  std::vector<RowStates> states = states_;
  for (RowStates& one : states) one.idle = rows_of_block_ * cycles - one.total();
  return states;
}

}  // namespace escalate
