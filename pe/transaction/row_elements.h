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

/// One item of each array for each active row, slice by slice.
struct RowElements {
  /// Of a row that visits all chunks of an entry with at most 64 slot rows: bit r says that a step
  /// starts at slot row r. 0: `spans` hold.
  std::span<const std::uint64_t> step_bases;
  std::span<const std::uint8_t> is_zero;  ///< 1: the element is zero
  std::span<const ElementSpans> spans;    ///< empty where no element needs them

  std::size_t size() const { return step_bases.size(); }
  RowElements part(std::size_t begin, std::size_t count) const {
    return {step_bases.subspan(begin, count), is_zero.subspan(begin, count),
            spans.empty() ? spans : spans.subspan(begin, count)};
  }
};

/// What one active row takes of an entry in direct mode: the number of activations it takes from
/// each visited chunk.
using TakenActivations = std::span<const std::uint16_t>;

}  // namespace escalate
