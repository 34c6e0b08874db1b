#include "pe/transaction/pass_walk.h"

namespace escalate {

PassGeometry geometry_of(const WindowOperand& window, const OutputMap& output,
                         const PassGroup& group) {
  PassGeometry geometry;
  geometry.rows = {window.r,      window.stride_h,  window.pad_top,
                   window.height, group.tile_begin, group.tile_end};
  geometry.columns = {window.s,     window.stride_w,     window.pad_left,
                      window.width, output.column_begin, output.column_end};
  return geometry;
}

PassWalk::PassWalk(const Run& run, const PassGroup& group, int tiles)
    : geometry_(geometry_of(run.window, run.output, group)),
      tiles_(tiles),
      in_end_(group.in_end),
      last_h_(group.in_end - 1),
      h_(group.in_begin - 1) {
  const WindowAxis& columns = geometry_.columns;
  for (int w = columns.first_input(); w < columns.end_input(); ++w) {
    if (columns.sends(w)) columns_.push_back(w);
  }
  while (last_h_ >= group.in_begin && !geometry_.rows.sends(last_h_)) --last_h_;
  next_row();
}

void PassWalk::next_row() {
  column_ = 0;
  tile_ = 0;
  do {
    ++h_;
  } while (h_ < in_end_ && !geometry_.rows.sends(h_));
}

bool PassWalk::advance() {
  if (++tile_ < tiles_) return false;
  tile_ = 0;
  if (++column_ < columns_.size()) return false;
  next_row();
  return true;
}

}  // namespace escalate
