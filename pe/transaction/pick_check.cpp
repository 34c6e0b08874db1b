#include "pe/transaction/pick_check.h"

#include <bit>

namespace escalate {

std::int32_t PickedElement::value(std::span<const std::uint64_t> maps,
                                  std::span<const std::int8_t> values, const CoefficientTile& tile,
                                  int row, PickFault& fault) {
  dilute(maps, tile, row, set_, element_);
  // The slots of the visited chunks only.
  slots_.clear();
  std::size_t first = 0;
  std::size_t next = 0;
  const auto visited = tile.visited(row);
  for (int chunk = 0; chunk < tile.num_chunks(); ++chunk) {
    const auto count = std::size_t(std::popcount(maps[std::size_t(chunk)]));
    if (next < visited.size() && visited[next] == chunk) {
      const auto part = values.subspan(first, count);
      slots_.insert(slots_.end(), part.begin(), part.end());
      ++next;
    }
    first += count;
  }
  std::int32_t sum = 0;
  concentrate(
      pattern_, lanes_, element_.active.words(), element_.slots(),
      [&](const SlotPick& pick) {
        const int slot = pick.slot_row * lanes_ + pick.slot_lane;
        if (fault.loses_next()) return;
        const std::int32_t value = slots_[std::size_t(slot)];
        sum += element_.negative[slot] ? -value : value;
      },
      [](int, int) {});
  return sum;
}

}  // namespace escalate
