// Which entries a group of blocks is sent in a pass, and in what order
// (docs/microarchitecture.md, sections 1 and 3).
#pragma once

#include <cstddef>
#include <vector>

#include "machine/isa.h"
#include "machine/pass_geometry.h"

namespace escalate {

/// The tile of a group: its window over the input, and the outputs that it computes.
PassGeometry geometry_of(const WindowOperand& window, const OutputMap& output,
                         const PassGroup& group);

/// Stands at one entry after the other: row by row, column by column, channel tile by channel tile.
/// Rows and columns that meet no output of the tile are left out.
class PassWalk {
 public:
  /// `tiles` channel tiles, at least 1.
  PassWalk(const Run& run, const PassGroup& group, int tiles);

  /// All entries have been passed.
  bool ended() const { return h_ >= in_end_; }

  int h() const { return h_; }
  int w() const { return columns_[column_]; }
  int tile() const { return tile_; }
  /// Index of the column among those that are sent.
  std::size_t column() const { return column_; }
  /// The last entry of its row.
  bool at_line_end() const { return column_ + 1 == columns_.size() && tile_ + 1 == tiles_; }
  /// The last entry of the pass.
  bool at_end() const { return h_ == last_h_ && at_line_end(); }

  /// Goes on to the next entry; whether a new row begins with it, or the walk has ended.
  bool advance();
  /// Goes on to the first entry of the next row.
  void skip_row() { next_row(); }

  const PassGeometry& geometry() const { return geometry_; }
  /// The columns that are sent, of every row.
  const std::vector<int>& columns() const { return columns_; }

 private:
  void next_row();

  PassGeometry geometry_;
  int tiles_;
  int in_end_;
  int last_h_;  // the last row that is sent
  std::vector<int> columns_;
  int h_;
  std::size_t column_ = 0;
  int tile_ = 0;
};

}  // namespace escalate
