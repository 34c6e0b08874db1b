// How many banks a large memory is cut into, the same for every machine.
#pragma once

#include <cstdint>

#include "energy/cost_model.h"

namespace escalate {

struct BankedMemory {
  std::int64_t width = 0;  ///< bits of a word
  std::int64_t words = 0;
  /// Narrowest array that is cut along with it (a map beside each word); `width` without one.
  std::int64_t narrowest = 0;
  std::int64_t least_banks = 1;  ///< for its bandwidth
};

/// A power of two: at least `least_banks`, more until a bank keeps up with the clock, but not so
/// many that an array is too small for an SRAM.
std::int64_t num_banks(const BankedMemory& memory, const CostModel& costs, double clock_hz);

/// Whether one of `banks` banks cycles as fast as the clock; true of what is too small for an SRAM.
bool keeps_up(const BankedMemory& memory, std::int64_t banks, const CostModel& costs,
              double clock_hz);

/// Words of one of `banks` banks.
std::int64_t words_of_bank(const BankedMemory& memory, std::int64_t banks);

/// The way from a bank to the edge of such memory: half the side of a square of that area.
double bank_wire_mm(double area_um2);

}  // namespace escalate
