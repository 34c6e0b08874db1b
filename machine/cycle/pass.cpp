#include "machine/cycle/pass.h"

#include "common/error.h"
#include "common/math.h"

namespace escalate {

int ClockedPass::num_entries(int entry_channels) const {
  int rows = 0;
  for (int h = in_begin; h < in_end; ++h) rows += geometry.rows.sends(h) ? 1 : 0;
  int columns = 0;
  for (int w = 0; w < geometry.columns.input; ++w) columns += geometry.columns.sends(w) ? 1 : 0;
  return rows * columns * (ceil_div(channels, entry_channels));
}

int ClockedPass::num_completed_rows() const {
  int completed = 0;
  for (int p = geometry.rows.out_begin; p < geometry.rows.out_end; ++p) {
    const int last = geometry.rows.last_input(p);
    if (last >= in_begin && last < in_end) ++completed;
  }
  return completed;
}

RowInput row_input(const RunningPass& pass, const Entry& entry, int slice, int row,
                   int entry_channels) {
  const std::vector<CoefficientTile>& tiles = pass.coefficients->tiles;
  ensure(entry.channel_tile < int(tiles.size()), "every channel tile has coefficients");
  return {&entry,
          &tiles[entry.channel_tile],
          pass.pass.coefficient_row(slice, row),
          {&pass, entry.h, entry.w, entry.line_end},
          entry.channel_tile * entry_channels};
}

}  // namespace escalate
