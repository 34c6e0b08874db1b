#include "energy/memory_banks.h"

#include <bit>
#include <cmath>

#include "common/math.h"

namespace escalate {

std::int64_t words_of_bank(const BankedMemory& memory, std::int64_t banks) {
  return ceil_div(memory.words, banks);
}

bool keeps_up(const BankedMemory& memory, std::int64_t banks, const CostModel& costs,
              double clock_hz) {
  const std::int64_t words = words_of_bank(memory, banks);
  return !costs.covers_sram(memory.narrowest, words) ||
         costs.sram_cycle_ns(memory.width, words) <= 1e9 / clock_hz;
}

std::int64_t num_banks(const BankedMemory& memory, const CostModel& costs, double clock_hz) {
  const auto is_sram = [&](std::int64_t banks) {
    return costs.covers_sram(memory.narrowest, words_of_bank(memory, banks));
  };
  auto banks =
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(memory.least_banks)));
  while (banks < memory.words && !keeps_up(memory, banks, costs, clock_hz) && is_sram(2 * banks)) {
    banks *= 2;
  }
  while (banks > 1 && !is_sram(banks)) banks /= 2;
  return banks;
}

double bank_wire_mm(double area_um2) { return std::sqrt(area_um2) / 2 * 1e-3; }

}  // namespace escalate
