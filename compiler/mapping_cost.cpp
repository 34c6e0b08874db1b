#include "compiler/mapping_cost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "common/math.h"

namespace escalate {
namespace {

constexpr double kMapBytes = 1.0 / 8;  // a value has one bit in the map
// The last entry of a pass is under way through network, CA and MAC units for so many cycles.
constexpr double kPassLatency = 8;

double ceil_div(double a, double b) { return std::ceil(a / b); }

/// `range` of [0, extent) in whole segments of `size`: what is loaded for it, and of how many.
struct Covered {
  int size = 0;
  int segments = 0;
};
Covered cover(Range range, int size, int extent) {
  const int first = range.begin / size;
  const int end = ceil_div(range.end, size);
  return {std::min(extent, end * size) - first * size, end - first};
}

/// Two places that are filled in turn, as those of the emitter: the one not used for longest is
/// filled again, as soon as the use before it has ended.
class TwoPlaces {
 public:
  struct Found {
    int place = 0;
    bool is_new = false;
  };
  Found find(std::int64_t key) {
    for (int i = 0; i < 2; ++i) {
      if (keys_[std::size_t(i)] == key) {
        youngest_ = i;
        return {i, false};
      }
    }
    youngest_ = 1 - youngest_;
    keys_[std::size_t(youngest_)] = key;
    return {youngest_, true};
  }
  double& ready(int place) { return ready_[std::size_t(place)]; }  ///< when its content is there
  double& free(int place) { return free_[std::size_t(place)]; }    ///< when its last use has ended

 private:
  std::array<std::int64_t, 2> keys_ = {-1, -1};
  std::array<double, 2> ready_ = {}, free_ = {};
  int youngest_ = 1;
};

/// The bus of DRAM: half each for a load and a store under way at the same time. Loads follow each
/// other, and so do stores. Both are reckoned in the order of emission, not in that of time.
class Bus {
 public:
  /// A load of so many cycles of the whole bus may begin at `from`, when those before it have
  /// ended; returns when it ends.
  double load(double from, double cycles) {
    run_stores(from);
    double at = from;
    const auto alone = [&](double until) {
      const double taken = std::min(cycles, until - at);
      if (taken <= 0) return;
      at += taken;
      cycles -= taken;
    };
    alone(busy_from_);
    // Stores have been given the whole bus since, of which this load has half.
    const double shared = std::min(std::max(now_ - at, 0.0), 2 * cycles);
    at += shared;
    cycles -= shared / 2;
    owe(shared / 2);
    while (cycles > 0) {
      if (stores_.empty()) {
        at += cycles;
        break;
      }
      Store& store = stores_.front();
      if (store.from > at) {
        alone(store.from);
        continue;
      }
      const double half = std::min(cycles, store.cycles);
      at += 2 * half;
      cycles -= half;
      store.cycles -= half;
      if (store.cycles <= 0) end_store(at);
    }
    now_ = std::max(now_, at);
    return at;
  }

  /// A store may begin at `from`, when those before it have ended. They are numbered from 0.
  void store(double from, double cycles) {
    stores_.push_back({from, cycles + owed_});
    owed_ = 0;
  }
  /// When the store ends, for all that is known of loads.
  double end_of_store(std::size_t number) {
    while (ends_.size() <= number) {
      begin_store();
      now_ += stores_.front().cycles;
      end_store(now_);
    }
    return ends_[number];
  }

 private:
  struct Store {
    double from, cycles;
  };

  void begin_store() {
    if (stores_.front().from <= now_) return;
    now_ = busy_from_ = stores_.front().from;
  }
  void end_store(double time) {
    ends_.push_back(time);
    stores_.pop_front();
  }
  void run_stores(double until) {
    while (!stores_.empty() && std::max(now_, stores_.front().from) < until) {
      begin_store();
      Store& store = stores_.front();
      const double cycles = std::min(store.cycles, until - now_);
      now_ += cycles;
      store.cycles -= cycles;
      if (store.cycles <= 0) end_store(now_);
    }
    if (now_ < until) now_ = busy_from_ = until;
  }
  void owe(double cycles) { (stores_.empty() ? owed_ : stores_.front().cycles) += cycles; }

  std::deque<Store> stores_;  // that have not ended
  std::vector<double> ends_;  // of those that have
  double now_ = 0;            // how far stores have been followed
  double busy_from_ = 0;      // the bus has not been idle from then to now_
  double owed_ = 0;
};

/// Input rows by how many kernel rows they meet: entry t of those that meet t.
using RowsByTaps = std::vector<int>;

/// What a mapping makes of a layer: amounts, and the time that a unit takes for each.
class Rates {
 public:
  Rates(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
        const ConvMapping& mapping)
      : machine_(machine),
        layer_(layer),
        window_(layer.node->window),
        room_(room),
        mapping_(mapping),
        bytes_per_cycle_(bus_bytes_per_cycle()),
        latency_((machine.dram.activate_ns + machine.dram.row_hit_ns) * machine.clock_mhz * 1e-3) {
    for (int taps = 0; taps <= window_.r; ++taps) {
      element_cycles_.push_back(mean_element_cycles(taps));
    }
  }

 protected:
  Range input_rows(Range outputs) const {
    return window_input(window_.r, window_.stride_h, window_.pad_top, layer_.in.h, outputs);
  }
  Range input_columns(Range outputs) const {
    return window_input(window_.s, window_.stride_w, window_.pad_left, layer_.in.w, outputs);
  }
  int sent_columns(Range outputs) const {
    return std::min(input_columns(outputs).size(), outputs.size() * window_.s);
  }
  /// visit(input rows that a pass sends, its output rows, sent rows by taps) for each pass of the
  /// largest group over a row tile. Rows and columns that a stride skips are not sent.
  template <class Visit>
  void for_each_pass(Range tile, Visit&& visit) const {
    const int rows = int(ceil_div(tile.size(), mapping_.groups));
    const bool continues = mapping_.continues(layer_);
    const Range group{tile.begin, tile.begin + rows};
    int sent = input_rows(group).begin;
    for (int at = 0; at < rows; at += mapping_.bank_rows) {
      const Range outputs{tile.begin + at, tile.begin + std::min(rows, at + mapping_.bank_rows)};
      const Range in = input_rows(outputs);
      const Range rows_sent{continues ? sent : in.begin, in.end};
      visit(std::min(rows_sent.size(), outputs.size() * window_.r), outputs.size(),
            rows_by_taps(rows_sent, continues ? group : outputs));
      sent = in.end;
    }
  }

  // A row meets as many kernel rows as it has output rows to add to, of those of its pass or, where
  // line buffers go on, of its group.
  RowsByTaps rows_by_taps(Range sent, Range outputs) const {
    RowsByTaps rows(std::size_t(window_.r) + 1, 0);
    for (int h = sent.begin; h < sent.end; ++h) {
      const int padded = h + window_.pad_top;
      const int first = padded < window_.r ? 0 : (padded - window_.r) / window_.stride_h + 1;
      const int last = padded / window_.stride_h;
      ++rows[std::size_t(
          std::max(0, std::min(last, outputs.end - 1) - std::max(first, outputs.begin) + 1))];
    }
    return rows;
  }
  /// visit(channels, fold) for each pass that adds up in one bank.
  template <class Visit>
  void for_each_step(Range round, Visit&& visit) const {
    const Range channels = layer_.input_channels(round);
    for (int c = channels.begin; c < channels.end; c += mapping_.channel_step) {
      for (const Range fold : mapping_.folds) {
        visit(Range{c, std::min(channels.end, c + mapping_.channel_step)}, fold);
      }
    }
  }
  // --- traffic

  double bus_cycles(double bytes) const { return bytes / bytes_per_cycle_; }

  // Bytes of an input tile, or of `channels` of it.
  double input_bytes(int rows, Range columns, Range channels) const {
    if (room_.whole_input) return double(room_.whole_input_bytes) * layer_.input_density;
    if (!mapping_.load_by_step) channels = {0, layer_.in.c};
    return loaded_bytes(rows, cover(columns, room_.input_segment_columns, layer_.in.w),
                        cover(channels, room_.input_segment_channels, layer_.in.c),
                        layer_.input_density);
  }
  double residual_bytes(int rows, Range columns, Range channels) const {
    return loaded_bytes(rows, cover(columns, room_.residual_segment_columns, layer_.out.w),
                        cover(channels, room_.residual_segment_channels, layer_.out.c),
                        layer_.residual_density);
  }
  double output_bytes(int rows, Range columns, Range channels) const {
    return packed_bytes(rows, double(columns.size()) * channels.size(), 1, layer_.output_density);
  }

  // Bytes of coefficients of `step` of the channels that the round reads; each block's image is
  // whole bursts.
  double coefficient_bytes(Range round, int step, Range fold) const {
    const double values = double(layer_.coefficients.size()) * round.size() / layer_.out.c * step /
                          layer_.input_channels(round).size() * fold.size() / layer_.terms;
    const double bytes =
        layer_.direct ? values * layer_.coefficient_density + round.size() * ceil_div(step, 8)
                      : values * (1 + layer_.coefficient_density) / 8;
    const double images = ceil_div(round.size(), mapping_.per_block);
    return bytes + images * machine_.dram.burst_bytes / 2;
  }

  // Bytes that reach the blocks that compute the round.
  double delivered_bytes(double positions, int step, Range round) const {
    return positions * step * (layer_.input_density + kMapBytes) *
           ceil_div(round.size(), mapping_.per_block) * mapping_.groups;
  }

  // --- time

  double merge_cycles(int columns, Range fold) const {
    return ceil_div(columns, machine_.merge_words) * mapping_.per_slice * fold.size();
  }

  // All blocks drain one after the other, each for whole cycles.
  double drain_cycles(int positions, int channels) const {
    const int whole_blocks = channels / mapping_.per_block;
    const double last_block = double(positions) * (channels % mapping_.per_block);
    return mapping_.groups *
           (whole_blocks * ceil_div(double(positions) * mapping_.per_block, machine_.post_lanes) +
            ceil_div(last_block, machine_.post_lanes));
  }

  // Of a position of each of these rows: the slowest of the network, the CA and the MAC units
  // decides.
  double cycles_of_rows(int channels, const RowsByTaps& rows) const {
    find_rates(channels);
    double cycles = 0;
    for (std::size_t taps = 1; taps < rows.size(); ++taps) {
      cycles += rows[taps] * std::max(delivery_, mac_cycles(channels, element_cycles_[taps]));
    }
    return cycles;
  }

  // The same for at least so many rows that meet so many kernel rows together.
  double least_cycles_of_rows(int channels, double rows, double taps) const {
    find_rates(channels);
    const double columns = mean_columns() / machine_.mac.multipliers;
    const double work = layer_.bypass ? 0 : layer_.direct ? taken(channels) : elements_;
    return std::max(rows * std::max(delivery_, mac_cycles(channels, 1)), taps * columns * work);
  }

  const MachineConfig& machine_;
  const ConvLayer& layer_;
  const Window& window_;
  const MappingRoom& room_;
  const ConvMapping& mapping_;

 private:
  // What both streams together can move beside the refreshes.
  double bus_bytes_per_cycle() const {
    const DramConfig& dram = machine_.dram;
    const double refreshing =
        dram.refresh_interval_ns > 0 ? dram.refresh_ns / dram.refresh_interval_ns : 0;
    return dram.bytes_per_ns() / (machine_.clock_mhz * 1e-3) * (1 - refreshing);
  }

  // Bytes of activations in segments, each of which ends somewhere in a burst.
  double packed_bytes(double rows, double values_of_row, double segments_of_row,
                      double density) const {
    return rows * (values_of_row * (density + kMapBytes) +
                   segments_of_row * machine_.dram.burst_bytes / 2);
  }
  // Bytes of a box that is loaded in whole segments.
  double loaded_bytes(int rows, const Covered& columns, const Covered& channels,
                      double density) const {
    return packed_bytes(rows, double(columns.size) * channels.size,
                        double(columns.segments) * channels.segments, density);
  }

  // An entry for each channel tile, sent in whole cycles.
  double network_cycles(int channels) const {
    const auto entry = [&](int of_entry) {
      return ceil_div(of_entry * (layer_.input_density + kMapBytes), machine_.network_bytes);
    };
    const int most = machine_.ring.entry_channels;
    return channels / most * entry(most) + entry(channels % most);
  }

  double ca_cycles(int channels) const {
    // Those without coefficients, as of other groups' channels, are not visited.
    const double of_group = ceil_div(layer_.channels_of_group(), machine_.ca.chunk);
    const double chunks = std::min(of_group, ceil_div(channels, machine_.ca.chunk));
    if (layer_.direct) return std::max({chunks, taken(channels), 1.0});
    const double slots = channels * layer_.input_density;
    const double rows = ceil_div(slots, machine_.ca.lanes);
    const double least = std::max(rows / (1 + machine_.look_ahead()),
                                  slots * layer_.densest_row / machine_.ca.lanes);
    return std::max({chunks, least, 1.0});
  }

  // Elements that a direct row makes of a position.
  double taken(int channels) const {
    return channels * layer_.input_density * layer_.densest_row / layer_.node->groups *
           (window_.r * window_.s == 1 ? 1.0 / machine_.mac.multipliers : 1.0);
  }

  // What network and CA units take for a position does not depend on its row.
  void find_rates(int channels) const {
    if (channels == last_channels_) return;
    last_channels_ = channels;
    delivery_ = std::max(network_cycles(channels) * mapping_.groups, ca_cycles(channels));
    elements_ = elements(channels);
  }

  double mac_cycles(int channels, double element_cycles) const {
    if (layer_.bypass) return ceil_div(channels, machine_.ring.entry_channels);
    if (layer_.direct) return std::max(1.0, taken(channels) * element_cycles);
    return elements_ * element_cycles;
  }

  // Elements of a position, of one row, that are not zero.
  double elements(int channels) const {
    const int most = machine_.ring.entry_channels;
    return channels / most * element_density(most) + element_density(channels % most);
  }

  // Share of elements of the intermediate map that are not zero, for those that sum up `channels`:
  // at least one of the input channels that have a coefficient is none.
  double element_density(int channels) const {
    const int of_group = std::min(channels, layer_.channels_of_group());
    return 1 - std::pow(1 - layer_.input_density * layer_.densest_row, of_group);
  }

  // Kernel columns that a position meets. With a stride, positions meet different numbers of them.
  double kernel_columns(int position) const {
    return std::max(0.0, ceil_div(window_.s - position, window_.stride_w));
  }
  double mean_columns() const {
    double columns = 0;
    for (int j = 0; j < window_.stride_w; ++j) columns += kernel_columns(j);
    return columns / window_.stride_w;
  }
  // Mean cycles of an element in the MAC unit, of a row that meets so many kernel rows.
  double mean_element_cycles(int kernel_rows) const {
    double cycles = 0;
    for (int j = 0; j < window_.stride_w; ++j) {
      const double taps = kernel_rows * kernel_columns(j);
      cycles += std::max(1.0, ceil_div(taps, machine_.mac.multipliers));
    }
    return cycles / window_.stride_w;
  }

  mutable int last_channels_ = -1;  // whose rates are asked for again and again
  mutable double delivery_ = 0, elements_ = 0;
  std::vector<double> element_cycles_;  // by kernel rows that a row meets

 protected:
  const double bytes_per_cycle_, latency_;
};

class Pipeline : private Rates {
 public:
  Pipeline(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
           const ConvMapping& mapping)
      : Rates(machine, layer, room, mapping) {
    for (const Range tile : mapping.row_tiles) {
      RowTile& rows = row_tiles_.emplace_back();
      rows.input_rows = input_rows(tile).size();
      for_each_pass(tile, [&](int sent, int outputs, RowsByTaps by_taps) {
        rows.passes.push_back({sent, outputs, std::move(by_taps)});
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
      RowsByTaps by_taps;
    };
    std::vector<Pass> passes;
  };

  // A load into a place of `places`; returns when its content is there.
  template <class Bytes>
  int load(TwoPlaces& places, std::int64_t key, Bytes&& bytes) {
    const TwoPlaces::Found found = places.find(key);
    if (found.is_new) {
      const double size = bytes();
      dram_bytes_ += size;
      load_free_ = bus_.load(std::max(load_free_, places.free(found.place)), bus_cycles(size));
      places.ready(found.place) = load_free_ + latency_;
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
    const RowTile& rows = row_tiles_[std::size_t(row)];
    const Range round = mapping_.rounds[std::size_t(r)];
    const std::int64_t tile_key = (std::int64_t{image} * std::int64_t(columns_.size()) + column) *
                                      std::int64_t(row_tiles_.size()) +
                                  row;
    const std::int64_t output_key = tile_key * std::int64_t(mapping_.rounds.size()) + r;
    const Range columns = mapping_.column_tiles[std::size_t(column)];
    const int rows_out = mapping_.row_tiles[std::size_t(row)].size();
    int stored = 0;
    if (room_.output_stored) stored = outputs_.find(output_key).place;
    for (const RowTile::Pass& pass : rows.passes) {
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
  double compute(std::int64_t tile_key, int column, const RowTile& rows, const RowTile::Pass& pass,
                 int r, int bank) {
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
      compute_free_ =
          begin + std::max(sent_columns(outputs) * cycles_of_rows(step.size(), pass.by_taps),
                           merge * pass.outputs);
      complete = compute_free_ + merge + kPassLatency;
      if (!room_.input_resident) inputs_.free(input) = complete;
      coefficients_.free(coefficients) = complete;
      ++step_number;
    });
    return complete;
  }

  std::vector<RowTile> row_tiles_;
  std::vector<Range> columns_;  // input columns of each column tile

  double dram_bytes_ = 0, delivered_bytes_ = 0;
  double load_free_ = 0, compute_free_ = 0, post_free_ = 0;
  int next_bank_ = 0;
  std::array<double, 2> bank_free_ = {};
  Bus bus_;
  std::size_t num_stores_ = 0;
  std::array<std::optional<std::size_t>, 2> store_of_;  // an output tile, the last one
  TwoPlaces inputs_, residuals_, outputs_, coefficients_;
};

/// Sums over a whole mapping, whoever waits for whom.
class Totals : private Rates {
 public:
  Totals(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
         const ConvMapping& mapping)
      : Rates(machine, layer, room, mapping),
        tiles_(double(mapping.row_tiles.size() * mapping.column_tiles.size()) * room.batch),
        by_taps_(std::size_t(window_.r) + 1, 0) {
    for (const Range tile : mapping.row_tiles) {
      input_rows_ += input_rows(tile).size();
      for_each_pass(tile, [&](int sent, int outputs, const RowsByTaps& by_taps) {
        for (std::size_t t = 0; t < by_taps.size(); ++t) by_taps_[t] += by_taps[t];
        sent_rows_ += sent;
        group_rows_ += outputs;
        last_rows_ = outputs;
        ++passes_;
      });
    }
    for (const Range tile : mapping.column_tiles) {
      sent_columns_ += sent_columns(tile);
      merged_words_ += ceil_div(tile.size(), machine.merge_words);
    }
  }

  /// The least cost of this mapping, or of any whose row tiles and passes are parts of its own.
  MappingCost least(bool in_parts) const {
    // Where a stride skips rows, smaller passes do not send those between them.
    const double apart = group_rows_ * window_.r - window_.pad_top - window_.pad_bottom;
    const double sent_rows =
        in_parts ? std::clamp(apart, 0.0, double(sent_rows_)) : double(sent_rows_);
    const double met_rows = std::min(sent_rows, double(rows_that_meet_taps()));
    const double sent = room_.batch * sent_rows * sent_columns_;
    MappingCost least;
    double compute = 0, merge = 0;
    for (const Range round : mapping_.rounds) {
      for_each_step(round, [&](Range step, Range fold) {
        compute += room_.batch * sent_columns_ *
                   (in_parts ? least_cycles_of_rows(step.size(), met_rows, least_taps())
                             : cycles_of_rows(step.size(), by_taps_));
        merge += room_.batch * merged_words_ * group_rows_ * mapping_.per_slice * fold.size();
        least.delivered_bytes += delivered_bytes(sent, step.size(), round);
      });
    }
    const double drain = room_.batch * mapping_.groups * group_rows_ * layer_.out.w * layer_.out.c /
                         machine_.post_lanes;
    // Of rows that a stride skips, smaller tiles leave out those between them.
    const int rows = in_parts ? std::min(input_rows_, layer_.out.h * window_.r) : input_rows_;
    least.dram_bytes = loaded(rows) + coefficients() + stored();
    const double before = in_parts ? 0 : begin(), after = in_parts ? 0 : rest();
    least.cycles = std::max(
        {before + std::max(compute, merge) + after, before + drain, bus_cycles(least.dram_bytes)});
    return least;
  }

 private:
  int rows_that_meet_taps() const {
    int rows = 0;
    for (std::size_t taps = 1; taps < by_taps_.size(); ++taps) rows += by_taps_[taps];
    return rows;
  }
  // Kernel rows that the rows of any parts meet: as many, but for those in the padding below, which
  // the largest groups of other parts may have.
  double least_taps() const {
    double taps = 0;
    for (std::size_t t = 1; t < by_taps_.size(); ++t) taps += double(t) * by_taps_[t];
    for (int p = 0; p < layer_.out.h; ++p) {
      taps -= std::clamp(p * window_.stride_h - window_.pad_top + window_.r - layer_.in.h, 0,
                         window_.r);
    }
    return std::max(0.0, taps);
  }
  // Cycles until the first pass begins.
  double begin() const {
    const Range round = mapping_.rounds.front();
    const int step = std::min(mapping_.channel_step, layer_.input_channels(round).size());
    double bytes = coefficient_bytes(round, step, mapping_.folds.front());
    if (!room_.input_resident) {
      bytes += input_bytes(input_rows(mapping_.row_tiles.front()).size(),
                           input_columns(mapping_.column_tiles.front()), first_step());
    }
    return bus_cycles(bytes) + latency_;
  }
  // Cycles after the last pass has sent everything.
  double rest() const {
    const Range columns = mapping_.column_tiles.back(), round = mapping_.rounds.back();
    double cycles = merge_cycles(columns.size(), mapping_.folds.back()) + kPassLatency +
                    drain_cycles(last_rows_ * columns.size(), round.size());
    if (room_.output_stored) {
      cycles += bus_cycles(output_bytes(mapping_.row_tiles.back().size(), columns, round));
    }
    return cycles;
  }

  Range first_step() const {
    const Range channels = layer_.input_channels(mapping_.rounds.front());
    return {channels.begin, std::min(channels.end, channels.begin + mapping_.channel_step)};
  }

  // Each tile once, or once a round if it does not stay in its two places.
  double loaded(int rows) const {
    double bytes = 0;
    if (room_.residual_loaded) {
      for (const Range columns : mapping_.column_tiles) {
        for (const Range round : mapping_.rounds) {
          bytes += room_.batch * residual_bytes(layer_.out.h, columns, round);
        }
      }
    }
    if (room_.input_resident) return bytes;
    const std::size_t times = mapping_.rounds_outside && tiles_ > 2 ? mapping_.rounds.size() : 1;
    if (room_.whole_input) return bytes + double(times) * tiles_ * input_bytes(0, {}, {});
    for (const Range columns : mapping_.column_tiles) {
      for (std::size_t r = 0; r < times; ++r) {
        bytes += room_.batch * loaded_by(mapping_.rounds[r], rows, input_columns(columns));
      }
    }
    return bytes;
  }

  // Bytes of all rows of a column tile.
  double loaded_by(Range round, int rows, Range columns) const {
    if (!mapping_.load_by_step) return input_bytes(rows, columns, {});
    const Range channels = layer_.input_channels(round);
    double bytes = 0;
    for (int c = channels.begin; c < channels.end; c += mapping_.channel_step) {
      const Range step{c, std::min(channels.end, c + mapping_.channel_step)};
      bytes += input_bytes(rows, columns, step);
    }
    return bytes;
  }

  // Those of a round stay in their two banks from one pass to the next, those of all rounds from
  // one tile to the next, if they are not more.
  double coefficients() const {
    int steps = 0;
    for (const Range round : mapping_.rounds) steps += mapping_.steps_of_round(layer_, round);
    double bytes = 0;
    for (const Range round : mapping_.rounds) {
      double times = 1;
      if (mapping_.steps_of_round(layer_, round) > 2) {
        times = double(passes_) * double(mapping_.column_tiles.size()) * room_.batch;
      } else if (!mapping_.rounds_outside && steps > 2) {
        times = tiles_;
      }
      for_each_step(round, [&](Range step, Range fold) {
        bytes += times * coefficient_bytes(round, step.size(), fold);
      });
    }
    return bytes;
  }

  double stored() const {
    double bytes = 0;
    if (!room_.output_stored) return bytes;
    for (const Range columns : mapping_.column_tiles) {
      for (const Range round : mapping_.rounds) {
        bytes += room_.batch * output_bytes(layer_.out.h, columns, round);
      }
    }
    return bytes;
  }

  double tiles_;
  RowsByTaps by_taps_;                                                      // of all passes
  int input_rows_ = 0, sent_rows_ = 0, group_rows_ = 0, sent_columns_ = 0;  // of all tiles
  int last_rows_ = 0;
  int passes_ = 0;
  double merged_words_ = 0;
};

}  // namespace

MappingCost mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                         const MappingRoom& room, const ConvMapping& mapping) {
  return Pipeline(machine, layer, room, mapping).cost();
}

MappingCost least_mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                               const MappingRoom& room, const ConvMapping& mapping) {
  return Totals(machine, layer, room, mapping).least(false);
}

MappingCost least_cost_in_parts(const MachineConfig& machine, const ConvLayer& layer,
                                const MappingRoom& room, const ConvMapping& mapping) {
  return Totals(machine, layer, room, mapping).least(true);
}

}  // namespace escalate
