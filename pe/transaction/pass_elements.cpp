#include "pe/transaction/pass_elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "common/error.h"
#include "common/math.h"

namespace escalate {

PassElements::PassElements(const MachineConfig& machine, const ConcentratorPattern& pattern,
                           HostSimd set, const OutputMap& output, const PassRows& rows,
                           ConcentratorCore* core)
    : lanes_(machine.ca.lanes),
      chunk_(machine.ca.chunk),
      first_tile_(rows.tiles.data()),
      batch_(lanes_, pattern, set),
      set_(set),
      core_(core),
      terms_(std::size_t(output.terms)),
      most_retired_(1 + pattern.look_ahead()) {
  for (int member = 0; output.channels_of_block(member) > 0; ++member) {
    member_begin_.push_back(int(row_table_.size()));
    for (int m = 0; m < output.terms; ++m) {
      term_rows_.push_back({std::size_t(m * rows.outputs + member * output.per_block),
                            std::size_t(output.channels_of_block(member)),
                            row_table_.size() + std::size_t(m)});
    }
    for (int j = 0; j < output.channels_of_block(member); ++j) {
      for (int m = 0; m < output.terms; ++m) {
        row_table_.push_back(m * rows.outputs + member * output.per_block + j);
      }
    }
  }
  member_begin_.push_back(int(row_table_.size()));
  const std::size_t size = row_table_.size();
  for (auto* items : {&low_bases_, &high_bases_, &not_zero_}) items->resize(size);
  spans_.resize(size);
  all_places_.resize(size);
  std::iota(all_places_.begin(), all_places_.end(), 0);
  for (const PassRows::Tile& tile : rows.tiles) {
    std::vector<std::size_t>& places = skipping_.emplace_back();
    for (const std::size_t place : all_places_) {
      if (tile.skips[std::size_t(row_table_[place])]) places.push_back(place);
    }
  }
}

// Words that an element's spans may need.
std::size_t PassElements::most_words(const PassRows::Tile& tile) const {
  const int rows = ceil_div(tile.chunks * chunk_, lanes_);
  return std::size_t(rows) + std::size_t(tile.chunks);
}

void PassElements::make(const PassRows::Tile& tile, std::span<const std::uint64_t> maps,
                        std::span<const std::int32_t> values) {
  batch_.load(maps);
  batch_.run(tile.masks, result_);
  if (core_ != nullptr) {
    for (const int row : row_table_) concentrate(tile, maps, row);
  }
  chunk_slots_.clear();
  for (const std::uint64_t word : maps) {
    chunk_slots_.push_back(std::uint16_t(num_ones(word)));
  }
  const bool fits_word = result_.bases.size() == result_.slots.size();
  if (terms_ == 1) {
    gather<1>(values);
  } else {
    gather<0>(values);
  }
  arena_.clear();
  with_spans_ = fits_word ? &skipping_[std::size_t(&tile - first_tile_)] : &all_places_;
  arena_.reserve(with_spans_->size() * most_words(tile));  // so that spans stay where they are
  for (const std::size_t place : *with_spans_) {
    low_bases_[place] = high_bases_[place] = 0;
    spans_[place] = spans_of(tile, row_table_[place]);
  }
}

// Whether an element of the places [begin, end) has them.
bool PassElements::has_spans(std::size_t begin, std::size_t end) const {
  const auto first = std::lower_bound(with_spans_->begin(), with_spans_->end(), begin);
  return first != with_spans_->end() && *first < end;
}

// Puts zeros and steps in order; kTerms: their number if it is known to the compiler.
template <std::size_t kTerms>
void PassElements::gather(std::span<const std::int32_t> values) {
  const std::size_t terms = kTerms > 0 ? kTerms : terms_;
  for (const TermRows& rows : term_rows_) {
    const std::int32_t* const value = &values[rows.first];
    const std::uint64_t* const bases = &result_.bases[rows.first];
    std::int32_t* const low = &low_bases_[rows.place];
    std::int32_t* const high = &high_bases_[rows.place];
    std::int32_t* const not_zero = &not_zero_[rows.place];
    for (std::size_t j = 0; j < rows.count; ++j) not_zero[j * terms] = value[j] == 0 ? 0 : -1;
    for (std::size_t j = 0; j < rows.count; ++j) {
      low[j * terms] = std::int32_t(std::uint32_t(bases[j]));
      high[j * terms] = std::int32_t(std::uint32_t(bases[j] >> 32));
    }
  }
}

// Of what the batch has found, the steps are the core's.
void PassElements::concentrate(const PassRows::Tile& tile, std::span<const std::uint64_t> maps,
                               int row) {
  dilute(maps, tile.masks, row, set_, diluted_);
  const int slots = diluted_.slots(), rows = num_slot_rows(slots, lanes_);
  slot_rows_.clear();
  for (int r = 0; r < rows; ++r) {
    slot_rows_.push_back(slot_bits(diluted_.active.words(), slots, r * lanes_, lanes_));
  }
  retired_.clear();
  core_->run(slot_rows_, retired_);
  int left = rows;
  for (const int retired : retired_) {
    if (retired < 1 || retired > most_retired_) {
      throw UserError(
          fmt::format("the concentrator retires {} slot rows in a step, expected 1 to {}", retired,
                      most_retired_));
    }
    left -= retired;
  }
  if (left != 0) {
    throw UserError(fmt::format("the concentrator retires {} of the {} slot rows of an element",
                                rows - left, rows));
  }
  set_steps(row);
}

void PassElements::set_steps(int row) {
  const auto element = std::size_t(row);
  const std::size_t words = result_.slots.size();
  for (std::size_t at = element; at < result_.bases.size(); at += words) result_.bases[at] = 0;
  int base = 0;
  for (const int retired : retired_) {
    result_.bases[std::size_t(base / 64) * words + element] |= std::uint64_t{1} << (base % 64);
    base += retired;
  }
  result_.steps[element] = std::uint16_t(retired_.size());
}

// The element's row skips a chunk, or its steps do not fit into a word.
ElementSpans PassElements::spans_of(const PassRows::Tile& tile, int row) {
  ElementSpans spans;
  const std::size_t steps = arena_.size();
  result_.for_each_step(row, [&](int, int after) { arena_.push_back(std::uint16_t(after)); });
  spans.step_ends = {arena_.data() + steps, arena_.data() + arena_.size()};
  spans.slots = chunk_slots_;
  if (!tile.skips[std::size_t(row)]) return spans;
  const std::size_t slots = arena_.size();
  for (const int chunk : tile.masks.visited(row)) {
    arena_.push_back(chunk_slots_[std::size_t(chunk)]);
  }
  spans.slots = {arena_.data() + slots, arena_.data() + arena_.size()};
  return spans;
}

void PassElements::take(const PassRows::Tile& tile, std::span<const std::uint64_t> maps) {
  const std::size_t most = row_table_.size() * maps.size();
  if (arena_.size() < most) arena_.resize(most);
  std::uint16_t* next = arena_.data();
  taken_.clear();
  chunk_slots_.clear();
  for (const std::uint64_t word : maps) chunk_slots_.push_back(std::uint16_t(num_ones(word)));
  for (const int row : row_table_) {
    std::uint16_t* const begin = next;
    for (const int chunk : tile.masks.visited(row)) {
      const std::uint64_t map = maps[std::size_t(chunk)], taken = map & tile.masks.map(row, chunk);
      const bool is_one_at_most = (taken & (taken - 1)) == 0;  // as in depthwise layers
      *next++ = taken == map     ? chunk_slots_[std::size_t(chunk)]
                : is_one_at_most ? std::uint16_t(taken != 0)
                                 : std::uint16_t(num_ones(taken));
    }
    taken_.push_back({begin, next});
  }
}

}  // namespace escalate
