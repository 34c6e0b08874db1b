#include "pe/transaction/group_pass.h"

#include <algorithm>
#include <utility>

namespace escalate {
namespace {

std::vector<BlockLink*> members_of(const OutputMap& output, int group,
                                   std::span<BlockLink* const> blocks) {
  std::vector<BlockLink*> members;
  if (blocks.empty()) return members;
  for (int member = 0; output.channels_of_block(member) > 0; ++member) {
    members.push_back(blocks[std::size_t(group * output.blocks_per_group + member)]);
  }
  return members;
}

}  // namespace

GroupPass::GroupPass(const PassResources& resources, const Run& run, int number,
                     std::shared_ptr<const PassRows> rows, std::vector<std::int32_t>& sums,
                     std::span<BlockLink* const> blocks, Cycle begin)
    : resources_(resources),
      run_(run),
      group_(run.output.groups[std::size_t(number)]),
      rows_(std::move(rows)),
      members_(members_of(run.output, number, blocks)),
      begin_(begin),
      walk_(run, group_, int(rows_->tiles.size())),
      input_(resources.machine, resources.buffer, run, *rows_),
      values_(*rows_, run.input.position_stride, resources.set),
      elements_(resources.machine, resources.pattern, resources.set, run.output, *rows_,
                resources.core),
      packer_(resources.set) {
  if (resources.sums_are_read) {
    sums_.emplace(sums, run, group_, walk_.geometry(), *rows_, resources.set);
  }
  if (resources.machine.mac.sum_registers >= walk_.geometry().outputs_of_input()) {
    spills_.emplace(walk_.geometry(), rows_->rows());
  }
  if (members_.empty()) return;
  begin_blocks(number);
  begin_row();
}

void GroupPass::begin_blocks(int number) {
  const int first_chunks = walk_.ended() ? 0 : rows_->tiles[0].chunks;
  for (int member = 0; member < int(members_.size()); ++member) {
    members_[std::size_t(member)]->begin_pass(run_, number, member, begin_, first_chunks);
  }
}

// Reads the input row in hand and adds up all that comes of it.
void GroupPass::begin_row() {
  if (walk_.ended()) return;
  const int h = walk_.h();
  const std::vector<int>& columns = walk_.columns();
  input_.read_row(h, columns);
  if (spills_) spills_->begin_row();
  if (rows_->direct) {
    if (!sums_) return;
    for (const int w : columns) sums_->add_activations(h, w, input_.data(w));
    return;
  }
  values_.compute_row(input_, columns);
  if (resources_.picks_are_checked) {
    resources_.picks.check_row(run_.output, *rows_, h, columns, input_, values_);
  }
  for (int tile = 0; tile < int(rows_->tiles.size()); ++tile) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::span<const std::int32_t> elements = values_.elements(i, tile);
      count_products(resources_.counters, elements, walk_.geometry().taps(h, columns[i]),
                     run_.bypass != 0, sum_counter());
      if (sums_) sums_->add_elements(h, columns[i], elements.data());
    }
  }
  if (spills_) count_spills_of_row(h);
}

void GroupPass::count_spills(std::int64_t sums) {
  resources_.counters.sum_registers_read += sums;
  resources_.counters.line_buffer_updates += sums;
}

// Of the elements of an input row, whose values are known.
void GroupPass::count_spills_of_row(int h) {
  const std::vector<int>& columns = walk_.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (int tile = 0; tile < int(rows_->tiles.size()); ++tile) {
      count_spills(spills_->elements(values_.elements(i, tile), h, columns[i]));
    }
  }
}

SumCounter GroupPass::sum_counter() const {
  return spills_ ? &MachineCounters::sum_register_updates : &MachineCounters::line_buffer_updates;
}

// Chunks of the entry after the one in hand; 0 if that is the last.
int GroupPass::next_chunks() const {
  if (walk_.at_end()) return 0;
  const auto next = std::size_t(walk_.tile() + 1) % rows_->tiles.size();
  return rows_->tiles[next].chunks;
}

void GroupPass::send() {
  const PassRows::Tile& tile = rows_->tiles[std::size_t(walk_.tile())];
  const std::span<const std::uint64_t> maps = input_.maps(walk_.column(), walk_.tile());
  Cycle space = 0;
  for (const BlockLink* block : members_) space = std::max(space, block->space());
  NetworkEntry entry;
  entry.bytes = packer_.pack(input_.data(walk_.w(), tile.first_channel), tile.channels);
  entry.channel_tile = walk_.tile();
  entry.next_chunks = next_chunks();
  entry.entry.h = walk_.h();
  entry.entry.w = walk_.w();
  entry.entry.line_end = walk_.at_line_end();
  entry.entry.chunks = tile.chunks;
  entry.entry.visible = resources_.network.send(int(entry.bytes.size()), begin_, space);
  count_entry(resources_.counters, *rows_, tile, maps, int(members_.size()));
  if (rows_->direct) {
    deliver_direct(entry, tile, maps);
  } else {
    deliver(entry, tile, maps);
  }
  if (walk_.advance()) begin_row();
}

void GroupPass::deliver(NetworkEntry& entry, const PassRows::Tile& tile,
                        std::span<const std::uint64_t> maps) {
  const std::span<const std::int32_t> values = values_.elements(walk_.column(), walk_.tile());
  elements_.make(tile, maps, values);
  entry.entry.slots = elements_.chunk_slots();
  const SharedDilution dilution(entry.entry.visible, entry.entry.slots,
                                resources_.machine.ca.lanes);
  entry.entry.dilution = &dilution;
  for (int member = 0; member < int(members_.size()); ++member) {
    members_[std::size_t(member)]->deliver(entry, elements_.elements(member));
  }
  count_elements(resources_.counters, elements_.batch(), values, entry.entry.line_end);
}

void GroupPass::deliver_direct(const NetworkEntry& entry, const PassRows::Tile& tile,
                               std::span<const std::uint64_t> maps) {
  elements_.take(tile, maps);
  const int at_once = rows_->taps > 1 ? 1 : resources_.machine.mac.multipliers;
  count_taken(resources_.counters, elements_.taken(), at_once,
              walk_.geometry().taps(entry.entry.h, entry.entry.w), entry.entry.line_end,
              sum_counter());
  if (spills_) {
    for (int row = 0; row < rows_->rows(); ++row) {
      const TakenActivations& of_row = elements_.taken()[std::size_t(row)];
      if (std::none_of(of_row.begin(), of_row.end(), [](int taken) { return taken > 0; })) continue;
      count_spills(spills_->element(row, entry.entry.h, entry.entry.w));
    }
  }
  for (int member = 0; member < int(members_.size()); ++member) {
    members_[std::size_t(member)]->deliver_direct(entry, elements_.taken(member));
  }
}

void GroupPass::add_up() {
  for (; !walk_.ended(); walk_.skip_row()) begin_row();
}

Cycle GroupPass::end() {
  Cycle last = -1;
  for (BlockLink* block : members_) last = std::max(last, block->end_pass());
  return last;
}

void GroupPass::store(std::span<OutputBank* const> banks) {
  std::int64_t words = 0;
  for (int member = 0; member < int(banks.size()); ++member) {
    words += LineSums::num_words(run_.output, group_, member);
    if (sums_) sums_->store(member, *banks[std::size_t(member)]);
  }
  (run_.accumulate != 0 ? resources_.counters.output_words_accumulated
                        : resources_.counters.output_words_written) += words;
}

}  // namespace escalate
