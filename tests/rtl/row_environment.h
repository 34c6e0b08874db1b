// What surrounds one PE row: passes that begin, basis kernels that are loaded, windows of outputs
// that elements meet, and line buffer memory read by a slice merge.
#pragma once

#include <array>
#include <bit>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "pe/cycle/block.h"
#include "tests/pe/clocked_scenario.h"
#include "tests/rtl/lockstep.h"

namespace escalate::rtl {

/// Parameters of rtl/mac_unit.sv.
struct MacSizes {
  int value_bits = 0;
  int multipliers = 0;
  int kernel = 0;
  int line_bits = 0;
  int column_bits = 0;
  int number_bits = 0;
  int tile_bits = 0;
  int channel_bits = 0;
  int weight_port = 0;  // bytes a cycle

  bool has_narrow_port() const { return weight_port < multipliers; }
  int tap_index_bits() const { return std::bit_width(unsigned(kernel * kernel - 1)); }
  int tap_bits() const { return std::bit_width(unsigned(kernel)); }
};

/// One layer in several tiles of its output, each in two passes; the row is not active in all.
inline scenario::Scenario arbitrary_row_run(const MachineConfig& machine, bool direct) {
  scenario::Scenario run;
  run.machine = machine;
  Random random = arbitrary_random();
  scenario::Tile tile = scenario::arbitrary_tile(machine, direct);
  const auto redraw = [](WindowAxis& axis) {
    const int outputs = (axis.input + 2 * axis.pad - axis.kernel) / axis.stride + 1;
    axis.out_begin = uniform_in(0, outputs);
    axis.out_end = uniform_in(axis.out_begin + 1, outputs + 1);
  };
  int words = 1;
  const int num_tiles = uniform_in(1, 6);
  for (int t = 0; t < num_tiles; ++t) {
    WindowAxis& rows = tile.geometry.rows;
    WindowAxis& columns = tile.geometry.columns;
    redraw(rows);
    redraw(columns);
    tile.channels = uniform_in(1, 2 * machine.ring.entry_channels + 1);
    tile.of_slice = {uniform_in(1, tile.per_slice + 1)};
    tile.coefficient_bank = t % 2;
    scenario::draw_contents(tile, random);
    run.tiles.push_back(tile);
    const int cut = uniform_in(rows.first_input(), rows.end_input() + 1);
    run.passes.push_back({t, true, rows.first_input(), cut});
    run.passes.push_back({t, false, cut, rows.end_input()});
    words = std::max(words, (rows.kernel + rows.stride - 1) / rows.stride *
                                (columns.out_end - columns.out_begin));
  }
  run.machine.mac.line_buffer_words = words + uniform_in(0, 12);
  const int longest_delay = uniform_in(0, 60);
  for (std::size_t pass = 0; pass < run.passes.size(); ++pass) {
    run.delays.push_back(int(random.between(0, longest_delay)));
  }
  return run;
}

/// Begins the passes of a run in order, each when the entries of the one before have been sent and
/// its tile's basis kernel stands in a bank that no element needs any more.
class PassFeeder {
 public:
  struct Weight {
    int bank = 0, r = 0, s = 0;
    std::int8_t value = 0;
  };
  /// What happens in a cycle: a weight is written, a pass begins, or neither.
  struct Event {
    std::optional<Weight> weight;
    const RunningPass* begins = nullptr;
  };

  PassFeeder(const scenario::Scenario& run, int row) : run_(&run), row_(row), table_(run.machine) {
    for (const scenario::Tile& tile : run.tiles) {
      coefficients_.push_back(run.coefficient_bank(tile));
    }
  }

  bool is_active(const RunningPass& pass) const { return row_ < pass.pass.active_rows(0); }
  bool all_begun() const { return next_ == run_->passes.size(); }
  std::vector<std::shared_ptr<const Entry>> entries(const RunningPass& pass) const {
    return run_->entries(std::size_t(pass.number_of_pass));
  }

  /// `sent`: all entries of the last pass have been sent. `unread`: running number of the oldest
  /// output row that has not been merged.
  Event tick(bool sent, std::int64_t unread) {
    if (all_begun() || !sent) return {};
    const scenario::Pass& pass = run_->passes[next_];
    const scenario::Tile& tile = run_->tiles[pass.tile];
    if (pass.fresh) {
      if (pass.tile >= 2 && unread < tile_ends_[pass.tile - 2]) return {};
      if (!tile.direct && weights_written_ < tile.taps()) return {next_weight(tile), nullptr};
    }
    if (waited_++ < run_->delays[next_]) return {};
    const RunningPass& running = table_.add(run_->clocked_pass(next_), coefficients_[pass.tile]);
    if (pass.fresh) {
      tile_ends_.push_back(is_active(running) ? running.number(tile.geometry.rows.out_end) : 0);
    }
    ++next_;
    waited_ = 0;
    weights_written_ = 0;
    return {std::nullopt, &running};
  }

 private:
  Weight next_weight(const scenario::Tile& tile) {
    const int columns = tile.geometry.columns.kernel;
    const int tap = weights_written_++;
    return {tile.coefficient_bank, tap / columns, tap % columns,
            tile.basis[row_ % tile.terms * tile.taps() + tap]};
  }

  const scenario::Scenario* run_;
  int row_;
  PassTableClocked table_;
  std::deque<ClockedCoefficients> coefficients_;  // by tile
  std::vector<std::int64_t> tile_ends_;           // running numbers; 0 where the row is not active
  std::size_t next_ = 0;
  int waited_ = 0;
  int weights_written_ = 0;
};

/// Sets the inputs of a layer, which hold still while it runs.
template <class Unit>
void set_layer(Unit& unit, const scenario::Tile& tile) {
  unit.stride_h = std::uint8_t(tile.geometry.rows.stride);
  unit.stride_w = std::uint8_t(tile.geometry.columns.stride);
  unit.bypass = tile.bypass;
  unit.direct = tile.direct;
  unit.one_by_one = tile.taps() == 1;
}

template <class Unit>
void set_weight(Unit& unit, const std::optional<PassFeeder::Weight>& weight,
                const MacSizes& sizes) {
  unit.kernel_write = weight.has_value();
  if (!weight) return;
  unit.kernel_bank = std::uint8_t(weight->bank);
  unit.kernel_index = std::uint8_t(weight->r * sizes.kernel + weight->s);
  unit.kernel_weight = std::uint8_t(weight->value);
}

/// Sets the window of outputs that an element at (h, w) of channel tile `tile` meets (window_t of
/// rtl/mac_unit.sv).
template <class Port>
void set_window(Port& port, const RunningPass& pass, int h, int w, int tile,
                const MacSizes& sizes) {
  const WindowAxis& rows = pass.pass.geometry.rows;
  const WindowAxis& columns = pass.pass.geometry.columns;
  const int p = rows.last_output(h);
  const int q = columns.last_output(w);
  const std::int64_t number = pass.number(p);
  int next = 0;
  const auto field = [&](std::int64_t value, int width) {
    set_bits(port, next, width, std::uint64_t(value));
    next += width;
  };
  field(q - columns.out_begin, sizes.column_bits);
  field(number % pass.lines, sizes.line_bits);
  field(pass.lines - 1, sizes.line_bits);
  field(std::max(number - pass.lines + 1, pass.lines_since), sizes.number_bits);
  field(columns.taps(w), sizes.tap_bits());
  field(w + columns.pad - q * columns.stride, sizes.tap_bits());
  field(rows.taps(h), sizes.tap_bits());
  field(h + rows.pad - p * rows.stride, sizes.tap_bits());
  field(tile, sizes.tile_bits);
  field(pass.pass.coefficient_bank, 1);
}

/// The two banks of the weight buffer of direct mode, for one row of slice 0.
class WeightMemory {
 public:
  WeightMemory(const MachineConfig& machine, const MacSizes& sizes, int row)
      : entry_channels_(machine.ring.entry_channels), sizes_(sizes), row_(row) {}

  /// A pass begins whose weights have been loaded into its bank.
  void begin(const RunningPass& pass) { banks_[pass.pass.coefficient_bank] = &pass; }

  /// Answers the unit's reads of this cycle.
  template <class Unit>
  void read(Unit& unit) const {
    for (int i = 0; i < sizes_.multipliers; ++i) {
      if (bits(unit.weight_valid, i, 1) == 0) continue;
      if (i >= sizes_.weight_port) RC_FAIL("more weights are read than the port has bytes");
      const int channel =
          int(bits(unit.weight_channels, i * sizes_.channel_bits, sizes_.channel_bits));
      const int tap =
          int(bits(unit.weight_taps, i * sizes_.tap_index_bits(), sizes_.tap_index_bits()));
      const int of_pass = int(unit.weight_tile) * entry_channels_ + channel;
      set_bits(unit.weights, 8 * i, 8,
               std::uint8_t(
                   weight(unit.weight_bank, of_pass, tap / sizes_.kernel, tap % sizes_.kernel)));
    }
    unit.eval();
  }

 private:
  std::int8_t weight(int bank, int channel, int r, int s) const {
    const ClockedPass& pass = banks_[bank]->pass;
    const int rows = pass.geometry.rows.kernel;
    const int columns = pass.geometry.columns.kernel;
    if (channel >= pass.channels || r >= rows || s >= columns) {
      RC_FAIL(fmt::format("no weight of channel {} at ({},{})", channel, r, s));
    }
    return banks_[bank]
        ->coefficients->weights[pass.coefficient_row(0, row_)][(channel * rows + r) * columns + s];
  }

  int entry_channels_;
  MacSizes sizes_;
  int row_;
  std::array<const RunningPass*, 2> banks_{};
};

/// The memory of a line buffer behind the ports of rtl/mac_unit.sv and the slice merge that reads
/// it, held against the line buffer of the model.
class LineMemory {
 public:
  explicit LineMemory(const MacSizes& sizes)
      : sizes_(sizes), sums_((std::size_t{1} << sizes.line_bits) << sizes.column_bits) {}

  /// A pass begins in which the row is active.
  void begin(const RunningPass& pass) {
    const WindowAxis& rows = pass.pass.geometry.rows;
    if (pass.pass.fresh) {
      for (int p = rows.out_begin; p < rows.out_end; ++p) open_.push_back(pass.number(p));
      end_ = pass.number(rows.out_end);
    }
    for (int h = pass.pass.in_begin; h < pass.pass.in_end; ++h) {
      if (rows.sends(h)) line_ends_.push_back({&pass, h});
    }
  }

  /// Running number of the oldest output row that has not been merged.
  std::int64_t unread() const { return open_.empty() ? end_ : open_.front(); }

  /// The additions of a cycle; returns how many.
  template <class Unit>
  int add(const Unit& unit) {
    const int product_bits = sizes_.value_bits + 8;
    int count = 0;
    for (int i = 0; i < sizes_.multipliers; ++i) {
      if (bits(unit.add_valid, i, 1) == 0) continue;
      sum(int(bits(unit.add_lines, i * sizes_.line_bits, sizes_.line_bits)),
          int(bits(unit.add_columns, i * sizes_.column_bits, sizes_.column_bits))) +=
          signed_bits(unit.add_products, i * product_bits, product_bits);
      ++count;
    }
    return count;
  }

  /// All sums read by the merge, in the order of reading.
  const std::vector<std::int32_t>& merged() const { return merged_; }

  /// One cycle of the merge, which reads a finished output row if `reads`; and a line end that is
  /// done in this cycle, if `line_end_done`.
  void tick(LineBufferClocked& model, bool reads, bool line_end_done, std::int64_t cycle) {
    const LineBufferClocked::Line* line = model.oldest_finished();
    same("an output row is finished", cycle, num_finished_ > 0, line != nullptr);
    if (line != nullptr && reads) {
      const RunningPass& tile = *line->tile;
      same("the oldest output row", cycle, open_.front(), line->number);
      for (int column = 0; column < tile.pass.width(); ++column) {
        std::int64_t& of_rtl = sum(int(line->number % tile.lines), column);
        same("a partial sum", cycle, of_rtl, model.take(*line, column));
        merged_.push_back(std::int32_t(of_rtl));
        of_rtl = 0;
      }
      model.release();
      open_.pop_front();
      --num_finished_;
    }
    if (line_end_done) finish(cycle);
  }

 private:
  struct LineEnd {
    const RunningPass* pass = nullptr;
    int h = 0;
  };

  std::int64_t& sum(int line, int column) {
    return sums_[(std::size_t(line) << sizes_.column_bits) + std::size_t(column)];
  }

  void finish(std::int64_t cycle) {
    if (line_ends_.empty()) RC_FAIL(fmt::format("cycle {}: a line end too many", cycle));
    const WindowAxis& rows = line_ends_.front().pass->pass.geometry.rows;
    for (int p = rows.out_begin; p < rows.out_end; ++p) {
      if (rows.last_input(p) == line_ends_.front().h) ++num_finished_;
    }
    line_ends_.pop_front();
  }

  MacSizes sizes_;
  std::vector<std::int64_t> sums_;
  std::vector<std::int32_t> merged_;
  std::deque<std::int64_t> open_;  // running numbers of output rows not merged
  std::int64_t end_ = 0;
  std::deque<LineEnd> line_ends_;  // to come
  int num_finished_ = 0;           // not merged
};

}  // namespace escalate::rtl
