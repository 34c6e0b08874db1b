#include "pe/transaction/pass_engine.h"

#include <algorithm>
#include <bit>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

// Coefficient rows in use at a time, in both banks and for a few groups and folds.
constexpr std::size_t kCachedRows = 16;

}  // namespace

/// One group of blocks in a pass: its entries in order, and what comes of them.
class PassEngine::Group {
 public:
  Group(PassEngine& engine, const Run& run, int number, Cycle begin,
        std::span<BlockLink* const> blocks)
      : engine_(engine),
        machine_(engine.machine_),
        run_(run),
        group_(run.output.groups[std::size_t(number)]),
        sums_(engine.line_sums_[std::size_t(number)]),
        batch_(machine_.ca.lanes, engine.pattern_, engine.set_),
        picked_(machine_, engine.set_) {
    const WindowOperand& window = run.window;
    geometry_.rows = {window.r,      window.stride_h,   window.pad_top,
                      window.height, group_.tile_begin, group_.tile_end};
    geometry_.columns = {window.s,     window.stride_w,         window.pad_left,
                         window.width, run.output.column_begin, run.output.column_end};
    first_block_ = number * run.output.blocks_per_group;
    for (int member = 0; run.output.channels_of_block(member) > 0; ++member) {
      members_.push_back(blocks[std::size_t(first_block_ + member)]);
    }
    rows_ = engine.rows_of(run, first_block_);
    begin_pass(begin);
    make_row_table();
    for (int w = geometry_.columns.first_input(); w < geometry_.columns.end_input(); ++w) {
      if (geometry_.columns.sends(w)) columns_.push_back(w);
    }
    h_ = group_.in_begin - 1;
    next_row();
  }

  bool ended() const { return h_ >= group_.in_end; }

  // Sends the next entry.
  void send(Cycle begin) {
    const PassRows::Tile& tile = rows_->tiles[std::size_t(tile_)];
    const std::uint64_t* words = &maps_[map_begin_[entry_number()]];
    const std::span<const std::uint64_t> maps(words, std::size_t(tile.chunks));
    int nonzeros = 0;
    for (const std::uint64_t word : maps) nonzeros += std::popcount(word);
    const int bytes = map_bytes(tile.channels) + nonzeros;

    Cycle space = 0;
    for (BlockLink* block : members_) space = std::max(space, block->space_for(tile.chunks));
    const Cycle visible = engine_.network_.send(bytes, begin, space);

    BlockEntry item;
    item.h = h_;
    item.w = columns_[column_];
    item.line_end = column_ + 1 == columns_.size() && tile_ + 1 == int(rows_->tiles.size());
    item.chunks = tile.chunks;
    item.visible = visible;
    count_entry(tile, bytes, nonzeros);
    if (rows_->direct) {
      deliver_direct(item, tile, maps);
    } else {
      deliver(item, tile, maps);
    }
    advance();
  }

  Cycle end_pass() {
    Cycle last = -1;
    for (BlockLink* block : members_) last = std::max(last, block->end_pass());
    return last;
  }

  // Output rows that are complete go to the output bank.
  void fill_banks() {
    const OutputMap& output = run_.output;
    const int outputs = rows_->outputs;
    for (int member = 0; member < int(members_.size()); ++member) {
      OutputBank& bank =
          engine_.output_banks_[std::size_t(first_block_ + member)][std::size_t(output.bank)];
      const int channels = output.channels_of_block(member);
      for (int j = 0; j < channels; ++j) {
        for (int p = group_.out_begin; p < group_.out_end; ++p) {
          std::int32_t* words =
              &bank[(std::size_t(j) * output.bank_rows + p - group_.out_begin) * output.columns()];
          const std::int32_t* sums =
              &sums_[sum_at(p, 0) + std::size_t(member) * output.per_block + j];
          for (int q = 0; q < output.columns(); ++q) {
            words[q] = sums[std::size_t(q) * outputs] + (run_.accumulate != 0 ? words[q] : 0);
          }
        }
      }
      const std::int64_t words =
          std::int64_t{channels} * (group_.out_end - group_.out_begin) * output.columns();
      (run_.accumulate != 0 ? engine_.counters_.output_words_accumulated
                            : engine_.counters_.output_words_written) += words;
    }
  }

 private:
  std::size_t sum_at(int p, int q) const {
    return (std::size_t(p - group_.tile_begin) * run_.output.columns() + q) * rows_->outputs;
  }

  void begin_pass(Cycle begin) {
    const std::size_t sums = std::size_t(group_.tile_end - group_.tile_begin) *
                             std::size_t(run_.output.columns()) * std::size_t(rows_->outputs);
    if (run_.fresh != 0) sums_.assign(sums, 0);
    ensure(sums_.size() == sums, "a pass that is not fresh goes on with the tile before it");
    BlockPass pass;
    pass.geometry = geometry_;
    pass.begin = begin;
    pass.fresh = run_.fresh != 0;
    pass.bypasses_mac = run_.bypass != 0;
    pass.mode = run_.direct != 0 ? PassMode::kDirect : PassMode::kDecomposed;
    for (int member = 0; member < int(members_.size()); ++member) {
      pass.active_rows.clear();
      for (int slice = 0; slice < machine_.slices; ++slice) {
        pass.active_rows.push_back(run_.output.channels_of_slice(member, slice) *
                                   run_.output.terms);
      }
      members_[std::size_t(member)]->begin_pass(pass);
    }
  }

  // PE rows of the member blocks, slice by slice, as rows of PassRows.
  void make_row_table() {
    const OutputMap& output = run_.output;
    for (int member = 0; member < int(members_.size()); ++member) {
      member_begin_.push_back(int(row_table_.size()));
      for (int j = 0; j < output.channels_of_block(member); ++j) {
        for (int m = 0; m < output.terms; ++m) {
          row_table_.push_back(m * rows_->outputs + member * output.per_block + j);
        }
      }
    }
    member_begin_.push_back(int(row_table_.size()));
    elements_.resize(row_table_.size());
  }

  void advance() {
    if (++tile_ < int(rows_->tiles.size())) return;
    tile_ = 0;
    if (++column_ < columns_.size()) return;
    next_row();
  }

  // Goes on to the next input row that is sent and computes all of its elements.
  void next_row() {
    column_ = 0;
    tile_ = 0;
    do {
      ++h_;
    } while (h_ < group_.in_end && !geometry_.rows.sends(h_));
    if (h_ >= group_.in_end) return;
    read_maps();
    if (rows_->direct) {
      multiply_direct();
    } else {
      compute_elements();
      multiply_row();
    }
  }

  // Number of the entry in hand, in the row in hand.
  std::size_t entry_number() const { return column_ * rows_->tiles.size() + std::size_t(tile_); }

  std::int64_t address(int w) const { return run_.input.at(h_, w); }

  void read_maps() {
    maps_.clear();
    map_begin_.clear();
    for (const int w : columns_) {
      for (const PassRows::Tile& tile : rows_->tiles) {
        map_begin_.push_back(maps_.size());
        for (int c = 0; c < tile.channels; c += machine_.ca.chunk) {
          const int width = std::min(machine_.ca.chunk, tile.channels - c);
          maps_.push_back(engine_.buffer_.map(address(w) + tile.first_channel + c, width));
        }
      }
    }
  }

  void compute_elements() {
    const int num_rows = rows_->rows();
    const std::size_t row_size = columns_.size() * std::size_t(num_rows);
    values_.resize(row_size * rows_->tiles.size());
    const int step = columns_.size() > 1 ? columns_[1] - columns_[0] : 1;
    const bool is_regular = columns_.back() - columns_.front() == step * (int(columns_.size()) - 1);
    for (std::size_t t = 0; t < rows_->tiles.size(); ++t) {
      const PassRows::Tile& tile = rows_->tiles[t];
      std::int32_t* out = &values_[t * row_size];
      const auto multiply = [&](std::size_t first, int count) {
        const ActivationVectors vectors{
            engine_.buffer_.data(address(columns_[first]) + tile.first_channel),
            std::ptrdiff_t{step} * run_.input.position_stride, count};
        multiply_ternary(tile.dense, 0, num_rows, vectors, out + first * std::size_t(num_rows),
                         num_rows, engine_.set_);
      };
      if (is_regular) {
        multiply(0, int(columns_.size()));
      } else {
        for (std::size_t i = 0; i < columns_.size(); ++i) multiply(i, 1);
      }
    }
    if (engine_.selector_ != nullptr) check_picks();
  }

  // Elements of checked outputs are accumulated from the concentrator's picks.
  void check_picks() {
    const int num_rows = rows_->rows();
    const OutputMap& output = run_.output;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      for (int k = 0; k < rows_->outputs; ++k) {
        if (!engine_.selector_->is_checked(output.image, output.first_channel + k, h_, columns_[i]))
          continue;
        for (std::size_t t = 0; t < rows_->tiles.size(); ++t) {
          const PassRows::Tile& tile = rows_->tiles[t];
          pack_values(tile, columns_[i]);
          const std::span<const std::uint64_t> maps(&maps_[map_begin_[i * rows_->tiles.size() + t]],
                                                    std::size_t(tile.chunks));
          for (int m = 0; m < rows_->terms; ++m) {
            const int row = m * rows_->outputs + k;
            std::int32_t& value =
                values_[(t * columns_.size() + i) * std::size_t(num_rows) + std::size_t(row)];
            const std::int32_t picked =
                picked_.value(maps, packed_, tile.masks, row, engine_.fault_);
            if (picked != value) ++engine_.pick_mismatches_;
            value = picked;
          }
        }
      }
    }
  }

  void pack_values(const PassRows::Tile& tile, int w) {
    packed_.clear();
    const std::int8_t* data = engine_.buffer_.data(address(w) + tile.first_channel);
    for (int c = 0; c < tile.channels; ++c) {
      if (data[c] != 0) packed_.push_back(data[c]);
    }
  }

  // Every element times the taps that it meets, summed up by output.
  void multiply_row() {
    const int num_rows = rows_->rows();
    const int row_taps = geometry_.rows.taps(h_);
    for (std::size_t t = 0; t < rows_->tiles.size(); ++t) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::int32_t* values = &values_[(t * columns_.size() + i) * std::size_t(num_rows)];
        const std::int64_t nonzero = num_rows - std::count(values, values + num_rows, 0);
        engine_.counters_.nonzero_elements += nonzero;
        const std::int64_t updates = nonzero * row_taps * geometry_.columns.taps(columns_[i]);
        engine_.counters_.line_buffer_updates += updates;
        if (run_.bypass != 0) {
          engine_.counters_.bypassed_elements += nonzero;
        } else {
          engine_.counters_.macs += updates;
        }
        scatter(values, columns_[i]);
      }
    }
  }

  void scatter(const std::int32_t* values, int w) {
    const int outputs = rows_->outputs;
    const WindowOperand& window = run_.window;
    for (int p = geometry_.rows.first_output(h_); p <= geometry_.rows.last_output(h_); ++p) {
      const int r = h_ + window.pad_top - p * window.stride_h;
      for (int q = geometry_.columns.first_output(w); q <= geometry_.columns.last_output(w); ++q) {
        const int s = w + window.pad_left - q * window.stride_w;
        std::int32_t* sums = &sums_[sum_at(p, q - run_.output.column_begin)];
        for (int m = 0; m < rows_->terms; ++m) {
          const std::int32_t tap = rows_->basis[std::size_t(m * rows_->taps + r * window.s + s)];
          const std::int32_t* row = values + std::size_t(m) * outputs;
          for (int k = 0; k < outputs; ++k) sums[k] += tap * row[k];
        }
      }
    }
  }

  void deliver(BlockEntry& item, const PassRows::Tile& tile, std::span<const std::uint64_t> maps) {
    batch_.load(maps);
    batch_.run(tile.masks, result_);
    chunk_slots_.clear();
    for (const std::uint64_t word : maps) {
      chunk_slots_.push_back(std::uint16_t(std::popcount(word)));
    }
    make_elements(tile);
    item.slots = chunk_slots_;
    for (std::size_t member = 0; member < members_.size(); ++member) {
      const auto begin = std::size_t(member_begin_[member]);
      const auto end = std::size_t(member_begin_[member + 1]);
      members_[member]->deliver(item, std::span(elements_).subspan(begin, end - begin));
    }
    count_elements(item.line_end);
  }

  // What each row takes of the entry: its matched activations, chunk by chunk.
  void deliver_direct(const BlockEntry& item, const PassRows::Tile& tile,
                      std::span<const std::uint64_t> maps) {
    arena_.clear();
    arena_.reserve(std::size_t(rows_->rows()) * maps.size());
    taken_.clear();
    const int row_taps = geometry_.rows.taps(item.h) * geometry_.columns.taps(item.w);
    const int at_once = rows_->taps > 1 ? 1 : machine_.mac.multipliers;
    MachineCounters& counters = engine_.counters_;
    for (const int row : row_table_) {
      const auto visited = tile.masks.visited(row);
      const std::size_t begin = arena_.size();
      for (const int chunk : visited) {
        const int taken = std::popcount(maps[std::size_t(chunk)] & tile.masks.map(row, chunk));
        arena_.push_back(std::uint16_t(taken));
        const int elements = ceil_div(taken, at_once);
        counters.elements += elements;
        counters.nonzero_elements += elements;
        counters.elements_pushed += elements;
        counters.weight_bytes_read += std::int64_t{taken} * row_taps;
        counters.macs += std::int64_t{taken} * row_taps;
        counters.line_buffer_updates += std::int64_t{elements} * row_taps;
      }
      const bool takes_last = arena_.size() > begin && arena_.back() > 0;
      if (item.line_end && !takes_last) ++counters.elements_pushed;
      taken_.push_back({arena_.data() + begin, arena_.size() - begin});
    }
    for (std::size_t member = 0; member < members_.size(); ++member) {
      const auto begin = std::size_t(member_begin_[member]);
      const auto end = std::size_t(member_begin_[member + 1]);
      members_[member]->deliver_direct(item, std::span(taken_).subspan(begin, end - begin));
    }
  }

  // Every non-zero activation of the row times its kernels.
  void multiply_direct() {
    const WindowOperand& window = run_.window;
    for (const int w : columns_) {
      const std::int8_t* data = engine_.buffer_.data(address(w));
      for (int c = 0; c < rows_->channels; ++c) {
        if (data[c] == 0) continue;
        for (int p = geometry_.rows.first_output(h_); p <= geometry_.rows.last_output(h_); ++p) {
          const int r = h_ + window.pad_top - p * window.stride_h;
          for (int q = geometry_.columns.first_output(w); q <= geometry_.columns.last_output(w);
               ++q) {
            const int tap = r * window.s + w + window.pad_left - q * window.stride_w;
            std::int32_t* sums = &sums_[sum_at(p, q - run_.output.column_begin)];
            for (const PassRows::Kernel& kernel : rows_->kernels[std::size_t(c)]) {
              sums[kernel.output] += kernel.taps[std::size_t(tap)] * data[c];
            }
          }
        }
      }
    }
  }

  void count_elements(bool line_end) {
    MachineCounters& counters = engine_.counters_;
    const int num_rows = rows_->rows();
    counters.elements += num_rows;
    std::int64_t slots = 0, slot_rows = 0, steps = 0, matches = 0;
    for (int row = 0; row < num_rows; ++row) {
      slots += result_.slots[std::size_t(row)];
      slot_rows += result_.rows[std::size_t(row)];
      steps += result_.steps[std::size_t(row)];
      matches += result_.matches[std::size_t(row)];
    }
    counters.ring_values_read += slots;
    counters.slots += slots;
    counters.slot_rows += slot_rows;
    counters.concentrator_steps += steps;
    counters.ca_additions += matches;
    std::int64_t pushed = num_rows;
    if (!line_end) {
      const std::int32_t* values =
          &values_[(std::size_t(tile_) * columns_.size() + column_) * std::size_t(num_rows)];
      pushed -= std::count(values, values + num_rows, 0);
    }
    counters.elements_pushed += pushed;
  }

  // The elements of the entry's rows, in the order of PE rows; spans of those that skip a chunk
  // point into the arena.
  void make_elements(const PassRows::Tile& tile) {
    const std::int32_t* values =
        &values_[(std::size_t(tile_) * columns_.size() + column_) * std::size_t(rows_->rows())];
    const bool fits_word = result_.bases.size() == result_.slots.size();
    arena_.clear();
    arena_.reserve(row_table_.size() * arena_most(tile));
    for (std::size_t i = 0; i < row_table_.size(); ++i) {
      const auto row = std::size_t(row_table_[i]);
      RowElement& element = elements_[i];
      element.is_zero = values[row] == 0;
      element.step_bases = fits_word && !tile.skips[row] ? result_.bases[row] : 0;
      if (element.step_bases == 0) set_spans(tile, int(row), element);
    }
  }

  std::size_t arena_most(const PassRows::Tile& tile) const {
    const int lanes = machine_.ca.lanes;
    const int rows = ceil_div(tile.chunks * machine_.ca.chunk, lanes);
    return std::size_t(rows) + std::size_t(tile.chunks);
  }

  void set_spans(const PassRows::Tile& tile, int row, RowElement& element) {
    const std::size_t steps = arena_.size();
    result_.for_each_step(row, [&](int, int after) { arena_.push_back(std::uint16_t(after)); });
    element.step_ends = {arena_.data() + steps, arena_.data() + arena_.size()};
    element.slots = chunk_slots_;
    if (!tile.skips[std::size_t(row)]) return;
    const std::size_t slots = arena_.size();
    for (const int chunk : tile.masks.visited(row)) {
      arena_.push_back(chunk_slots_[std::size_t(chunk)]);
    }
    element.slots = {arena_.data() + slots, arena_.data() + arena_.size()};
  }

  void count_entry(const PassRows::Tile& tile, int bytes, int nonzeros) {
    MachineCounters& counters = engine_.counters_;
    const auto members = std::int64_t(members_.size());
    counters.entries_sent += 1;
    counters.network_bytes += bytes;
    counters.network_delivered_bytes += bytes * members;
    counters.global_buffer_values_read += nonzeros;
    counters.global_buffer_maps_read += map_bytes(tile.channels);
    counters.ring_chunks_written += tile.chunks * members;
    counters.ring_values_written += nonzeros * members;
    counters.ring_chunks_read += tile.visited_chunks;
    counters.coefficient_chunks_read += tile.visited_chunks;
    if (!rows_->direct) {
      counters.bit_gathers += 2 * tile.visited_chunks;
      return;
    }
    // Rows read their visited chunks whole.
    for (int row = 0; row < rows_->rows(); ++row) {
      for (const int chunk : tile.masks.visited(row)) {
        counters.ring_values_read +=
            std::popcount(maps_[map_begin_[entry_number()] + std::size_t(chunk)]);
      }
    }
  }

  PassEngine& engine_;
  const MachineConfig& machine_;
  const Run& run_;
  const PassGroup& group_;
  std::vector<std::int32_t>& sums_;
  PassGeometry geometry_;
  int first_block_ = 0;
  std::vector<BlockLink*> members_;
  std::shared_ptr<const PassRows> rows_;
  std::vector<int> row_table_, member_begin_;
  std::vector<int> columns_;  // input columns that are sent

  int h_ = 0;
  std::size_t column_ = 0;
  int tile_ = 0;
  std::vector<std::uint64_t> maps_;     // maps of the row in hand, [column][tile][chunk]
  std::vector<std::size_t> map_begin_;  // [column][tile]
  std::vector<std::int32_t> values_;    // [tile][column][row]
  std::vector<std::int8_t> packed_;

  CaBatch batch_;
  CaBatchResult result_;
  PickedElement picked_;
  std::vector<RowElement> elements_;
  std::vector<TakenActivations> taken_;
  std::vector<std::uint16_t> chunk_slots_, arena_;
};

PassEngine::PassEngine(const MachineConfig& machine, const GlobalBuffer& buffer,
                       const PickOptions& picks, HostSimd set)
    : machine_(machine),
      buffer_(buffer),
      set_(set),
      pattern_(ConcentratorPattern::parse(machine.ca.pattern)),
      network_(machine),
      banks_(std::size_t(machine.blocks)),
      output_banks_(std::size_t(machine.blocks)),
      line_sums_(std::size_t(machine.blocks)),
      selector_(picks.selector),
      fault_(picks.drop) {
  for (auto& banks : output_banks_) {
    for (OutputBank& bank : banks) bank.assign(std::size_t(machine.output_bank_words), 0);
  }
}

PassEngine::~PassEngine() = default;

void PassEngine::restart() {
  network_ = MulticastTimeline(machine_);
  counters_ = {};
  for (auto& sums : line_sums_) sums.clear();
  last_completion_ = -1;
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
  std::vector<std::unique_ptr<Group>> groups;
  for (int g = 0; g < int(run.output.groups.size()); ++g) {
    const PassGroup& group = run.output.groups[std::size_t(g)];
    if (group.in_begin >= group.in_end) continue;
    groups.push_back(std::make_unique<Group>(*this, run, g, begin, blocks));
  }
  const std::int64_t busy_before = network_.busy_cycles();
  for (bool sent = true; sent;) {
    sent = false;
    for (const auto& group : groups) {
      if (group->ended()) continue;
      group->send(begin);
      sent = true;
    }
  }
  counters_.network_busy_cycles += network_.busy_cycles() - busy_before;
  counters_.passes += 1;
  Outcome outcome;
  outcome.network_free = network_.free();
  for (const auto& group : groups) {
    last_completion_ = std::max(last_completion_, group->end_pass());
    group->fill_banks();
  }
  outcome.complete = last_completion_;
  return outcome;
}

}  // namespace escalate
