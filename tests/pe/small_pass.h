// A small pass over one group of two blocks, for the tests of its parts: two channel tiles, of
// which the second is short, three output channels of two terms, a window with strides and padding.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "buffers/global_buffer.h"
#include "common/random.h"
#include "machine/coefficient_bank.h"
#include "machine/config.h"
#include "machine/isa.h"
#include "pe/transaction/pass_rows.h"
#include "pe/transaction/pass_walk.h"

namespace escalate {

class SmallPass {
 public:
  static constexpr int kChannels = 20, kOutputs = 3, kHeight = 5, kWidth = 7, kTaps = 9;

  explicit SmallPass(bool direct = false) : buffer(1024) {
    machine.blocks = machine.slices = machine.rows = 2;
    machine.ca.chunk = 8;
    machine.ca.lanes = 4;
    machine.ring.entry_channels = 16;
    run.input = {0, kWidth * 24, 24};
    run.channels = kChannels;
    run.window = {kHeight, kWidth, 3, 3, 1, 2, 1, 1};
    run.direct = direct ? 1 : 0;
    run.output.first_channel = 10;
    run.output.channels = kOutputs;
    run.output.terms = direct ? 1 : 2;
    run.output.per_slice = 1;
    run.output.per_block = 2;
    run.output.blocks_per_group = 2;
    run.output.column_begin = 1;
    run.output.column_end = 4;
    run.output.bank_rows = 3;
    // Output rows 1 to 3 read input rows 0 to 4.
    run.output.groups = {{1, 4, 0, 5, 1, 4}};
    draw();
    rows = gather_rows(machine, run, std::vector<const CoefficientBank*>{&banks[0], &banks[1]});
  }

  const PassGroup& group() const { return run.output.groups[0]; }
  std::int8_t activation(int h, int w, int c) const { return buffer.data(run.input.at(h, w))[c]; }

  /// The coefficient of row m * kOutputs + k of PassRows.
  int coefficient(int row, int c) const {
    const int k = row % kOutputs;
    const int term = row / kOutputs;
    return banks[std::size_t(k / 2)].coefficients.at(k % 2 * run.output.terms + term, c);
  }

  /// The element that a row makes of an entry.
  std::int32_t element(int row, int h, int w, const PassRows::Tile& tile) const {
    std::int32_t sum = 0;
    for (int c = tile.first_channel; c < tile.first_channel + tile.channels; ++c) {
      sum += coefficient(row, c) * activation(h, w, c);
    }
    return sum;
  }

  /// The weight of output channel k, all terms together.
  int weight(int k, int c, int tap) const {
    if (run.direct != 0) return banks[std::size_t(k / 2)].kernel(k % 2, c)[tap];
    int sum = 0;
    for (int m = 0; m < run.output.terms; ++m) {
      sum += coefficient(m * kOutputs + k, c) * banks[0].basis[std::size_t(m * kTaps + tap)];
    }
    return sum;
  }

  /// The sum of output (k, p, q) over the input rows [first, last).
  std::int32_t output(int k, int p, int q, int first = 0, int last = kHeight) const {
    std::int32_t sum = 0;
    for (int tap = 0; tap < kTaps; ++tap) {
      const int h = p - 1 + tap / 3;
      const int w = 2 * q - 1 + tap % 3;
      if (h < first || h >= last || w < 0 || w >= kWidth) continue;
      for (int c = 0; c < kChannels; ++c) sum += weight(k, c, tap) * activation(h, w, c);
    }
    return sum;
  }

  MachineConfig machine;
  Run run;
  GlobalBuffer buffer;
  CoefficientBank banks[2];
  std::shared_ptr<const PassRows> rows;

 private:
  void draw() {
    Random random(1);
    const auto values = [&](std::size_t count, double density, int most) {
      std::vector<std::int8_t> drawn(count, 0);
      for (std::int8_t& value : drawn) {
        if (random.chance(density)) value = std::int8_t(random.between(-most, most));
      }
      return drawn;
    };
    for (int h = 0; h < kHeight; ++h) {
      for (int w = 0; w < kWidth; ++w)
        buffer.write(run.input.at(h, w), values(kChannels, 0.6, 100));
    }
    const std::vector<std::int8_t> basis = values(2 * kTaps, 1, 50);
    for (int block = 0; block < 2; ++block) {
      CoefficientBank& bank = banks[block];
      bank.direct = run.direct != 0;
      bank.rows = (block == 0 ? 2 : 1) * run.output.terms;
      bank.channels = kChannels;
      bank.taps = kTaps;
      bank.version = std::uint64_t(block) + 1;
      const auto kernels = std::size_t(bank.rows * kChannels);
      if (bank.direct) {
        bank.weights = values(kernels * kTaps, 0.1, 60);
      } else {
        std::vector<std::int8_t> coefficients = values(kernels, 0.5, 1);
        bank.basis = basis;
        // A row that skips a chunk.
        std::fill_n(coefficients.begin(), 8, std::int8_t{0});
        bank.coefficients = TernaryWords(bank.rows, kChannels);
        for (int row = 0; row < bank.rows; ++row) {
          bank.coefficients.set_row(
              row, std::span(coefficients).subspan(std::size_t(row * kChannels), kChannels));
        }
      }
    }
  }
};

}  // namespace escalate
