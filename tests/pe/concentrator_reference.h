// The concentrator written lane by lane from its definition, for tests: slow and plain.
#pragma once

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "pe/transaction/concentrator.h"
#include "pe/transaction/dilution.h"

namespace escalate {

struct ReferenceRun {
  std::vector<std::tuple<int, int, int, int>> picks;  // step, lane, slot row, slot lane
  std::vector<std::pair<int, int>> steps;             // base before, base after
};

/// The activation mask of an element, slot by slot.
inline BitString reference_dilute(const std::vector<std::uint64_t>& entry,
                                  const CoefficientTile& tile, int row) {
  BitString mask;
  for (int chunk = 0; chunk < tile.num_chunks(); ++chunk) {
    if (tile.map(row, chunk) == 0) continue;
    for (int channel = 0; channel < tile.chunk_channels(); ++channel) {
      if ((entry[chunk] >> channel & 1) != 0) mask.append(tile.map(row, chunk) >> channel & 1, 1);
    }
  }
  return mask;
}

inline ReferenceRun reference_concentrate(const ConcentratorPattern& pattern, int lanes,
                                          const BitString& mask) {
  const int rows = std::max(1, (mask.size() + lanes - 1) / lanes);
  std::vector<std::vector<bool>> match(rows, std::vector<bool>(lanes, false));
  for (int slot = 0; slot < mask.size(); ++slot) match[slot / lanes][slot % lanes] = mask[slot];
  ReferenceRun run;
  int base = 0;
  while (base < rows) {
    const int step = int(run.steps.size());
    std::vector<bool> full(lanes, false);
    // Offset-major; the slot of row `base` comes first.
    std::vector<SlotOffset> order = {{0, 0}};
    order.insert(order.end(), pattern.offsets().begin(), pattern.offsets().end());
    for (const SlotOffset& offset : order) {
      const int row = base + offset.row;
      if (row >= rows) continue;
      for (int lane = 0; lane < lanes; ++lane) {
        const int slot_lane = (((lane + offset.lane) % lanes) + lanes) % lanes;
        if (full[lane] || !match[row][slot_lane]) continue;
        full[lane] = true;
        match[row][slot_lane] = false;
        run.picks.emplace_back(step, lane, row, slot_lane);
      }
    }
    const int before = base;
    for (int retired = 0; retired < 1 + pattern.look_ahead() && base < rows; ++retired) {
      if (std::find(match[base].begin(), match[base].end(), true) != match[base].end()) break;
      ++base;
    }
    run.steps.emplace_back(before, base);
  }
  return run;
}

}  // namespace escalate
