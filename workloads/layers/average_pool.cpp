// Means of windows, and of whole maps.
#include <Eigen/Core>
#include <algorithm>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/pool.h"
#include "workloads/layers/window.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

void set_average(const Window& window, bool count_include_pad, const Shape& in,
                 const LayerScales& scales, IntegerNode& made) {
  made.op = IntegerOp::kAvgPool;
  made.window = window;
  made.count_include_pad = count_include_pad;
  made.requant =
      average_factors(scales.inputs.at(0) / scales.output, window, count_include_pad, in);
}

class AveragePool : public Pooling {
 public:
  const char* name(const Node&) const override { return "avgpool"; }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    const Tensor& in = *inputs[0];
    const Window& window = node.window;
    // A window never counts what hangs over the padded map; padding inside it may count.
    const int height = in.shape.h + window.pad_top + window.pad_bottom;
    const int width = in.shape.w + window.pad_left + window.pad_right;
    return reduced_windows(node, in, [&](const MetValues& met, int top, int left) {
      const int count = node.count_include_pad
                            ? std::min(window.r, height - top) * std::min(window.s, width - left)
                            : met.rows.size() * met.columns.size();
      return met.folded(0.0f, [](float a, float b) { return a + b; }) / float(count);
    });
  }

  std::vector<std::string> yaml_words() const override { return {"avgpool"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    node.op = OpKind::kAvgPool;
    read_pool(map, word, {"count_include_pad"}, node);
    if (map.has("count_include_pad")) node.count_include_pad = map.boolean("count_include_pad");
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    Pooling::write_yaml(line, node);
    if (node.count_include_pad) line.add("count_include_pad", "true");
  }
  void write_onnx(OnnxLayerWriter& writer, int node) const override {
    write_pool(writer, "AveragePool", node)
        .set("count_include_pad", std::int64_t{writer.node(node).count_include_pad});
  }

  bool takes_any_scale() const override { return true; }
  void set_integers(const Node& node, const std::vector<Shape>& inputs, const LayerScales& scales,
                    IntegerNode& made) const override {
    set_average(node.window, node.count_include_pad, inputs[0], scales, made);
  }
};

class GlobalAveragePool : public LayerKind {
 public:
  const char* name(const Node&) const override { return "global_avgpool"; }
  Shape shape(const Node&, const std::vector<Shape>& inputs) const override {
    return {inputs[0].c, 1, 1};
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    const Tensor& in = *inputs[0];
    Tensor out{node.out, {}};
    const auto positions = std::ptrdiff_t(in.shape.h) * in.shape.w;
    for (int c = 0; c < in.shape.c; ++c) {
      const Eigen::Map<const Eigen::ArrayXf> map(&in.values[std::size_t(c * positions)], positions);
      out.values.push_back(map.mean());
    }
    return out;
  }

  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  ChannelFlow channel_flow(const Node& node, const std::vector<Shape>& inputs) const override {
    return same_channels(node, inputs);
  }

  std::vector<std::string> yaml_words() const override { return {"global_avgpool"}; }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    check_layer_keys(map, word, {});
    node.op = OpKind::kGlobalAvgPool;
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    writer.add("GlobalAveragePool", node, {writer.map_input(node)});
  }

  bool takes_any_scale() const override { return true; }
  void set_integers(const Node& node, const std::vector<Shape>& inputs, const LayerScales& scales,
                    IntegerNode& made) const override {
    set_average(whole_map(inputs[0]), node.count_include_pad, inputs[0], scales, made);
  }
};

std::int8_t average(const IntegerNode& node, const Activations& in, int c, int p, int q) {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  for_each_in_window(node, in, c, p, q, [&](std::int8_t value) {
    sum += value;
    ++count;
  });
  const std::int64_t full = std::int64_t{node.window.r} * node.window.s;
  if (!node.count_include_pad && count > 0 && count < full) {
    // The factor holds 1/full: bring the sum of `count` values to that of a full window.
    const std::int64_t scaled = 2 * sum * full + (sum >= 0 ? count : -count);
    sum = scaled / (2 * count);
  }
  const bool below = p == node.out.h - 1 && node.window.overhang_h(in.shape.h) > 0;
  const bool right = q == node.out.w - 1 && node.window.overhang_w(in.shape.w) > 0;
  return requantize(std::int32_t(sum), 0, average_factor(node, below, right), node.clamp_low,
                    node.clamp_high);
}

class IntegerAveragePool : public IntegerKind {
 public:
  bool has_window() const override { return true; }
  void check(const IntegerCheck& check) const override {
    constexpr int kLargestInput = 128;  // magnitude of an int8 activation
    const IntegerNode& node = check.node();
    check.check_window(true);
    check.require_in("window of", std::int64_t{node.window.r} * node.window.s, 1,
                     kMostAccumulator / kLargestInput);
    // One, or one for each kind of window that hangs over the padded input.
    check.check_factors(node.requant.size() == 4 ? 4 : 1);
  }
  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    return pooled(node, *inputs[0], average);
  }
};

}  // namespace

const LayerKind& average_pool_layer() {
  static constexpr AveragePool kKind;
  return kKind;
}

const LayerKind& global_average_pool_layer() {
  static constexpr GlobalAveragePool kKind;
  return kKind;
}

const IntegerKind& integer_average_pool() {
  static constexpr IntegerAveragePool kKind;
  return kKind;
}

}  // namespace escalate
