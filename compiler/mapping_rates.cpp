#include "compiler/mapping_rates.h"

#include <cmath>

namespace escalate {
namespace {

constexpr double kMapBytes = 1.0 / 8;  // a value has one bit in the map

double rounded_up(double a, double b) { return std::ceil(a / b); }

}  // namespace

MappingRates::MappingRates(const MachineConfig& machine, const ConvLayer& layer,
                           const MappingRoom& room, const ConvMapping& mapping)
    : machine_(machine),
      layer_(layer),
      window_(layer.node->window),
      room_(room),
      mapping_(mapping),
      look_ahead_(machine.look_ahead()),
      bytes_per_cycle_(bus_bytes_per_cycle()),
      latency_((machine.dram.activate_ns + machine.dram.row_hit_ns) * machine.clock_mhz * 1e-3) {
  for (int taps = 0; taps <= window_.r; ++taps) {
    element_cycles_.push_back(mean_element_cycles(taps));
  }
}

MappingRates::Covered MappingRates::cover(Range range, int size, int extent) {
  const int first = range.begin / size;
  const int end = ceil_div(range.end, size);
  return {std::min(extent, end * size) - first * size, end - first};
}

// A row meets as many kernel rows as it has output rows to add to, of those of its pass or, where
// line buffers go on, of its group.
RowsByTaps MappingRates::rows_by_taps(Range sent, Range outputs) const {
  taps_of_pass_.assign(std::size_t(window_.r) + 1, 0);
  const int stride = window_.stride_h;
  const auto strides = [stride](int rows) { return stride == 1 ? rows : rows / stride; };
  for (int h = sent.begin; h < sent.end; ++h) {
    const int padded = h + window_.pad_top;
    const int first = padded < window_.r ? 0 : strides(padded - window_.r) + 1;
    const int last = strides(padded);
    ++taps_of_pass_[std::size_t(
        std::max(0, std::min(last, outputs.end - 1) - std::max(first, outputs.begin) + 1))];
  }
  return taps_of_pass_;
}

double MappingRates::input_bytes(int rows, Range columns, Range channels) const {
  if (room_.whole_input) return double(room_.whole_input_bytes) * layer_.input_density;
  if (!mapping_.load_by_step) channels = {0, layer_.in.c};
  return loaded_bytes(rows, cover(columns, room_.input_segment_columns, layer_.in.w),
                      cover(channels, room_.input_segment_channels, layer_.in.c),
                      layer_.input_density);
}

double MappingRates::residual_bytes(int rows, Range columns, Range channels) const {
  return loaded_bytes(rows, cover(columns, room_.residual_segment_columns, layer_.out.w),
                      cover(channels, room_.residual_segment_channels, layer_.out.c),
                      layer_.residual_density);
}

double MappingRates::output_bytes(int rows, Range columns, Range channels) const {
  return packed_bytes(rows, double(columns.size()) * channels.size(), 1, layer_.output_density);
}

double MappingRates::coefficient_bytes(Range round, int step, Range fold) const {
  const double values = double(layer_.coefficients.size()) * round.size() / layer_.out.c * step /
                        layer_.input_channels(round).size() * fold.size() / layer_.terms;
  const double bytes =
      layer_.direct ? values * layer_.coefficient_density + round.size() * rounded_up(step, 8)
                    : values * (1 + layer_.coefficient_density) / 8;
  const double images = rounded_up(round.size(), mapping_.per_block);
  return bytes + images * machine_.dram.burst_bytes / 2;
}

double MappingRates::delivered_bytes(double positions, int step, Range round) const {
  return positions * step * (layer_.input_density + kMapBytes) *
         rounded_up(round.size(), mapping_.per_block) * mapping_.groups;
}

double MappingRates::merge_cycles(int columns, Range fold) const {
  return rounded_up(columns, machine_.merge_words) * mapping_.per_slice * fold.size();
}

double MappingRates::drain_cycles(int positions, int channels) const {
  const int whole_blocks = channels / mapping_.per_block;
  const double last_block = double(positions) * (channels % mapping_.per_block);
  return mapping_.groups *
         (whole_blocks * rounded_up(double(positions) * mapping_.per_block, machine_.post_lanes) +
          rounded_up(last_block, machine_.post_lanes));
}

double MappingRates::cycles_of_rows(int channels, RowsByTaps rows) const {
  find_rates(channels);
  double cycles = 0;
  for (std::size_t taps = 1; taps < rows.size(); ++taps) {
    cycles += rows[taps] * std::max(delivery_, mac_cycles(channels, element_cycles_[taps]));
  }
  return cycles;
}

double MappingRates::least_cycles_of_rows(int channels, double rows, double taps) const {
  find_rates(channels);
  const double columns = mean_columns() / machine_.mac.multipliers;
  const double work = layer_.bypass ? 0 : layer_.direct ? taken(channels) : elements_;
  return std::max(rows * std::max(delivery_, mac_cycles(channels, 1)), taps * columns * work);
}

// What both streams together can move beside the refreshes.
double MappingRates::bus_bytes_per_cycle() const {
  const DramConfig& dram = machine_.dram;
  const double refreshing =
      dram.refresh_interval_ns > 0 ? dram.refresh_ns / dram.refresh_interval_ns : 0;
  return dram.bytes_per_ns() / (machine_.clock_mhz * 1e-3) * (1 - refreshing);
}

// Bytes of activations in segments, each of which ends somewhere in a burst.
double MappingRates::packed_bytes(double rows, double values_of_row, double segments_of_row,
                                  double density) const {
  return rows *
         (values_of_row * (density + kMapBytes) + segments_of_row * machine_.dram.burst_bytes / 2);
}

// Bytes of a box that is loaded in whole segments.
double MappingRates::loaded_bytes(int rows, const Covered& columns, const Covered& channels,
                                  double density) const {
  return packed_bytes(rows, double(columns.size) * channels.size,
                      double(columns.segments) * channels.segments, density);
}

// An entry for each channel tile, sent in whole cycles.
double MappingRates::network_cycles(int channels) const {
  const auto entry = [&](int of_entry) {
    return rounded_up(of_entry * (layer_.input_density + kMapBytes), machine_.network_bytes);
  };
  const int most = machine_.ring.entry_channels;
  return channels / most * entry(most) + entry(channels % most);
}

double MappingRates::ca_cycles(int channels) const {
  // Those without coefficients, as of other groups' channels, are not visited.
  const double of_group = rounded_up(layer_.channels_of_group(), machine_.ca.chunk);
  const double chunks = std::min(of_group, rounded_up(channels, machine_.ca.chunk));
  if (layer_.direct) return std::max({chunks, taken(channels), 1.0});
  const double slots = channels * layer_.input_density;
  const double rows = rounded_up(slots, machine_.ca.lanes);
  const double least =
      std::max(rows / (1 + look_ahead_), slots * layer_.densest_row / machine_.ca.lanes);
  return std::max({chunks, least, 1.0});
}

// Elements that a direct row makes of a position.
double MappingRates::taken(int channels) const {
  return channels * layer_.input_density * layer_.densest_row / layer_.node->groups *
         (window_.r * window_.s == 1 ? 1.0 / machine_.mac.multipliers : 1.0);
}

// What network and CA units take for a position does not depend on its row.
void MappingRates::find_rates(int channels) const {
  if (channels == last_channels_) return;
  last_channels_ = channels;
  delivery_ = std::max(network_cycles(channels) * mapping_.groups, ca_cycles(channels));
  elements_ = elements(channels);
}

double MappingRates::mac_cycles(int channels, double element_cycles) const {
  if (layer_.bypass) return rounded_up(channels, machine_.ring.entry_channels);
  if (layer_.direct) return std::max(1.0, taken(channels) * element_cycles);
  return elements_ * element_cycles;
}

// Elements of a position, of one row, that are not zero.
double MappingRates::elements(int channels) const {
  const int most = machine_.ring.entry_channels;
  return channels / most * element_density(most) + element_density(channels % most);
}

// Share of elements of the intermediate map that are not zero, for those that sum up `channels`:
// at least one of the input channels that have a coefficient is none.
double MappingRates::element_density(int channels) const {
  const int of_group = std::min(channels, layer_.channels_of_group());
  return 1 - std::pow(1 - layer_.input_density * layer_.densest_row, of_group);
}

// Kernel columns that a position meets. With a stride, positions meet different numbers of them.
double MappingRates::kernel_columns(int position) const {
  return std::max(0.0, rounded_up(window_.s - position, window_.stride_w));
}

double MappingRates::mean_columns() const {
  double columns = 0;
  for (int j = 0; j < window_.stride_w; ++j) columns += kernel_columns(j);
  return columns / window_.stride_w;
}

// Mean cycles of an element in the MAC unit, of a row that meets so many kernel rows.
double MappingRates::mean_element_cycles(int kernel_rows) const {
  double cycles = 0;
  for (int j = 0; j < window_.stride_w; ++j) {
    const double taps = kernel_rows * kernel_columns(j);
    cycles += std::max(1.0, rounded_up(taps, machine_.mac.multipliers));
  }
  return cycles / window_.stride_w;
}

}  // namespace escalate
