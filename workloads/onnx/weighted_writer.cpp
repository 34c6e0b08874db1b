#include "workloads/onnx/weighted_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "workloads/layers/layer_kind.h"

namespace escalate {
namespace {

using nlohmann::json;
using Dimensions = std::vector<std::int64_t>;

std::string repeated_basis(OnnxLayerWriter& writer, const Node& node) {
  const Decomposition& parts = *node.decomposition;
  std::vector<float> values;
  values.reserve(parts.basis.size() * std::size_t(node.out_channels));
  for (int k = 0; k < node.out_channels; ++k) {
    for (const std::int8_t step : parts.basis) values.push_back(float(step) * parts.basis_scale);
  }
  return writer.builder().constant(node, "basis_kernels",
                                   {node.out_channels, parts.terms, node.window.r, node.window.s},
                                   values);
}

// s_k and the bias of a decomposed layer as a batch norm.
void write_channel_scale(OnnxLayerWriter& writer, const Node& node, const std::string& name,
                         const std::string& input, const std::string& output) {
  const Dimensions shape = {node.out_channels};
  const std::vector<float> zeros(std::size_t(node.out_channels), 0.0f);
  const std::vector<float> ones(std::size_t(node.out_channels), 1.0f);
  writer
      .add("BatchNormalization", name,
           {input,
            writer.builder().constant(node, "channel_scale", shape,
                                      node.decomposition->channel_scale),
            writer.builder().constant(node, "bias", shape, node.bias.empty() ? zeros : node.bias),
            writer.builder().constant(node, "mean", shape, zeros),
            writer.builder().constant(node, "variance", shape, ones)},
           output)
      .set("epsilon", 0.0f);
}

void write_decomposed(OnnxLayerWriter& writer, int index) {
  const Node& node = writer.node(index);
  const Decomposition& parts = *node.decomposition;
  const bool is_conv = node.op == OpKind::kConv;
  const std::int64_t outputs = node.out_channels, terms = parts.terms;
  ensure(terms > 0 && parts.channel_scale.size() == std::size_t(outputs),
         "a decomposition has terms and one scale an output channel");
  if (!(parts.basis_scale > 0) || !std::isfinite(parts.basis_scale)) {
    fail_layer(node, "its basis scale is not a positive number");
  }
  const std::string input = is_conv
                                ? writer.map_input(node)
                                : writer.reshaped(node, "reshape", writer.node(node.inputs[0]).name,
                                                  writer.graph().input_shape_of(index).size());
  const std::string combine = writer.builder().unused(node.name + ".combine");
  const std::vector<float> codes(parts.coefficients.begin(), parts.coefficients.end());
  const std::int64_t channels = std::int64_t(codes.size()) / (outputs * terms);
  writer
      .add("Conv", combine,
           {input, writer.builder().constant(node, "coefficients",
                                             {outputs * terms, channels, 1, 1}, codes)},
           combine)
      .set(Window{})
      .set("group", std::int64_t{is_conv ? node.groups : 1});

  const bool is_scaled =
      !node.bias.empty() || std::any_of(parts.channel_scale.begin(), parts.channel_scale.end(),
                                        [](float scale) { return scale != 1; });
  const std::string basis = writer.builder().unused(node.name + ".basis");
  const std::string scale = is_scaled ? writer.builder().unused(node.name + ".scale") : "";
  const std::string last = is_conv ? node.name : writer.builder().unused(node.name + ".map");
  writer.add("Conv", basis, {combine, repeated_basis(writer, node)}, is_scaled ? basis : last)
      .set(node.window)
      .set("group", outputs);
  if (is_scaled) write_channel_scale(writer, node, scale, basis, last);
  json entry = {{"name", node.name},
                {"combine", combine},
                {"basis", basis},
                {"M", terms},
                {"basis_scale", parts.basis_scale}};
  if (is_scaled) entry["scale"] = scale;
  if (!is_conv) {
    entry["fully_connected"] = true;
    writer.set_rank(index, 2);
    const std::string flatten = writer.builder().unused(node.name + ".flatten");
    writer.add("Flatten", flatten, {last}, node.name).set("axis", std::int64_t{1});
    writer.reshapes.push_back(flatten);
  }
  writer.layers.push_back(std::move(entry));
}

}  // namespace

void write_weighted_onnx(OnnxLayerWriter& writer, int index) {
  const Node& node = writer.node(index);
  if (node.decomposition) return write_decomposed(writer, index);
  if (node.weights.empty()) {
    fail_layer(node, "has no weights, only a shape and densities; expected a trained layer");
  }
  const std::int64_t outputs = node.out_channels;
  const std::int64_t depth =
      std::int64_t(node.weights.size()) / (outputs * node.window.r * node.window.s);
  const bool is_conv = node.op == OpKind::kConv;
  OnnxLayerWriter::Strings inputs = {is_conv ? writer.map_input(node) : writer.vector_input(node)};
  const Dimensions shape = is_conv ? Dimensions{outputs, depth, node.window.r, node.window.s}
                                   : Dimensions{outputs, depth};
  inputs.push_back(writer.builder().constant(node, "weight", shape, node.weights));
  if (!node.bias.empty())
    inputs.push_back(writer.builder().constant(node, "bias", {outputs}, node.bias));
  if (is_conv) {
    writer.add("Conv", node, inputs).set(node.window).set("group", std::int64_t{node.groups});
  } else {
    writer.set_rank(index, 2);
    writer.add("Gemm", node, inputs).set("transB", std::int64_t{1});
  }
  if (node.form == LayerForm::kUnset) return;
  json entry = {{"name", node.name},
                {"form", node.form == LayerForm::kDirect ? "direct" : "decomposed"}};
  if (!node.weight_scale.empty()) entry["weight_scale"] = node.weight_scale;
  writer.layers.push_back(std::move(entry));
}

}  // namespace escalate
