#include "compiler/least_mapping_cost.h"

#include <algorithm>

#include "compiler/mapping_rates.h"

namespace escalate {
namespace {

/// Sums over a whole mapping, whoever waits for whom.
class MappingTotals : private MappingRates {
 public:
  MappingTotals(const MachineConfig& machine, const ConvLayer& layer, const MappingRoom& room,
                const ConvMapping& mapping)
      : MappingRates(machine, layer, room, mapping),
        tiles_(double(mapping.row_tiles.size() * mapping.column_tiles.size()) * room.batch),
        by_taps_(std::size_t(window_.r) + 1, 0) {
    for (const Range tile : mapping.row_tiles) {
      input_rows_ += input_rows(tile).size();
      for_each_pass(tile, [&](int sent, int outputs, RowsByTaps by_taps) {
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
    return bus_cycles(bytes) + dram_latency();
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
  std::vector<int> by_taps_;                                                // of all passes
  int input_rows_ = 0, sent_rows_ = 0, group_rows_ = 0, sent_columns_ = 0;  // of all tiles
  int last_rows_ = 0;
  int passes_ = 0;
  double merged_words_ = 0;
};

}  // namespace

MappingCost least_mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                               const MappingRoom& room, const ConvMapping& mapping) {
  return MappingTotals(machine, layer, room, mapping).least(false);
}

MappingCost least_cost_in_parts(const MachineConfig& machine, const ConvLayer& layer,
                                const MappingRoom& room, const ConvMapping& mapping) {
  return MappingTotals(machine, layer, room, mapping).least(true);
}

}  // namespace escalate
