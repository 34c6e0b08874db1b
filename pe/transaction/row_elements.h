// What the active PE rows of a block make of an entry, as the timelines want it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace escalate {

/// An element whose steps do not fit into a word, or whose row skips chunks.
struct ElementSpans {
  std::span<const std::uint16_t> slots;      ///< slots of each visited chunk
  std::span<const std::uint16_t> step_ends;  ///< slot rows retired after each step
};

/// One item of each array for each active row, slice by slice, as RowLanes wants them.
struct RowElements {
  /// The two halves of a word. Of a row that visits all chunks of an entry with at most 64 slot
  /// rows, bit r says that a step starts at slot row r. All 0: `spans` hold.
  std::span<const std::int32_t> low_bases, high_bases;
  std::span<const std::int32_t> not_zero;  ///< -1; 0: the element is zero
  std::span<const ElementSpans> spans;     ///< empty where no element needs them

  std::size_t size() const { return not_zero.size(); }
  std::uint64_t step_bases(std::size_t i) const {
    return std::uint64_t(std::uint32_t(high_bases[i])) << 32 | std::uint32_t(low_bases[i]);
  }
  RowElements part(std::size_t begin, std::size_t count) const {
    return {low_bases.subspan(begin, count), high_bases.subspan(begin, count),
            not_zero.subspan(begin, count), spans.empty() ? spans : spans.subspan(begin, count)};
  }
};

/// What one active row takes of an entry in direct mode: the number of activations it takes from
/// each visited chunk.
using TakenActivations = std::span<const std::uint16_t>;

}  // namespace escalate
