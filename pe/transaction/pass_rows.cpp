#include "pe/transaction/pass_rows.h"

#include <algorithm>

#include "common/error.h"
#include "common/math.h"

namespace escalate {
namespace {

// Of a direct row: 1 where its kernel is not all zero.
TernaryWords taken_by(const PassRows& rows, const CoefficientBank& bank, int row) {
  std::vector<std::int8_t> taken(std::size_t(rows.channels), 0);
  for (int c = 0; c < rows.channels; ++c) {
    const std::int8_t* kernel = bank.kernel(row, c);
    if (std::any_of(kernel, kernel + rows.taps, [](std::int8_t w) { return w != 0; })) {
      taken[std::size_t(c)] = 1;
    }
  }
  TernaryWords words(1, rows.channels);
  words.set_row(0, taken);
  return words;
}

void add_kernels(PassRows& rows, const OutputMap& output,
                 std::span<const CoefficientBank* const> banks) {
  const auto kernel_of = [&](int k, int c) {
    return banks[std::size_t(k / output.per_block)]->kernel(k % output.per_block, c);
  };
  for (int c = 0; c < rows.channels; ++c) {
    int first = rows.outputs, last = -1;
    for (int k = 0; k < rows.outputs; ++k) {
      const std::int8_t* kernel = kernel_of(k, c);
      if (std::all_of(kernel, kernel + rows.taps, [](std::int8_t w) { return w == 0; })) continue;
      first = std::min(first, k);
      last = k;
    }
    PassRows::Kernels made{first, std::max(0, last + 1 - first), {}};
    for (int tap = 0; tap < rows.taps; ++tap) {
      for (int k = first; k <= last; ++k) made.weights.push_back(kernel_of(k, c)[tap]);
    }
    rows.kernels.push_back(std::move(made));
  }
}

// Depthwise layers, channel after channel.
void add_diagonal(PassRows& rows) {
  const auto meets_its_own = [&](int c) {
    const PassRows::Kernels& kernels = rows.kernels[std::size_t(c)];
    return c < rows.outputs && kernels.outputs == 1 && kernels.first == c;
  };
  int channels = 0;
  while (channels < rows.channels && meets_its_own(channels)) ++channels;
  rows.diagonal_channels = channels;
  for (int tap = 0; tap < rows.taps; ++tap) {
    for (int c = 0; c < channels; ++c) {
      rows.diagonal.push_back(rows.kernels[std::size_t(c)].weights[std::size_t(tap)]);
    }
  }
}

void add_tile_row(PassRows::Tile& tile, const TernaryWords& words, int row) {
  tile.masks.add_row(words, row, tile.first_channel, tile.channels);
  tile.dense.add_row(words, row, tile.first_channel);
  const std::span<const std::uint16_t> visited = tile.masks.visited(tile.masks.num_rows() - 1);
  for (const int chunk : visited) ++tile.visitors[std::size_t(chunk)];
  tile.visited_chunks += std::int64_t(visited.size());
  tile.skips.push_back(int(visited.size()) < tile.chunks);
}

}  // namespace

std::shared_ptr<const PassRows> gather_rows(const MachineConfig& machine, const Run& run,
                                            std::span<const CoefficientBank* const> banks) {
  auto rows = std::make_shared<PassRows>();
  const OutputMap& output = run.output;
  rows->outputs = output.channels;
  rows->terms = output.terms;
  rows->taps = run.window.r * run.window.s;
  rows->channels = run.channels;
  rows->direct = run.direct != 0;
  for (std::size_t member = 0; member < banks.size(); ++member) {
    const CoefficientBank& bank = *banks[member];
    ensure(bank.direct == rows->direct && bank.channels == run.channels &&
               bank.taps == rows->taps &&
               bank.rows == output.channels_of_block(int(member)) * output.terms,
           "a coefficient bank holds what its pass wants");
  }
  if (!rows->direct) rows->basis = banks[0]->basis;
  ensure(rows->direct || rows->basis.size() == std::size_t(rows->terms) * std::size_t(rows->taps),
         "a coefficient bank holds the basis kernels of its pass");
  for (int first = 0; first < run.channels; first += machine.ring.entry_channels) {
    const int channels = std::min(machine.ring.entry_channels, run.channels - first);
    const int chunks = ceil_div(channels, machine.ca.chunk);
    rows->tiles.push_back({first,
                           channels,
                           chunks,
                           CoefficientTile(chunks, machine.ca.chunk),
                           TernaryRows(channels),
                           0,
                           std::vector<int>(std::size_t(chunks)),
                           {}});
  }
  for (int m = 0; m < rows->terms; ++m) {
    for (int k = 0; k < rows->outputs; ++k) {
      const CoefficientBank& bank = *banks[std::size_t(k / output.per_block)];
      const int row = k % output.per_block * rows->terms + m;
      if (rows->direct) {
        const TernaryWords taken = taken_by(*rows, bank, row);
        for (PassRows::Tile& tile : rows->tiles) add_tile_row(tile, taken, 0);
      } else {
        for (PassRows::Tile& tile : rows->tiles) add_tile_row(tile, bank.coefficients, row);
      }
    }
  }
  if (rows->direct) {
    add_kernels(*rows, output, banks);
    add_diagonal(*rows);
  }
  return rows;
}

}  // namespace escalate
