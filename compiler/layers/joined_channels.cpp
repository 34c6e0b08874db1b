// Concatenation and padding of channels: all channels of the inputs at their places in the output.
#include "compiler/layers/post_layer.h"

namespace escalate {
namespace {

class MachineConcatenation : public PostLayer {
 public:
  constexpr MachineConcatenation() : PostLayer("concat") {}

  bool keeps_density() const override { return true; }
  bool joins_channels() const override { return true; }
  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    int first = 0;
    for (std::size_t i = 0; i < tile.sources.size(); ++i) {
      const Range channels{first, first + writer.in(i).c};
      Pool op = writer.moved(tile, i, channels);
      writer.scale(op, writer.node().requant.at(i));
      writer.emit(op);
      first = channels.end;
    }
  }
};

class MachineChannelPad : public PostLayer {
 public:
  constexpr MachineChannelPad() : PostLayer("channel_pad") {}

  bool keeps_density() const override { return true; }
  bool joins_channels() const override { return true; }
  void begin_tile(PostWriter& writer, const PostTile& tile) const override {
    const IntegerNode& node = writer.node();
    const auto zero = [&](Range channels) {
      if (channels.size() == 0) return;
      Region region = tile.destination;
      region.base = std::int32_t(tile.destination.at(tile.rows.begin, 0)) + channels.begin;
      writer.emit(Fill{region, tile.rows.size(), node.out.w, channels.size()});
    };
    zero({0, node.pad_before});
    zero({node.out.c - node.pad_after, node.out.c});
  }
  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    const int first = writer.node().pad_before;
    writer.emit(writer.moved(tile, 0, {first, first + writer.in(0).c}));
  }
};

}  // namespace

const MachineLayer& machine_concatenation() {
  static constexpr MachineConcatenation kLayer;
  return kLayer;
}

const MachineLayer& machine_channel_pad() {
  static constexpr MachineChannelPad kLayer;
  return kLayer;
}

}  // namespace escalate
