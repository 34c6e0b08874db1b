#include "pe/cycle/slice_merge.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {

// An output row is merged when every active PE row of the slice has finished it.
void SliceMergeClocked::start(std::span<LineReader* const> line_buffers) {
  const BufferedLine* first = line_buffers.front()->oldest_finished();
  if (first == nullptr) return;
  const int active = first->completed_by->pass.active_rows(slice_);
  for (int row = 1; row < active; ++row) {
    const BufferedLine* line = line_buffers[row]->oldest_finished();
    if (line == nullptr) return;
    ensure(line->number == first->number, "the PE rows of a slice finish the same output rows");
  }
  pass_ = first->completed_by;
  line_ = first;
  row_ = column_ = 0;
  sums_.assign(std::size_t(pass_->pass.width()), 0);
}

void SliceMergeClocked::read(LineReader& line_buffer, OutputBankWriter& banks) {
  const ClockedPass& pass = pass_->pass;
  const bool last_term = (row_ + 1) % pass.terms == 0;
  const std::int64_t first_word = pass.bank_word(slice_, row_ / pass.terms, line_->p);
  const int end = std::min(pass.width(), column_ + words_per_cycle_);
  for (; column_ < end; ++column_) {
    sums_[column_] += line_buffer.take(*line_, column_);
    ++counters_.merged_words;
    if (!last_term) continue;
    banks.write(pass.output_bank, first_word + column_, sums_[column_], pass.accumulate);
    sums_[column_] = 0;
  }
}

const RunningPass* SliceMergeClocked::tick(std::span<LineReader* const> line_buffers,
                                           OutputBankWriter& banks) {
  if (line_ == nullptr) start(line_buffers);
  if (line_ == nullptr) return nullptr;
  // The line of each PE row stands in the same place.
  line_ = line_buffers[row_]->oldest_finished();
  read(*line_buffers[row_], banks);
  if (column_ < pass_->pass.width()) return nullptr;
  line_buffers[row_]->release();
  column_ = 0;
  if (++row_ < pass_->pass.active_rows(slice_)) return nullptr;
  line_ = nullptr;
  return pass_;
}

}  // namespace escalate
