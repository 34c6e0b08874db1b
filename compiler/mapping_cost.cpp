#include "compiler/mapping_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/math.h"

namespace escalate {
namespace {

// What is assumed of activations, which are not known when a network is compiled. A network's input
// is an image and has no zeros to speak of.
constexpr double kDensity = 0.5;
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

class Pipeline {
 public:
  Pipeline(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
           const ConvMapping& mapping)
      : machine_(machine),
        layer_(layer),
        window_(layer.node->window),
        room_(room),
        mapping_(mapping),
        density_(layer.node->inputs.at(0) == 0 ? 1.0 : kDensity),
        cycles_per_ns_(machine.clock_mhz * 1e-3),
        bytes_per_cycle_(machine.dram.bytes_per_ns() / cycles_per_ns_),
        latency_((machine.dram.activate_ns + machine.dram.row_hit_ns) * cycles_per_ns_),
        element_cycles_(mean_element_cycles()) {
    for (const Range tile : mapping.row_tiles) row_tiles_.push_back(rows_of(tile));
    for (const Range tile : mapping.column_tiles) {
      columns_.push_back(
          window_input(window_.s, window_.stride_w, window_.pad_left, layer.in.w, tile));
    }
  }

  MappingCost cost() {
    mapping_.for_each_tile(
        room_.batch, [&](int image, int column, int row, int r) { tile(image, column, row, r); });
    const double end = std::max({compute_free_, post_free_, store_free_});
    return {std::max(end, dram_bytes_ / bytes_per_cycle_), dram_bytes_, delivered_bytes_};
  }

 private:
  /// The input rows that a row tile needs, and those that its passes send, for the largest group.
  struct RowTile {
    int input_rows = 0;
    struct Pass {
      int sent = 0, outputs = 0;
    };
    std::vector<Pass> passes;
  };

  RowTile rows_of(Range tile) const {
    const auto input = [&](Range outputs) {
      return window_input(window_.r, window_.stride_h, window_.pad_top, layer_.in.h, outputs);
    };
    RowTile rows;
    rows.input_rows = input(tile).size();
    const Range group{tile.begin,
                      tile.begin + int(ceil_div(tile.size(), mapping_.groups))};  // the largest
    const bool continues = mapping_.continues(layer_);
    int sent = input(group).begin;
    for (const Range part : split_by(group.size(), mapping_.bank_rows)) {
      const Range outputs{group.begin + part.begin, group.begin + part.end};
      const Range in = input(outputs);
      rows.passes.push_back({in.end - (continues ? sent : in.begin), outputs.size()});
      sent = in.end;
    }
    return rows;
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

  double transfer(double bytes) {
    dram_bytes_ += bytes;
    return bytes / bytes_per_cycle_;
  }

  // A load into a place of `places`; returns when its content is there.
  template <class Bytes>
  int load(TwoPlaces& places, std::int64_t key, Bytes&& bytes) {
    const TwoPlaces::Found found = places.find(key);
    if (found.is_new) {
      load_free_ = std::max(load_free_, places.free(found.place)) + transfer(bytes());
      places.ready(found.place) = load_free_ + latency_;
    }
    return found.place;
  }

  void tile(int image, int column, int row, int r) {
    const RowTile& rows = row_tiles_[std::size_t(row)];
    const Range round = mapping_.rounds[std::size_t(r)];
    const std::int64_t tile_key = (std::int64_t{image} * std::int64_t(columns_.size()) + column) *
                                      std::int64_t(row_tiles_.size()) +
                                  row;
    const std::int64_t output_key = tile_key * std::int64_t(mapping_.rounds.size()) + r;
    const Range columns = mapping_.column_tiles[std::size_t(column)];
    const int columns_out = columns.size();
    const int rows_out = mapping_.row_tiles[std::size_t(row)].size();
    int stored = 0;
    if (room_.output_stored) stored = outputs_.find(output_key).place;
    for (const RowTile::Pass& pass : rows.passes) {
      const int bank = next_bank_;
      next_bank_ ^= 1;
      const double computed = compute(tile_key, column, rows, pass, r, bank);
      double begin = std::max(post_free_, computed);
      if (room_.output_stored) begin = std::max(begin, outputs_.free(stored));
      if (room_.residual_loaded) {
        const int place = load(residuals_, output_key, [&] {
          return loaded_bytes(
              rows_out, cover(columns, room_.residual_segment_columns, layer_.out.w),
              cover(round, room_.residual_segment_channels, layer_.out.c), kDensity);
        });
        begin = std::max(begin, residuals_.ready(place));
      }
      post_free_ = begin + drain_cycles(pass.outputs * columns_out, round.size());
      if (room_.residual_loaded) residuals_.free(residuals_.find(output_key).place) = post_free_;
      bank_free_[std::size_t(bank)] = post_free_;
    }
    if (room_.output_stored) {
      store_free_ =
          std::max(store_free_, post_free_) +
          transfer(packed_bytes(rows_out, double(columns_out) * round.size(), 1, kDensity));
      outputs_.free(stored) = store_free_;
    }
  }

  // All blocks drain one after the other, each for whole cycles.
  double drain_cycles(int positions, int channels) const {
    const int whole_blocks = channels / mapping_.per_block;
    const double last_block = double(positions) * (channels % mapping_.per_block);
    return mapping_.groups *
           (whole_blocks * ceil_div(double(positions) * mapping_.per_block, machine_.post_lanes) +
            ceil_div(last_block, machine_.post_lanes));
  }

  // The passes that add up in one bank; returns when the last of them is complete.
  double compute(std::int64_t tile_key, int column, const RowTile& rows, const RowTile::Pass& pass,
                 int r, int bank) {
    const Range round = mapping_.rounds[std::size_t(r)];
    const Range channels = layer_.input_channels(round);
    const double columns_out = mapping_.column_tiles[std::size_t(column)].size();
    const double positions =
        double(pass.sent) * columns_[std::size_t(column)].size() /
        (std::max(1, window_.stride_h / window_.r) * std::max(1, window_.stride_w / window_.s));
    double complete = 0;
    std::int64_t step_number = 0;
    for (int c = channels.begin; c < channels.end; c += mapping_.channel_step) {
      const int step = std::min(channels.end - c, mapping_.channel_step);
      for (const Range fold : mapping_.folds) {
        double begin = std::max(compute_free_, bank_free_[std::size_t(bank)]);
        int input = 0;
        if (!room_.input_resident) {
          const bool by_step = mapping_.load_by_step;
          const std::int64_t key = by_step ? tile_key * (layer_.in.c + 1) + c : tile_key;
          input = load(inputs_, key, [&] {
            if (room_.whole_input) return double(room_.whole_input_bytes) * density_;
            const Range loaded = by_step ? Range{c, c + step} : Range{0, layer_.in.c};
            return loaded_bytes(
                rows.input_rows,
                cover(columns_[std::size_t(column)], room_.input_segment_columns, layer_.in.w),
                cover(loaded, room_.input_segment_channels, layer_.in.c), density_);
          });
          begin = std::max(begin, inputs_.ready(input));
        }
        const int coefficients =
            load(coefficients_, std::int64_t{r} * (1 << 20) + step_number,
                 [&] { return coefficient_bytes(round, step, channels.size(), fold); });
        begin = std::max(begin, coefficients_.ready(coefficients));
        const double merge =
            ceil_div(columns_out, machine_.merge_words) * mapping_.per_slice * fold.size();
        delivered_bytes_ += positions * step * (density_ + kMapBytes) *
                            ceil_div(round.size(), mapping_.per_block) * mapping_.groups;
        compute_free_ =
            begin + std::max(positions * cycles_of_position(step), merge * pass.outputs);
        complete = compute_free_ + merge + kPassLatency;
        if (!room_.input_resident) inputs_.free(input) = complete;
        coefficients_.free(coefficients) = complete;
        ++step_number;
      }
    }
    return complete;
  }

  // Bytes of coefficients of `step` of the `channels` that the round reads; each block's image is
  // whole bursts.
  double coefficient_bytes(Range round, int step, int channels, Range fold) const {
    const double values = double(layer_.coefficients.size()) * round.size() / layer_.out.c * step /
                          channels * fold.size() / layer_.terms;
    const double bytes =
        layer_.direct ? values * layer_.coefficient_density + round.size() * ceil_div(step, 8)
                      : values * (1 + layer_.coefficient_density) / 8;
    const double images = ceil_div(round.size(), mapping_.per_block);
    return bytes + images * machine_.dram.burst_bytes / 2;
  }

  // The slowest of the network, the CA and the MAC units decides.
  double cycles_of_position(int channels) const {
    return std::max(
        {network_cycles(channels) * mapping_.groups, ca_cycles(channels), mac_cycles(channels)});
  }

  // An entry for each channel tile, sent in whole cycles.
  double network_cycles(int channels) const {
    double cycles = 0;
    for (int c = 0; c < channels; c += machine_.ring.entry_channels) {
      const double values = std::min(machine_.ring.entry_channels, channels - c);
      cycles += ceil_div(values * (density_ + kMapBytes), machine_.network_bytes);
    }
    return cycles;
  }

  double ca_cycles(int channels) const {
    // Those without coefficients, as of other groups' channels, are not visited.
    const double of_group = ceil_div(layer_.channels_of_group(), machine_.ca.chunk);
    const double chunks = std::min(of_group, ceil_div(channels, machine_.ca.chunk));
    if (layer_.direct) return std::max({chunks, taken(channels), 1.0});
    const double slots = channels * density_;
    const double rows = ceil_div(slots, machine_.ca.lanes);
    const double least = std::max(rows / (1 + machine_.look_ahead()),
                                  slots * layer_.densest_row / machine_.ca.lanes);
    return std::max({chunks, least, 1.0});
  }

  // Elements that a direct row makes of a position.
  double taken(int channels) const {
    return channels * density_ * layer_.densest_row / layer_.node->groups *
           (window_.r * window_.s == 1 ? 1.0 / machine_.mac.multipliers : 1.0);
  }

  double mac_cycles(int channels) const {
    const double tiles = ceil_div(channels, machine_.ring.entry_channels);
    if (layer_.bypass) return tiles;
    return layer_.direct ? std::max(1.0, taken(channels) * element_cycles_)
                         : tiles * element_cycles_;
  }

  // Mean cycles of an element in the MAC unit. With a stride, positions meet different numbers of
  // taps.
  double mean_element_cycles() const {
    double cycles = 0;
    for (int i = 0; i < window_.stride_h; ++i) {
      for (int j = 0; j < window_.stride_w; ++j) {
        const double taps = std::max(0.0, ceil_div(window_.r - i, window_.stride_h)) *
                            std::max(0.0, ceil_div(window_.s - j, window_.stride_w));
        cycles += std::max(1.0, ceil_div(taps, machine_.mac.multipliers));
      }
    }
    return cycles / (window_.stride_h * window_.stride_w);
  }

  const MachineConfig& machine_;
  const ConvLayer& layer_;
  const Window& window_;
  const MappingRoom& room_;
  const ConvMapping& mapping_;
  const double density_, cycles_per_ns_, bytes_per_cycle_, latency_;
  const double element_cycles_;
  std::vector<RowTile> row_tiles_;
  std::vector<Range> columns_;  // input columns of each column tile

  double dram_bytes_ = 0, delivered_bytes_ = 0;
  double load_free_ = 0, compute_free_ = 0, post_free_ = 0, store_free_ = 0;
  int next_bank_ = 0;
  std::array<double, 2> bank_free_ = {};
  TwoPlaces inputs_, residuals_, outputs_, coefficients_;
};

}  // namespace

MappingCost mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                         const MappingRoom& room, const ConvMapping& mapping) {
  return Pipeline(machine, layer, room, mapping).cost();
}

}  // namespace escalate
