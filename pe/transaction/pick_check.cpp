#include "pe/transaction/pick_check.h"

#include <algorithm>
#include <bit>
#include <iterator>

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

void PickCheck::check_row(const OutputMap& output, const PassRows& rows, int h,
                          std::span<const int> columns, const PassInput& input,
                          PassValues& values) {
  if (selector_ == nullptr) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (int k = 0; k < rows.outputs; ++k) {
      if (!selector_->is_checked(output.image, output.first_channel + k, h, columns[i])) continue;
      for (int t = 0; t < int(rows.tiles.size()); ++t) {
        const PassRows::Tile& tile = rows.tiles[std::size_t(t)];
        packed_.clear();
        const std::int8_t* data = input.data(columns[i], tile.first_channel);
        std::copy_if(data, data + tile.channels, std::back_inserter(packed_),
                     [](std::int8_t value) { return value != 0; });
        for (int m = 0; m < rows.terms; ++m) {
          const int row = m * rows.outputs + k;
          std::int32_t& value = values.elements(i, t)[std::size_t(row)];
          const std::int32_t sum =
              picked_.value(input.maps(i, t), packed_, tile.masks, row, fault_);
          if (sum != value) ++mismatches_;
          value = sum;
        }
      }
    }
  }
}

}  // namespace escalate
