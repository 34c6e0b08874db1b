#include "pe/transaction/group_pass.h"

#include <algorithm>
#include <utility>

#include "pe/transaction/pass_counts.h"

namespace escalate {
namespace {

std::vector<BlockLink*> members_of(const OutputMap& output, int group,
                                   std::span<BlockLink* const> blocks) {
  std::vector<BlockLink*> members;
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
      rows_(std::move(rows)),
      members_(members_of(run.output, number, blocks)),
      begin_(begin),
      walk_(run, run.output.groups[std::size_t(number)], int(rows_->tiles.size())),
      input_(resources.machine, resources.buffer, run, *rows_),
      values_(*rows_, run.input.position_stride, resources.set),
      elements_(resources.machine, resources.pattern, resources.set, run.output, *rows_),
      sums_(sums, run, run.output.groups[std::size_t(number)], walk_.geometry(), *rows_) {
  begin_blocks();
  begin_row();
}

void GroupPass::begin_blocks() {
  BlockPass pass;
  pass.geometry = walk_.geometry();
  pass.begin = begin_;
  pass.fresh = run_.fresh != 0;
  pass.bypasses_mac = run_.bypass != 0;
  pass.mode = rows_->direct ? PassMode::kDirect : PassMode::kDecomposed;
  for (int member = 0; member < int(members_.size()); ++member) {
    pass.active_rows.clear();
    for (int slice = 0; slice < resources_.machine.slices; ++slice) {
      pass.active_rows.push_back(run_.output.channels_of_slice(member, slice) * run_.output.terms);
    }
    members_[std::size_t(member)]->begin_pass(pass);
  }
}

// Reads the input row in hand and adds up all that comes of it.
void GroupPass::begin_row() {
  if (walk_.ended()) return;
  const int h = walk_.h();
  const std::vector<int>& columns = walk_.columns();
  input_.read_row(h, columns);
  if (rows_->direct) {
    for (const int w : columns) sums_.add_activations(h, w, input_.data(w));
    return;
  }
  values_.compute_row(input_, columns);
  resources_.picks.check_row(run_.output, *rows_, h, columns, input_, values_);
  for (int tile = 0; tile < int(rows_->tiles.size()); ++tile) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::span<const std::int32_t> elements = values_.elements(i, tile);
      count_products(resources_.counters, elements, walk_.geometry().taps(h, columns[i]),
                     run_.bypass != 0);
      sums_.add_elements(h, columns[i], elements.data());
    }
  }
}

void GroupPass::send() {
  const PassRows::Tile& tile = rows_->tiles[std::size_t(walk_.tile())];
  const std::span<const std::uint64_t> maps = input_.maps(walk_.column(), walk_.tile());
  Cycle space = 0;
  for (BlockLink* block : members_) space = std::max(space, block->space_for(tile.chunks));
  BlockEntry entry;
  entry.h = walk_.h();
  entry.w = walk_.w();
  entry.line_end = walk_.at_line_end();
  entry.chunks = tile.chunks;
  entry.visible = resources_.network.send(size_of_entry(tile, maps).bytes(), begin_, space);
  count_entry(resources_.counters, *rows_, tile, maps, int(members_.size()));
  if (rows_->direct) {
    deliver_direct(entry, tile, maps);
  } else {
    deliver(entry, tile, maps);
  }
  if (walk_.advance()) begin_row();
}

void GroupPass::deliver(BlockEntry& entry, const PassRows::Tile& tile,
                        std::span<const std::uint64_t> maps) {
  const std::span<const std::int32_t> values = values_.elements(walk_.column(), walk_.tile());
  elements_.make(tile, maps, values);
  entry.slots = elements_.chunk_slots();
  for (int member = 0; member < int(members_.size()); ++member) {
    members_[std::size_t(member)]->deliver(entry, elements_.elements(member));
  }
  count_elements(resources_.counters, elements_.batch(), values, entry.line_end);
}

void GroupPass::deliver_direct(const BlockEntry& entry, const PassRows::Tile& tile,
                               std::span<const std::uint64_t> maps) {
  elements_.take(tile, maps);
  const int at_once = rows_->taps > 1 ? 1 : resources_.machine.mac.multipliers;
  count_taken(resources_.counters, elements_.taken(), at_once,
              walk_.geometry().taps(entry.h, entry.w), entry.line_end);
  for (int member = 0; member < int(members_.size()); ++member) {
    members_[std::size_t(member)]->deliver_direct(entry, elements_.taken(member));
  }
}

Cycle GroupPass::end() {
  Cycle last = -1;
  for (BlockLink* block : members_) last = std::max(last, block->end_pass());
  return last;
}

void GroupPass::store(std::span<OutputBank* const> banks) {
  std::int64_t words = 0;
  for (int member = 0; member < int(members_.size()); ++member) {
    words += sums_.store(member, *banks[std::size_t(member)]);
  }
  (run_.accumulate != 0 ? resources_.counters.output_words_accumulated
                        : resources_.counters.output_words_written) += words;
}

}  // namespace escalate
