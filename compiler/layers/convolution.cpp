// Layers with weights, by the way in which the machine runs them.
#include "common/error.h"
#include "compiler/layers/machine_layer.h"

namespace escalate {
namespace {

class MachineConvolution : public MachineLayer {
 public:
  std::string name(const IntegerNetwork& network, const IntegerNode& node) const override {
    const IntegerNode& input = network.nodes[std::size_t(node.inputs[0])];
    const bool depthwise = node.groups > 1 && node.groups == input.out.c;
    if (node.form == WeightForm::kDirect) return depthwise ? "depthwise" : "direct";
    if (input.op == IntegerOp::kFlatten) return "fully_connected";
    return node.window.r == 1 && node.window.s == 1 ? "pointwise" : "decomposed";
  }
  PostPlan plan(const IntegerNode&, const std::vector<const TensorPlace*>&, bool, std::int64_t,
                int) const override {
    throw InternalError("a convolution is no layer of the post-processing unit");
  }
  std::vector<Instruction> emit(const MachineConfig&, const IntegerNode&,
                                const std::vector<const TensorPlace*>&, const TensorPlace&,
                                const PostPlan&, bool, SpanAllocator::Gap, int,
                                DataWriter&) const override {
    throw InternalError("a convolution is no layer of the post-processing unit");
  }
};

}  // namespace

const MachineLayer& machine_convolution() {
  static constexpr MachineConvolution kLayer;
  return kLayer;
}

}  // namespace escalate
