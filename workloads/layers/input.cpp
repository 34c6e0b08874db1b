// What the network reads.
#include "common/error.h"
#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"

namespace escalate {
namespace {

class Input : public LayerKind {
 public:
  const char* name(const Node&) const override { return "input"; }
  InputCount inputs() const override { return {0}; }
  Shape shape(const Node& node, const std::vector<Shape>&) const override {
    if (node.out.c <= 0 || node.out.h <= 0 || node.out.w <= 0) {
      fail_layer(node, "has an empty input shape");
    }
    return node.out;
  }
  Tensor run(const Node&, const std::vector<const Tensor*>&) const override {
    throw InternalError("an input node is not run");
  }
  bool can_be_negative(const Node&, bool) const override { return true; }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kFixed;
  }
  void write_onnx(OnnxLayerWriter&, int) const override {
    throw InternalError("a network has one input");
  }
  bool takes_any_scale() const override { return true; }
  void set_integers(const Node&, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kInput;
  }
  Moments draw(const Node&, const std::vector<Shape>&, const std::vector<Moments>&,
               IntegerNode& made) const override {
    made.op = IntegerOp::kInput;
    return kDrawnMoments;
  }
};

class IntegerInput : public IntegerKind {
 public:
  InputCount inputs() const override { return {0}; }
  void check(const IntegerCheck&) const override {}
  Activations run(const IntegerNode&, const std::vector<const Activations*>&) const override {
    throw InternalError("an input node is not run");
  }
};

}  // namespace

const LayerKind& input_layer() {
  static constexpr Input kKind;
  return kKind;
}

const IntegerKind& integer_input() {
  static constexpr IntegerInput kKind;
  return kKind;
}

}  // namespace escalate
