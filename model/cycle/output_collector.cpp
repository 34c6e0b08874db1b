#include "model/cycle/output_collector.h"

#include <algorithm>

namespace escalate::cycle {

OutputCollector::OutputCollector(const sc_core::sc_module_name& name, const MachineConfig& machine)
    : sc_module(name), output_banks("output_banks"), lanes_(machine.post_lanes) {}

void OutputCollector::begin(const OutputMap& map) {
  map_ = map;
  group_ = member_ = 0;
  next_ = 0;
  taken_.clear();
  skip_empty_blocks();
}

std::int64_t OutputCollector::words_of_block() const {
  const PassGroup& group = map_.groups[std::size_t(group_)];
  const int rows = std::max(0, group.out_end - group.out_begin);
  return std::int64_t{map_.channels_of_block(member_)} * rows * map_.columns();
}

void OutputCollector::skip_empty_blocks() {
  while (!is_done() && next_ >= words_of_block()) {
    next_ = 0;
    ++member_;
    if (map_.channels_of_block(member_) > 0) continue;
    member_ = 0;
    ++group_;
  }
}

const std::vector<CollectedSum>& OutputCollector::tick() {
  taken_.clear();
  if (is_done()) return taken_;
  const PassGroup& group = map_.groups[std::size_t(group_)];
  const int rows = group.out_end - group.out_begin;
  const auto bank = output_banks->output_bank(group_ * map_.blocks_per_group + member_, map_.bank);
  const std::int64_t end = std::min(next_ + lanes_, words_of_block());
  for (; next_ < end; ++next_) {
    const int column = int(next_ % map_.columns());
    const int row = int(next_ / map_.columns() % rows);
    const int channel = int(next_ / map_.columns() / rows);
    const std::int64_t word =
        (std::int64_t{channel} * map_.bank_rows + row) * map_.columns() + column;
    taken_.push_back({group_, member_ * map_.per_block + channel, group.out_begin + row,
                      map_.column_begin + column, bank[std::size_t(word)]});
  }
  skip_empty_blocks();
  return taken_;
}

void OutputCollector::list_signals(SignalList& list) const {
  list.add(*this, "sums_taken", 16, [this] { return std::uint64_t(taken_.size()); });
}

}  // namespace escalate::cycle
