// The largest value of each window.
#include <algorithm>
#include <limits>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/pool.h"
#include "workloads/layers/window.h"

namespace escalate {
namespace {

class MaxPool : public Pooling {
 public:
  const char* name(const Node&) const override { return "maxpool"; }
  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    return reduced_windows(node, *inputs[0], [](const MetValues& met, int, int) {
      return met.folded(-std::numeric_limits<float>::infinity(),
                        [](float a, float b) { return std::max(a, b); });
    });
  }
  bool passes_values_on(const Node&) const override { return true; }

  std::vector<std::string> yaml_words() const override { return {"maxpool"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    node.op = OpKind::kMaxPool;
    read_pool(map, word, {}, node);
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    write_pool(writer, "MaxPool", node);
  }

  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales&,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kMaxPool;
    made.window = node.window;
  }
};

std::int8_t largest(const IntegerNode& node, const Activations& in, int c, int p, int q) {
  std::int8_t best = std::numeric_limits<std::int8_t>::min();
  for_each_in_window(node, in, c, p, q, [&](std::int8_t value) { best = std::max(best, value); });
  return best;
}

class IntegerMaxPool : public IntegerKind {
 public:
  bool has_window() const override { return true; }
  void check(const IntegerCheck& check) const override { check.check_window(true); }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return pooled(node, *inputs[0], largest);
  }
};

}  // namespace

const LayerKind& max_pool_layer() {
  static constexpr MaxPool kKind;
  return kKind;
}

const IntegerKind& integer_max_pool() {
  static constexpr IntegerMaxPool kKind;
  return kKind;
}

}  // namespace escalate
