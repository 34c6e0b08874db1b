// Dilution and concentration of one ring entry against many coefficient rows at once: how long each
// intermediate element takes in a CA unit. The innermost loop of the transaction view.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/host_simd.h"
#include "machine/coefficients.h"
#include "pe/transaction/concentrator.h"

namespace escalate {

/// What the CA unit's timing needs of one element.
struct ElementSteps {
  int slots = 0;    ///< non-zero activations of the visited chunks
  int rows = 1;     ///< slot rows, at least 1
  int matches = 0;  ///< slots that meet a non-zero coefficient: additions
  int steps = 1;    ///< concentrator steps
  bool operator==(const ElementSteps&) const = default;
};

/// The elements of one entry: element i belongs to row i of the coefficient tile. Arrays hold one
/// value an element (and some of no meaning up to a whole block).
struct CaBatchResult {
  std::vector<std::uint16_t> slots;
  std::vector<std::uint16_t> rows;
  std::vector<std::uint16_t> matches;
  std::vector<std::uint16_t> steps;

  /// Bit r of word w of an element, bases[w * slots.size() + element]: a step starts at slot row
  /// 64 w + r. Where no element has more than 64 rows there is one word.
  std::vector<std::uint64_t> bases;

  ElementSteps operator[](int element) const {
    return {slots[element], rows[element], matches[element], steps[element]};
  }

  /// Calls on_step(base_before, base_after) for each step of `element`; returns their number.
  /// base_after of the last step is the number of slot rows.
  template <class OnStep>
  int for_each_step(int element, OnStep&& on_step) const {
    return escalate::for_each_step(&bases[element], slots.size(), rows[element], on_step);
  }
};

/// Computes elements in blocks of CoefficientTile::kBlock side by side, with one instruction set
/// chosen at construction; all give the same result. Equal to dilute() and concentrate().
class CaBatch {
 public:
  /// `lanes`: 1..64; throws InternalError otherwise.
  CaBatch(int lanes, const ConcentratorPattern& pattern, HostSimd set = best_host_simd());
  ~CaBatch();
  CaBatch(CaBatch&&) noexcept;
  CaBatch& operator=(CaBatch&&) noexcept;

  /// Takes an entry: `activation_maps` has one word a chunk, bit j = the activation of channel j is
  /// not zero; at most 65535 activations.
  void load(std::span<const std::uint64_t> activation_maps);

  /// Computes the loaded entry's elements with rows [first_block, last_block) x kBlock of `tile`;
  /// the others in `result`, which is sized for the whole tile, keep their values while the entry
  /// stays the same.
  void run(const CoefficientTile& tile, int first_block, int last_block, CaBatchResult& result);

  /// All rows of `tile`.
  void run(const CoefficientTile& tile, CaBatchResult& result) {
    run(tile, 0, tile.num_blocks(), result);
  }

  HostSimd host_simd() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace escalate
