// Clamps that no other layer does.
#include "compiler/layers/post_layer.h"

namespace escalate {
namespace {

class MachineRescaling : public PostLayer {
 public:
  constexpr MachineRescaling() : PostLayer("rescale") {}

  void make_tile(PostWriter& writer, const PostTile& tile) const override {
    Pool op = writer.copy(tile, 0, tile.rows, {0, writer.node().out.w}, tile.channels);
    writer.scale(op, writer.node().requant.at(0));
    writer.emit(op);
  }
};

}  // namespace

const MachineLayer& machine_rescaling() {
  static constexpr MachineRescaling kLayer;
  return kLayer;
}

}  // namespace escalate
