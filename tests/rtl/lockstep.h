// Verilated units side by side with the clocked cores of the model: clock edges, comparisons and
// what both are fed with.
#pragma once

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/random.h"
#include "machine/coefficients.h"
#include "machine/concentrator_pattern.h"
#include "machine/config.h"
#include "machine/entry.h"
#include "tests/rtl/wide.h"

namespace escalate::rtl {

/// A rising edge of the clock; inputs have been set and evaluated before.
template <class Unit>
void clock(Unit& unit) {
  unit.clk = 1;
  unit.eval();
  unit.clk = 0;
  unit.eval();
}

template <class Unit>
void reset(Unit& unit) {
  unit.clk = 0;
  unit.rst = 1;
  unit.eval();
  clock(unit);
  unit.rst = 0;
  unit.eval();
}

/// Fails the property unless a port, or a part of one, is what the model says.
template <class Rtl, class Model>
void same(std::string_view port, std::int64_t cycle, Rtl rtl, Model model) {
  if (std::int64_t(rtl) == std::int64_t(model)) return;
  RC_FAIL(fmt::format("cycle {}: {} is {}, in the model {}", cycle, port, std::int64_t(rtl),
                      std::int64_t(model)));
}

/// The value of a port of `width` bits in two's complement.
template <class Port>
std::int64_t signed_bits(const Port& port, int first, int width) {
  const std::uint64_t value = bits(port, first, width);
  return std::int64_t(value << (64 - width)) >> (64 - width);
}

/// The parameter PATTERN of rtl/concentrator.sv that stands for `text`.
inline std::string rtl_pattern(std::string_view text) {
  const ConcentratorPattern pattern = ConcentratorPattern::parse(text);
  std::string digits;
  for (const SlotOffset& offset : pattern.offsets()) {
    digits = fmt::format("{:02x}{:02x}", offset.row, offset.lane & 0xff) + digits;
  }
  return fmt::format("{}'h{}", 4 * digits.size(), digits);
}

/// Entries of one channel tile with the coefficients of one row, and when they become visible.
struct EntryStream {
  std::vector<Entry> entries;
  std::vector<CoefficientTile> coefficients;  ///< by entry, one row each
  std::vector<std::int64_t> visible;
};

/// Uniform in [low, high) in every case, where plain inRange starts small.
inline int uniform_in(int low, int high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high));
}

inline Random arbitrary_random() {
  return Random(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
}

/// Up to 40 entries of random sizes and densities, some at once and some far apart.
inline EntryStream arbitrary_stream(const MachineConfig& machine) {
  EntryStream stream;
  const int count = uniform_in(1, 40);
  const int longest_wait = uniform_in(0, 30);
  Random random = arbitrary_random();
  const double activation_density = random.uniform();
  const double coefficient_density = random.uniform();
  std::int64_t visible = 0;
  for (int i = 0; i < count; ++i) {
    const int channels = int(random.between(1, machine.ring.entry_channels));
    std::vector<std::int8_t> activations(channels);
    std::vector<std::int8_t> coefficients(channels);
    for (int c = 0; c < channels; ++c) {
      if (random.chance(activation_density))
        activations[c] = std::int8_t(random.between(-128, 127));
      if (random.chance(coefficient_density)) coefficients[c] = random.chance(0.5) ? -1 : 1;
    }
    // Whole chunks without a coefficient are not visited.
    if (random.chance(0.2)) std::fill(coefficients.begin(), coefficients.end(), 0);
    const int chunk = machine.ca.chunk;
    if (random.chance(0.2)) {
      std::fill_n(coefficients.begin(), std::min(channels, chunk), std::int8_t{0});
    }
    Entry entry = make_entry(activations, chunk);
    entry.h = i;
    entry.line_end = random.chance(0.2);
    CoefficientTile row(entry.num_chunks(), chunk);
    row.add_row(coefficients);
    stream.entries.push_back(std::move(entry));
    stream.coefficients.push_back(std::move(row));
    visible += random.between(0, longest_wait);
    stream.visible.push_back(visible);
  }
  return stream;
}

/// Sets the inputs that dilution reads an entry by (null: none is visible): first those that say
/// which chunk, then that chunk.
template <class Unit>
void show_entry(Unit& unit, const MachineConfig& machine, const Entry* entry,
                const CoefficientTile* coefficients, int row) {
  unit.entry_valid = entry != nullptr;
  if (entry == nullptr) {
    unit.eval();
    return;
  }
  std::uint64_t visited = 0;
  for (const int chunk : coefficients->visited(row)) visited |= std::uint64_t{1} << chunk;
  unit.visited = visited;
  unit.eval();
  const int chunk = unit.chunk;
  if (chunk >= entry->num_chunks()) RC_FAIL("a chunk is read that the entry does not have");
  set_bits(unit.activation_map, 0, machine.ca.chunk, entry->maps[chunk]);
  set_bits(unit.coefficient_map, 0, machine.ca.chunk, coefficients->map(row, chunk));
  set_bits(unit.coefficient_sign, 0, machine.ca.chunk, coefficients->sign(row, chunk));
  const auto values = entry->chunk_values(chunk);
  for (int i = 0; i < machine.ca.chunk; ++i) {
    const std::int8_t value = i < int(values.size()) ? values[i] : std::int8_t{0};
    set_bits(unit.activations, 8 * i, 8, std::uint8_t(value));
  }
  unit.eval();
}

}  // namespace escalate::rtl
