#include "workloads/onnx/quantization.h"

#include <fmt/format.h>

#include <cmath>

#include "workloads/onnx/lowering.h"

namespace escalate {
namespace {

constexpr std::int64_t kMostLevels = 256;  ///< of a clip to whole steps; finer ones are clips

// One number of a constant that has the same for all elements.
template <class T>
T only(const OnnxNode& node, const std::vector<T>& values, const char* what) {
  for (const T value : values) {
    if (value != values[0]) {
      node.fail(fmt::format("has {} {}s; expected one for all of a value that is no constant",
                            values.size(), what));
    }
  }
  if (values.empty()) node.fail(fmt::format("lacks its {}", what));
  return values[0];
}

// What inputs 1 and 2 say.
OnnxQuantization quantization_of(const OnnxNetwork& network, const OnnxNode& node) {
  OnnxQuantization made;
  made.scale = only(node, network.floats(node, 1, "scale"), "scale");
  if (!(made.scale > 0))
    node.fail(fmt::format("has the scale {}; expected it above 0", made.scale));
  if (node.has_input(2)) {
    const OnnxTensor& zero = network.constant(node, 2, "zero point");
    if (zero.is_floating()) node.fail("its zero point is no whole number");
    made.zero_point = only(node, zero.integers, "zero point");
  }
  return made;
}

IntegerRange range_of(const OnnxNetwork& network, const OnnxNode& node) {
  const auto asked = int(node.integer("output_dtype", 0));
  int type = asked != 0 ? asked : int(onnx::TensorProto::UINT8);
  if (node.has_input(2)) type = network.constant(node, 2, "zero point").type;
  const auto range = integer_range(type);
  if (!range) node.fail(fmt::format("makes numbers of ONNX type {}; expected 8 or 16 bits", type));
  return *range;
}

void add_clip(OnnxNetwork& network, const OnnxNode& node, const OnnxView& view, Node clip) {
  clip.inputs = {view.node};
  OnnxView result = view;
  result.node = network.add(node, std::move(clip));
  result.name = node.name();
  network.define(node.output(), std::move(result));
}

// What is quantised is the nearest whole step within a range; whole numbers that follow stand for
// these real ones.
void quantize(OnnxNetwork& network, const OnnxNode& node) {
  node.ignore("axis");      // of several scales
  node.ignore("saturate");  // of 8-bit floats
  if (node.integer("block_size", 0) != 0) node.fail("has scales by blocks");
  if (node.integer("precision", 0) != 0) node.fail("divides in a precision of its own");
  const OnnxQuantization made = quantization_of(network, node);
  const IntegerRange range = range_of(network, node);
  const OnnxView view = network.without_fill(node, network.view(node, 0));
  if (network.graph().nodes[std::size_t(view.node)].op == OpKind::kSoftmax) {
    node.fail("quantises a softmax, which ends a network");
  }
  Node clip = OnnxNetwork::layer(OpKind::kClip, {});
  clip.clip_min = float(range.low - made.zero_point) * made.scale;
  clip.clip_max = float(range.high - made.zero_point) * made.scale;
  if (!std::isfinite(clip.clip_min) || !std::isfinite(clip.clip_max)) {
    node.fail(fmt::format("has the scale {}, whose steps no float holds", made.scale));
  }
  if (range.high - range.low < kMostLevels) clip.clip_step = made.scale;
  add_clip(network, node, view, std::move(clip));
  network.quantized[node.output()] = made;
}

void dequantize(OnnxNetwork& network, const OnnxNode& node) {
  node.ignore("axis");
  node.ignore("output_dtype");
  if (node.integer("block_size", 0) != 0) node.fail("has scales by blocks");
  const auto found = network.quantized.find(node.input(0));
  const OnnxView view = network.view(node, 0);
  if (found == network.quantized.end()) node.fail("reads what no QuantizeLinear made");
  const OnnxQuantization read = quantization_of(network, node);
  if (read != found->second) {
    node.fail(fmt::format("reads scale {} and zero point {} of what was made with {} and {}",
                          read.scale, read.zero_point, found->second.scale,
                          found->second.zero_point));
  }
  network.define(node.output(), view);
}

}  // namespace

void clip_steps(OnnxNetwork& network, const OnnxNode& node) {
  const OnnxQuantization steps = network.quantized.at(node.input(0));
  const OnnxView view = network.view(node, 0);
  Node made = OnnxNetwork::layer(OpKind::kClip, {});
  const auto bound = [&](int i, const char* what, float otherwise) {
    if (!node.has_input(i)) return otherwise;
    const OnnxTensor& given = network.constant(node, i, what);
    if (given.integers.size() != 1)
      node.fail(fmt::format("expected a whole number as its {}", what));
    return float(given.integers[0] - steps.zero_point) * steps.scale;
  };
  made.clip_min = bound(1, "min", made.clip_min);
  made.clip_max = bound(2, "max", made.clip_max);
  if (!(made.clip_min <= made.clip_max)) node.fail("its minimum is above its maximum");
  made.clip_step = std::isfinite(made.clip_min) && std::isfinite(made.clip_max) ? steps.scale : 0;
  add_clip(network, node, view, std::move(made));
}

OnnxLowerings quantization_lowerings() {
  return {{"QuantizeLinear", quantize}, {"DequantizeLinear", dequantize}};
}

}  // namespace escalate
