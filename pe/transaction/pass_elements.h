// What each PE row of a group of blocks makes of an entry, as the timelines want it: the slots that
// it reads and the steps of its concentrator, or the activations that it takes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/transaction/ca_batch.h"
#include "pe/transaction/concentrator_core.h"
#include "pe/transaction/dilution.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/row_elements.h"

namespace escalate {

class PassElements {
 public:
  /// Takes `rows` by reference.
  /// `core` concentrates in place of the pattern's own steps, unless it is null.
  PassElements(const MachineConfig& machine, const ConcentratorPattern& pattern, HostSimd set,
               const OutputMap& output, const PassRows& rows, ConcentratorCore* core = nullptr);

  /// Decomposed: the elements of an entry, whose values are given by row of PassRows.
  void make(const PassRows::Tile& tile, std::span<const std::uint64_t> maps,
            std::span<const std::int32_t> values);
  /// Direct: the matched activations of an entry, chunk by chunk.
  void take(const PassRows::Tile& tile, std::span<const std::uint64_t> maps);

  /// The entry made last, by row of PassRows.
  const CaBatchResult& batch() const { return result_; }
  /// Its slots, of each chunk.
  std::span<const std::uint16_t> chunk_slots() const { return chunk_slots_; }

  /// What the active PE rows of a member block make of it, slice by slice; valid until the next
  /// entry.
  RowElements elements(int member) const {
    const auto begin = std::size_t(member_begin_[std::size_t(member)]);
    const auto end = std::size_t(member_begin_[std::size_t(member) + 1]);
    RowElements all{low_bases_, high_bases_, not_zero_, {}};
    if (has_spans(begin, end)) all.spans = spans_;
    return all.part(begin, end - begin);
  }
  std::span<const TakenActivations> taken(int member) const {
    const auto begin = std::size_t(member_begin_[std::size_t(member)]);
    return taken().subspan(begin, std::size_t(member_begin_[std::size_t(member) + 1]) - begin);
  }
  /// The same for all member blocks.
  std::span<const TakenActivations> taken() const { return taken_; }

 private:
  void concentrate(const PassRows::Tile& tile, std::span<const std::uint64_t> maps, int row);
  void set_steps(int row);
  template <std::size_t kTerms>
  void gather(std::span<const std::int32_t> values);
  std::size_t most_words(const PassRows::Tile& tile) const;
  bool has_spans(std::size_t begin, std::size_t end) const;
  ElementSpans spans_of(const PassRows::Tile& tile, int row);

  int lanes_, chunk_;
  std::vector<int> row_table_;     // PE rows of the member blocks, slice by slice, in PassRows
  std::vector<int> member_begin_;  // in row_table_, and its end
  /// Rows of PassRows that hold one term of a member block, and the place of the first in
  /// row_table_, where those of all terms take turns.
  struct TermRows {
    std::size_t first, count, place;
  };
  std::vector<TermRows> term_rows_;
  const PassRows::Tile* first_tile_;
  std::vector<std::vector<std::size_t>> skipping_;  // by tile: places of rows that skip chunks
  std::vector<std::size_t> all_places_;
  const std::vector<std::size_t>* with_spans_ = nullptr;  // places of the entry made last
  CaBatch batch_;
  CaBatchResult result_;
  HostSimd set_;
  ConcentratorCore* core_;
  std::size_t terms_;
  int most_retired_;        // rows of a step
  DilutedElement diluted_;  // what the core is given
  std::vector<std::uint64_t> slot_rows_;
  std::vector<int> retired_;                                     // what it says
  std::vector<std::int32_t> low_bases_, high_bases_, not_zero_;  // as RowElements has them
  std::vector<ElementSpans> spans_;
  std::vector<TakenActivations> taken_;
  std::vector<std::uint16_t> chunk_slots_;
  std::vector<std::uint16_t> arena_;  // what the spans of elements and activations point to
};

}  // namespace escalate
