// A softmax behind the last layer, which no machine runs.
#include <fmt/format.h>

#include <Eigen/Core>

#include "workloads/layers/kinds.h"
#include "workloads/onnx/layer_writer.h"

namespace escalate {
namespace {

class Softmax : public LayerKind {
 public:
  const char* name(const Node&) const override { return "softmax"; }
  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs[0];
    if (in.h != 1 || in.w != 1) {
      fail_layer(node, fmt::format("is a softmax of a {} map; expected a vector", text_of(in)));
    }
    return in;
  }
  Tensor run(const Node&, const std::vector<const Tensor*>& inputs) const override {
    Tensor out = *inputs[0];
    Eigen::Map<Eigen::ArrayXf> values(out.values.data(), Eigen::Index(out.values.size()));
    values = (values - values.maxCoeff()).exp();
    values /= values.sum();
    return out;
  }
  bool can_be_negative(const Node&, bool) const override { return false; }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kFixed;
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    writer.add("Softmax", writer.node(node), writer.equal_inputs(node))
        .set("axis", std::int64_t{1});
  }

  IntegerRole role() const override { return IntegerRole::kNone; }
  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode&) const override {
    fail_without_integers(node);
  }
};

}  // namespace

const LayerKind& softmax_layer() {
  static constexpr Softmax kKind;
  return kKind;
}

}  // namespace escalate
