// Pools.
#include <algorithm>

#include "compiler/layers/post_layer.h"

namespace escalate {
namespace {

class WindowLayer : public PostLayer {
 public:
  using PostLayer::PostLayer;

  bool keeps_density() const override { return true; }
  int rows_of_input(const IntegerNode& node, const Shape& in, int out_rows) const override {
    return std::min(in.h, (out_rows - 1) * node.window.stride_h + node.window.r);
  }
  PostWriter::Box box_of_input(const IntegerNode& node, const Shape& in, Range rows,
                               Range channels) const override {
    const Window& window = node.window;
    return {
        window_input(window.r, window.stride_h, window.pad_top, in.h, rows), {0, in.w}, channels};
  }
};

class MachineMaxPool : public WindowLayer {
 public:
  constexpr MachineMaxPool() : WindowLayer("max_pool") {}

  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    Pool op = writer.copy(tile, 0, tile.rows, {0, writer.node().out.w}, tile.channels);
    writer.set_window(op);
    writer.emit(op);
  }
};

class MachineAveragePool : public WindowLayer {
 public:
  constexpr MachineAveragePool() : WindowLayer("average_pool") {}

  // Windows that hang over the padded map below or to the right are those of the last row or
  // column; each kind has a factor of its own.
  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    const IntegerNode& node = writer.node();
    const Shape& in = writer.in(0);
    const bool by_kind = node.requant.size() > 1;
    const int last_row = node.out.h - (by_kind && node.window.overhang_h(in.h) > 0 ? 1 : 0);
    const int last_column = node.out.w - (by_kind && node.window.overhang_w(in.w) > 0 ? 1 : 0);
    for (const bool below : {false, true}) {
      const Range part = below ? Range{std::max(tile.rows.begin, last_row), tile.rows.end}
                               : Range{tile.rows.begin, std::min(tile.rows.end, last_row)};
      for (const bool right : {false, true}) {
        const Range columns = right ? Range{last_column, node.out.w} : Range{0, last_column};
        if (part.begin >= part.end || columns.begin >= columns.end) continue;
        Pool op = writer.copy(tile, 0, part, columns, tile.channels);
        writer.set_window(op);
        writer.scale(op, average_factor(node, below, right), !node.count_include_pad);
        writer.emit(op);
      }
    }
  }
};

}  // namespace

const MachineLayer& machine_max_pool() {
  static constexpr MachineMaxPool kLayer;
  return kLayer;
}

const MachineLayer& machine_average_pool() {
  static constexpr MachineAveragePool kLayer;
  return kLayer;
}

}  // namespace escalate
