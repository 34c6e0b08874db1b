// Random runs of one PE block: a machine, passes with their coefficients, and the activations they
// stream, so that clocked cores, timelines and dense arithmetic can be given the same.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/random.h"
#include "machine/config.h"
#include "machine/cycle/pass.h"
#include "machine/entry.h"

namespace escalate::scenario {

/// One tile of a layer: some input channels for some output channels.
struct Tile {
  PassGeometry geometry;
  int channels = 1;
  bool accumulate = false;
  bool bypass = false;
  bool direct = false;
  int terms = 1;
  int per_slice = 1;
  std::vector<int> of_slice;
  int coefficient_bank = 0;
  int output_bank = 0;
  std::vector<std::int8_t> activations;  ///< [h][w][channel]
  /// Decomposed: [output channel][term][channel] coefficients and [term][tap] basis kernels.
  std::vector<std::int8_t> coefficients;
  std::vector<std::int8_t> basis;
  /// Direct: [output channel][channel][tap].
  std::vector<std::int8_t> weights;

  int outputs() const {
    int sum = 0;
    for (int channels_of_slice : of_slice) sum += channels_of_slice;
    return sum;
  }
  int taps() const { return geometry.rows.kernel * geometry.columns.kernel; }
  std::int8_t activation(int h, int w, int channel) const {
    return activations[(std::size_t(h) * geometry.columns.input + w) * channels + channel];
  }
  int coefficient(int output, int term, int channel) const {
    return coefficients[(std::size_t(output) * terms + term) * channels + channel];
  }
  /// The weight that output channel `output` has for `channel` at `tap`, all terms together.
  int weight(int output, int channel, int tap) const {
    if (direct) return weights[(std::size_t(output) * channels + channel) * taps() + tap];
    int sum = 0;
    for (int term = 0; term < terms; ++term) {
      sum += coefficient(output, term, channel) * basis[term * taps() + tap];
    }
    return sum;
  }
};

struct Pass {
  int tile = 0;
  bool fresh = true;
  int in_begin = 0, in_end = 0;
};

struct Scenario {
  MachineConfig machine;
  std::vector<Tile> tiles;
  std::vector<Pass> passes;
  std::vector<int> delays;  ///< by pass: cycles until it begins after it could

  ClockedPass clocked_pass(std::size_t pass) const {
    const Tile& tile = tiles[passes[pass].tile];
    const WindowAxis& rows = tile.geometry.rows;
    ClockedPass clocked;
    clocked.geometry = tile.geometry;
    clocked.in_begin = passes[pass].in_begin;
    clocked.in_end = passes[pass].in_end;
    clocked.channels = tile.channels;
    clocked.fresh = passes[pass].fresh;
    clocked.accumulate = tile.accumulate;
    clocked.bypasses_mac = tile.bypass;
    clocked.direct = tile.direct;
    clocked.terms = tile.terms;
    clocked.per_slice = tile.per_slice;
    clocked.of_slice = tile.of_slice;
    clocked.coefficient_bank = tile.coefficient_bank;
    clocked.output_bank = tile.output_bank;
    clocked.out_begin = rows.out_begin;
    clocked.bank_rows = rows.out_end - rows.out_begin;
    return clocked;
  }

  ClockedCoefficients coefficient_bank(const Tile& tile) const {
    ClockedCoefficients bank;
    for (int first = 0; first < tile.channels; first += machine.ring.entry_channels) {
      const int count = std::min(machine.ring.entry_channels, tile.channels - first);
      const int chunk = machine.ca.chunk;
      CoefficientTile words((count + chunk - 1) / chunk, chunk);
      for (int output = 0; output < tile.outputs(); ++output) {
        for (int term = 0; term < tile.terms; ++term) {
          std::vector<std::int8_t> row;
          for (int c = first; c < first + count; ++c) {
            row.push_back(tile.direct ? std::int8_t(is_kernel_zero(tile, output, c) ? 0 : 1)
                                      : std::int8_t(tile.coefficient(output, term, c)));
          }
          words.add_row(row);
        }
      }
      bank.tiles.push_back(std::move(words));
    }
    for (int term = 0; term < tile.terms && !tile.direct; ++term) {
      const auto first = tile.basis.begin() + term * tile.taps();
      bank.basis.emplace_back(first, first + tile.taps());
    }
    for (int output = 0; output < tile.outputs() && tile.direct; ++output) {
      const auto first = tile.weights.begin() + output * tile.channels * tile.taps();
      bank.weights.emplace_back(first, first + tile.channels * tile.taps());
    }
    return bank;
  }

  static bool is_kernel_zero(const Tile& tile, int output, int channel) {
    for (int tap = 0; tap < tile.taps(); ++tap) {
      if (tile.weight(output, channel, tap) != 0) return false;
    }
    return true;
  }

  /// The entries of a pass in the order they are sent.
  std::vector<std::shared_ptr<const Entry>> entries(std::size_t pass) const {
    const Tile& tile = tiles[passes[pass].tile];
    const WindowAxis& columns = tile.geometry.columns;
    int last_column = -1;
    for (int w = 0; w < columns.input; ++w) {
      if (columns.sends(w)) last_column = w;
    }
    std::vector<std::shared_ptr<const Entry>> entries;
    for (int h = passes[pass].in_begin; h < passes[pass].in_end; ++h) {
      if (!tile.geometry.rows.sends(h)) continue;
      for (int w = 0; w <= last_column; ++w) {
        if (!columns.sends(w)) continue;
        for (int first = 0; first < tile.channels; first += machine.ring.entry_channels) {
          std::vector<std::int8_t> values;
          const int end = std::min(tile.channels, first + machine.ring.entry_channels);
          for (int c = first; c < end; ++c) values.push_back(tile.activation(h, w, c));
          Entry entry = make_entry(values, machine.ca.chunk);
          entry.h = h;
          entry.w = w;
          entry.channel_tile = first / machine.ring.entry_channels;
          entry.line_end = w == last_column && end == tile.channels;
          entries.push_back(std::make_shared<const Entry>(std::move(entry)));
        }
      }
    }
    return entries;
  }
};

/// Uniform in [low, high) in every case, where plain inRange starts small.
inline rc::Gen<int> in_range(int low, int high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high));
}
inline int any_in(int low, int high) { return *in_range(low, high); }

inline MachineConfig arbitrary_machine() {
  MachineConfig machine;
  machine.slices = any_in(1, 4);
  machine.rows = any_in(1, 5);
  machine.merge_words = any_in(1, 5);
  machine.network_bytes = *rc::gen::element(4, 16, 64);
  machine.mac.multipliers = any_in(1, 6);
  machine.mac.weight_port_bytes = any_in(1, 9);
  machine.ca.chunk = *rc::gen::element(8, 16, 24);
  machine.ca.lanes = any_in(1, 8);
  machine.ca.pattern =
      *rc::gen::element<std::string>("L<0,0>", "L<1,0>", "L<2,1>", "L<3,2>", "T<2,5>");
  machine.ca.slot_queue_rows = machine.look_ahead() +
                               (machine.ca.chunk + machine.ca.lanes - 1) / machine.ca.lanes + 1 +
                               any_in(0, 4);
  machine.ca.element_queue = any_in(1, 4);
  const int chunks = any_in(1, 4);
  machine.ring.entry_channels = chunks * machine.ca.chunk;
  machine.ring.chunks = chunks + any_in(0, 8);
  machine.ideal.input = any_in(0, 6) == 0;
  machine.ideal.ca = any_in(0, 6) == 0;
  machine.ideal.mac = any_in(0, 6) == 0;
  machine.validate();
  return machine;
}

inline WindowAxis arbitrary_axis(int kernel, int most) {
  WindowAxis axis;
  axis.kernel = kernel;
  axis.stride = any_in(1, 3);
  axis.pad = any_in(0, kernel);
  axis.input = any_in(kernel, most);
  const int outputs = (axis.input + 2 * axis.pad - kernel) / axis.stride + 1;
  axis.out_begin = any_in(0, outputs);
  axis.out_end = any_in(axis.out_begin + 1, outputs + 1);
  return axis;
}

inline void draw_contents(Tile& tile, Random& random) {
  const double activation_density = random.uniform();
  const double weight_density = random.uniform();
  const auto draw = [&](std::size_t count, double density, int low, int high) {
    std::vector<std::int8_t> values(count);
    for (std::int8_t& value : values) {
      if (random.chance(density)) value = std::int8_t(random.between(low, high));
    }
    return values;
  };
  const std::size_t positions = std::size_t(tile.geometry.rows.input) * tile.geometry.columns.input;
  tile.activations = draw(positions * tile.channels, activation_density, -128, 127);
  const std::size_t kernels = std::size_t(tile.outputs()) * tile.channels;
  if (tile.direct) {
    tile.weights = draw(kernels * tile.taps(), weight_density, -127, 127);
  } else {
    tile.coefficients = draw(kernels * tile.terms, weight_density, -1, 1);
    tile.basis = draw(std::size_t(tile.terms) * tile.taps(), 1, -127, 127);
    if (tile.bypass) tile.basis.assign(1, 1);
  }
}

inline Tile arbitrary_tile(const MachineConfig& machine, bool direct) {
  Tile tile;
  tile.direct = direct;
  const int kernel = any_in(1, 4);
  tile.geometry = {arbitrary_axis(kernel, 12), arbitrary_axis(kernel, 10)};
  tile.channels = any_in(1, 2 * machine.ring.entry_channels + 1);
  tile.terms = direct ? 1 : any_in(1, machine.rows + 1);
  tile.bypass = !direct && kernel == 1 && tile.terms == 1 && *rc::gen::arbitrary<bool>();
  tile.per_slice = machine.rows / tile.terms;
  int outputs = any_in(1, tile.per_slice * machine.slices + 1);
  for (int slice = 0; slice < machine.slices; ++slice) {
    tile.of_slice.push_back(std::min(outputs, tile.per_slice));
    outputs -= tile.of_slice.back();
  }
  return tile;
}

/// Tiles of one form, each in one or two passes; some add to the sums of the tile before.
inline Scenario arbitrary_scenario(bool direct) {
  Scenario run;
  run.machine = arbitrary_machine();
  Random random(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
  const int num_tiles = any_in(1, 4);
  for (int t = 0; t < num_tiles; ++t) {
    Tile tile;
    if (t > 0 && any_in(0, 3) == 0) {
      tile = run.tiles.back();  // other input channels of the same outputs
      tile.accumulate = true;
      tile.channels = any_in(1, 2 * run.machine.ring.entry_channels + 1);
    } else {
      tile = arbitrary_tile(run.machine, direct);
    }
    draw_contents(tile, random);
    run.tiles.push_back(tile);
    const WindowAxis& rows = tile.geometry.rows;
    const int cut = any_in(rows.first_input(), rows.end_input() + 1);
    run.passes.push_back({t, true, rows.first_input(), cut});
    run.passes.push_back({t, false, cut, rows.end_input()});
  }
  for (int t = 1; t < num_tiles; ++t) {
    const int before = run.tiles[t - 1].output_bank;
    run.tiles[t].coefficient_bank = t % 2;
    run.tiles[t].output_bank = run.tiles[t].accumulate ? before : 1 - before;
  }
  int words = 1;
  for (const Tile& tile : run.tiles) {
    const WindowAxis& rows = tile.geometry.rows;
    const WindowAxis& columns = tile.geometry.columns;
    words = std::max(words, (rows.kernel + rows.stride - 1) / rows.stride *
                                (columns.out_end - columns.out_begin));
  }
  run.machine.mac.line_buffer_words = words + any_in(0, 12);
  run.delays = *rc::gen::container<std::vector<int>>(run.passes.size(), in_range(0, 60));
  return run;
}

}  // namespace escalate::scenario
