// What a mapping makes of a convolution: amounts, and the time that each unit takes for them
// (docs/compiler.md, "Estimate").
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "common/math.h"
#include "compiler/mapping.h"

namespace escalate {

/// Input rows by how many kernel rows they meet: entry t of those that meet t.
using RowsByTaps = std::span<const int>;

/// Bytes are means over the activations' densities, and times are in cycles: neither need be whole.
class MappingRates {
 public:
  /// The last entry of a pass is under way through network, CA and MAC units for so many cycles.
  static constexpr double kPassLatency = 8;

  /// Takes everything by reference.
  MappingRates(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
               const ConvMapping& mapping);

  // --- geometry

  /// Input rows and columns that outputs need.
  Range input_rows(Range outputs) const {
    return window_input(window_.r, window_.stride_h, window_.pad_top, layer_.in.h, outputs);
  }
  Range input_columns(Range outputs) const {
    return window_input(window_.s, window_.stride_w, window_.pad_left, layer_.in.w, outputs);
  }
  /// Columns that a stride skips are not sent.
  int sent_columns(Range outputs) const {
    return std::min(input_columns(outputs).size(), outputs.size() * window_.s);
  }
  /// visit(input rows that a pass sends, its output rows, sent rows by taps) for each pass of the
  /// largest group over a row tile. Rows that a stride skips are not sent. What is said by taps
  /// holds until the next visit.
  template <class Visit>
  void for_each_pass(Range tile, Visit&& visit) const;
  /// visit(channels, fold) for each pass that adds up in one bank.
  template <class Visit>
  void for_each_step(Range round, Visit&& visit) const;

  // --- traffic

  double bus_cycles(double bytes) const { return bytes / bytes_per_cycle_; }
  /// From the first byte asked for to the first that comes.
  double dram_latency() const { return latency_; }

  /// Bytes of an input tile, or of `channels` of it.
  double input_bytes(int rows, Range columns, Range channels) const;
  double residual_bytes(int rows, Range columns, Range channels) const;
  double output_bytes(int rows, Range columns, Range channels) const;
  /// Bytes of coefficients of `step` of the channels that the round reads; each block's image is
  /// whole bursts.
  double coefficient_bytes(Range round, int step, Range fold) const;
  /// Bytes that reach the blocks that compute the round.
  double delivered_bytes(double positions, int step, Range round) const;

  // --- time

  double merge_cycles(int columns, Range fold) const;
  /// All blocks drain one after the other, each for whole cycles.
  double drain_cycles(int positions, int channels) const;
  /// Of a position of each of these rows: the slowest of the network, the CA and the MAC units
  /// decides.
  double cycles_of_rows(int channels, RowsByTaps rows) const;
  /// The same for at least so many rows that meet so many kernel rows together.
  double least_cycles_of_rows(int channels, double rows, double taps) const;

 protected:
  const MachineConfig& machine_;
  const ConvLayer& layer_;
  const Window& window_;
  const MappingRoom& room_;
  const ConvMapping& mapping_;

 private:
  /// `range` of [0, extent) in whole segments of some size: what is loaded for it, and of how many.
  struct Covered {
    int size = 0;
    int segments = 0;
  };
  static Covered cover(Range range, int size, int extent);

  RowsByTaps rows_by_taps(Range sent, Range outputs) const;
  double bus_bytes_per_cycle() const;
  double packed_bytes(double rows, double values_of_row, double segments_of_row,
                      double density) const;
  double loaded_bytes(int rows, const Covered& columns, const Covered& channels,
                      double density) const;
  double network_cycles(int channels) const;
  double ca_cycles(int channels) const;
  double taken(int channels) const;
  void find_rates(int channels) const;
  double mac_cycles(int channels, double element_cycles) const;
  double elements(int channels) const;
  double element_density(int channels) const;
  double kernel_columns(int position) const;
  double mean_columns() const;
  double mean_element_cycles(int kernel_rows) const;

  int look_ahead_;
  double bytes_per_cycle_, latency_;
  mutable int last_channels_ = -1;  // whose rates are asked for again and again
  mutable double delivery_ = 0, elements_ = 0;
  std::vector<double> element_cycles_;     // by kernel rows that a row meets
  mutable std::vector<int> taps_of_pass_;  // visited last
};

template <class Visit>
void MappingRates::for_each_pass(Range tile, Visit&& visit) const {
  const int rows = ceil_div(tile.size(), mapping_.groups);
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

template <class Visit>
void MappingRates::for_each_step(Range round, Visit&& visit) const {
  const Range channels = layer_.input_channels(round);
  for (int c = channels.begin; c < channels.end; c += mapping_.channel_step) {
    for (const Range fold : mapping_.folds) {
      visit(Range{c, std::min(channels.end, c + mapping_.channel_step)}, fold);
    }
  }
}

}  // namespace escalate
