// Sum, product, minimum and maximum of two tensors.
#include <algorithm>

#include "compiler/layers/post_layer.h"

namespace escalate {
namespace {

class MachineCombination : public PostLayer {
 public:
  constexpr MachineCombination(const char* name, AddKind kind) : PostLayer(name), kind_(kind) {}

  int rows_of_input(const IntegerNode&, const Shape& in, int out_rows) const override {
    return std::min(in.h, out_rows);
  }
  PostWriter::Box box_of_input(const IntegerNode&, const Shape& in, Range rows,
                               Range channels) const override {
    return {in.h == 1 ? Range{0, 1} : rows, {0, in.w}, in.c == 1 ? Range{0, 1} : channels};
  }
  bool reads_again(const IntegerNode& node, const Shape& in) const override {
    return in != node.out;
  }

  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    const IntegerNode& node = writer.node();
    Add op;
    op.kind = int(kind_);
    op.left = broadcast(node, writer.in(0), tile.sources.at(0), tile.channels);
    op.right = broadcast(node, writer.in(1), tile.sources.at(1), tile.channels);
    op.left_single = writer.in(0).c < node.out.c ? 1 : 0;
    op.right_single = writer.in(1).c < node.out.c ? 1 : 0;
    op.destination = tile.destination;
    op.destination.base += tile.channels.begin;
    op.image = tile.image;
    op.first_channel = tile.channels.begin;
    op.channels = tile.channels.size();
    op.row_begin = tile.rows.begin;
    op.row_end = tile.rows.end;
    op.columns = node.out.w;
    set_factors(node, op);
    op.low = node.clamp_low;
    op.high = node.clamp_high;
    writer.emit(op);
  }

 private:
  void set_factors(const IntegerNode& node, Add& op) const {
    if (kind_ == AddKind::kMultiply) {
      op.left_multiplier = node.requant.at(0).multiplier;
      op.shift = node.requant[0].shift;
      return;
    }
    op.left_multiplier = node.add_multiplier[0];
    op.right_multiplier = node.add_multiplier[1];
    op.shift = node.add_shift;
  }

  // Where an operand's channels of a tile lie, at whatever row and column it is asked for.
  static Region broadcast(const IntegerNode& node, const Shape& shape, Region source,
                          Range channels) {
    if (shape.h < node.out.h) source.row_stride = 0;
    if (shape.w < node.out.w) source.position_stride = 0;
    if (shape.c == node.out.c) source.base += channels.begin;
    return source;
  }

  AddKind kind_;
};

}  // namespace

const MachineLayer& machine_addition() {
  static constexpr MachineCombination kLayer("add", AddKind::kAdd);
  return kLayer;
}

const MachineLayer& machine_product() {
  static constexpr MachineCombination kLayer("multiply", AddKind::kMultiply);
  return kLayer;
}

const MachineLayer& machine_minimum() {
  static constexpr MachineCombination kLayer("minimum", AddKind::kMinimum);
  return kLayer;
}

const MachineLayer& machine_maximum() {
  static constexpr MachineCombination kLayer("maximum", AddKind::kMaximum);
  return kLayer;
}

}  // namespace escalate
