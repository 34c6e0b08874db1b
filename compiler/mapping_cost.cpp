#include "compiler/mapping_cost.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/double_buffer.h"
#include "compiler/dram_bus.h"
#include "compiler/mapping_rates.h"

namespace escalate {
namespace {

/// A layer's loads, passes, drains and stores, one after the other.
class MappingPipeline : private MappingRates {
 public:
  MappingPipeline(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
                  const ConvMapping& mapping)
      : MappingRates(machine, layer, room, mapping) {
    for (const Range tile : mapping.row_tiles) {
      RowTile& rows = row_tiles_.emplace_back();
      rows.input_rows = input_rows(tile).size();
      for_each_pass(tile, [&](int sent, int outputs, RowsByTaps by_taps) {
        rows.passes.push_back({sent, outputs, by_taps_.size()});
        by_taps_.insert(by_taps_.end(), by_taps.begin(), by_taps.end());
      });
    }
    for (const Range tile : mapping.column_tiles) columns_.push_back(input_columns(tile));
  }

  MappingCost cost() {
    mapping_.for_each_tile(
        room_.batch, [&](int image, int column, int row, int r) { tile(image, column, row, r); });
    double end = std::max({compute_free_, post_free_, bus_cycles(dram_bytes_)});
    if (num_stores_ > 0) end = std::max(end, bus_.end_of_store(num_stores_ - 1));
    return {end, dram_bytes_, delivered_bytes_};
  }

 private:
  /// The input rows that a row tile needs, and those that its passes send, for the largest group.
  struct RowTile {
    int input_rows = 0;
    struct Pass {
      int sent = 0, outputs = 0;
      std::size_t first_of_taps = 0;  // in by_taps_
      int channels = -1;              // whose cycles are known
      double cycles = 0;
    };
    std::vector<Pass> passes;
  };

  // Cycles of the rows of a pass for one position of each. Passes of one size follow each other.
  double cycles_of(RowTile::Pass& pass, int channels) const {
    if (pass.channels == channels) return pass.cycles;
    pass.channels = channels;
    const auto taps = std::size_t(window_.r) + 1;
    return pass.cycles =
               cycles_of_rows(channels, RowsByTaps(by_taps_).subspan(pass.first_of_taps, taps));
  }

  // A load into a place of `places`; returns when its content is there.
  template <class Bytes>
  int load(DoubleBuffer& places, std::int64_t key, Bytes&& bytes) {
    const DoubleBuffer::Found found = places.find(key);
    if (found.is_new) {
      const double size = bytes();
      dram_bytes_ += size;
      load_free_ = bus_.load(std::max(load_free_, places.free(found.place)), bus_cycles(size));
      places.ready(found.place) = load_free_ + dram_latency();
    }
    return found.place;
  }

  // From an output tile that was drained at `from`.
  void store(int place, double from, double bytes) {
    dram_bytes_ += bytes;
    bus_.store(from, bus_cycles(bytes));
    store_of_[std::size_t(place)] = num_stores_++;
  }
  // When an output tile may be filled.
  double output_free(int place) {
    const std::optional<std::size_t> store = store_of_[std::size_t(place)];
    return store ? bus_.end_of_store(*store) : 0;
  }

  void tile(int image, int column, int row, int r) {
    RowTile& rows = row_tiles_[std::size_t(row)];
    const Range round = mapping_.rounds[std::size_t(r)];
    const std::int64_t tile_key = (std::int64_t{image} * std::int64_t(columns_.size()) + column) *
                                      std::int64_t(row_tiles_.size()) +
                                  row;
    const std::int64_t output_key = tile_key * std::int64_t(mapping_.rounds.size()) + r;
    const Range columns = mapping_.column_tiles[std::size_t(column)];
    const int rows_out = mapping_.row_tiles[std::size_t(row)].size();
    int stored = 0;
    if (room_.output_stored) stored = outputs_.find(output_key).place;
    for (RowTile::Pass& pass : rows.passes) {
      const int bank = next_bank_;
      next_bank_ ^= 1;
      const double computed = compute(tile_key, column, rows, pass, r, bank);
      double begin = std::max(post_free_, computed);
      if (room_.output_stored) begin = std::max(begin, output_free(stored));
      if (room_.residual_loaded) {
        const int place =
            load(residuals_, output_key, [&] { return residual_bytes(rows_out, columns, round); });
        begin = std::max(begin, residuals_.ready(place));
      }
      post_free_ = begin + drain_cycles(pass.outputs * columns.size(), round.size());
      if (room_.residual_loaded) residuals_.free(residuals_.find(output_key).place) = post_free_;
      bank_free_[std::size_t(bank)] = post_free_;
    }
    if (room_.output_stored) store(stored, post_free_, output_bytes(rows_out, columns, round));
  }

  // The passes that add up in one bank; returns when the last of them is complete.
  double compute(std::int64_t tile_key, int column, const RowTile& rows, RowTile::Pass& pass, int r,
                 int bank) {
    const Range round = mapping_.rounds[std::size_t(r)];
    const Range columns = columns_[std::size_t(column)];
    const Range outputs = mapping_.column_tiles[std::size_t(column)];
    const double sent = double(pass.sent) * sent_columns(outputs);
    double complete = 0;
    std::int64_t step_number = 0;
    for_each_step(round, [&](Range step, Range fold) {
      double begin = std::max(compute_free_, bank_free_[std::size_t(bank)]);
      int input = 0;
      if (!room_.input_resident) {
        const std::int64_t key =
            mapping_.load_by_step ? tile_key * (layer_.in.c + 1) + step.begin : tile_key;
        input = load(inputs_, key, [&] { return input_bytes(rows.input_rows, columns, step); });
        begin = std::max(begin, inputs_.ready(input));
      }
      const int coefficients = load(coefficients_, std::int64_t{r} * (1 << 20) + step_number,
                                    [&] { return coefficient_bytes(round, step.size(), fold); });
      begin = std::max(begin, coefficients_.ready(coefficients));
      const double merge = merge_cycles(outputs.size(), fold);
      delivered_bytes_ += delivered_bytes(sent, step.size(), round);
      compute_free_ = begin + std::max(sent_columns(outputs) * cycles_of(pass, step.size()),
                                       merge * pass.outputs);
      complete = compute_free_ + merge + kPassLatency;
      if (!room_.input_resident) inputs_.free(input) = complete;
      coefficients_.free(coefficients) = complete;
      ++step_number;
    });
    return complete;
  }

  std::vector<RowTile> row_tiles_;
  std::vector<int> by_taps_;    // of all passes, one after the other
  std::vector<Range> columns_;  // input columns of each column tile

  double dram_bytes_ = 0, delivered_bytes_ = 0;
  double load_free_ = 0, compute_free_ = 0, post_free_ = 0;
  int next_bank_ = 0;
  std::array<double, 2> bank_free_ = {};
  DramBus bus_;
  std::size_t num_stores_ = 0;
  std::array<std::optional<std::size_t>, 2> store_of_;  // an output tile, the last one
  DoubleBuffer inputs_, residuals_, outputs_, coefficients_;
};

}  // namespace

MappingCost mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                         const MappingRoom& room, const ConvMapping& mapping) {
  return MappingPipeline(machine, layer, room, mapping).cost();
}

}  // namespace escalate
