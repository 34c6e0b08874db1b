#include "apps/same_layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "common/math.h"
#include "workloads/layer_selection.h"
#include "workloads/layer_shape.h"

namespace escalate {
namespace {

using Layer = NetworkShape::Layer;

std::string text_of(const Layer& layer) {
  return shape_text(layer.in, layer.out, layer.window, layer.groups);
}

/// Whether each input channel has filters of its own; otherwise each filter reads all.
bool is_depthwise(const Layer& layer) { return layer.groups > 1 && layer.groups == layer.in.c; }

/// Both layers without the numbers of channels that shrinking changes.
bool same_but_for_channels(const Layer& a, const Layer& b) {
  const bool same_groups = a.groups == b.groups || (is_depthwise(a) && is_depthwise(b));
  const bool same_input = !a.reads_network_input || a.in.c == b.in.c;
  const bool same_output = !a.writes_network_output || a.out.c == b.out.c;
  return a.in.h == b.in.h && a.in.w == b.in.w && a.out.h == b.out.h && a.out.w == b.out.w &&
         a.window == b.window && same_groups && same_input && same_output;
}

/// Whether `a` is `b` with its stride folded into the channels (fold_input_strides()).
bool is_folded(const Layer& a, const Layer& b) {
  const int stride = b.window.stride_h;
  const Window window{.r = ceil_div(b.window.r, stride), .s = ceil_div(b.window.s, stride)};
  return stride > 1 && b.window.stride_w == stride && !b.window.is_dilated() &&
         a.window == window && a.groups == 1 && b.groups == 1 &&
         a.in.c == b.in.c * stride * stride && a.out.h == b.out.h && a.out.w == b.out.w;
}

bool is_same_made_smaller(const Layer& a, const Layer& b) {
  return same_but_for_channels(a, b) || is_folded(a, b) || is_folded(b, a);
}

bool is_same(const Layer& a, const Layer& b, OtherChannels other_channels) {
  return text_of(a) == text_of(b) ||
         (other_channels == OtherChannels::kAllowed && is_same_made_smaller(a, b));
}

/// What to do about a layer that --shrunk allows.
std::string advice(const Layer& a, const Layer& b) {
  return is_same_made_smaller(a, b)
             ? "; --shrunk takes networks that have lost channels or folded a stride"
             : "";
}

void check_layers_of(const NetworkShape& a, const NetworkShape& b, OtherChannels other_channels) {
  for (const Layer& layer : a.layers) {
    const auto other = std::find_if(b.layers.begin(), b.layers.end(),
                                    [&](const Layer& one) { return one.name == layer.name; });
    if (other == b.layers.end()) {
      throw UserError({b.file, 0, layer.name},
                      fmt::format("is missing, but {} has that layer", a.file));
    }
    if (is_same(layer, *other, other_channels)) continue;
    throw UserError({b.file, 0, layer.name},
                    fmt::format("is {}, but {} in {}: not the same work{}", text_of(*other),
                                text_of(layer), a.file, advice(layer, *other)));
  }
}

}  // namespace

NetworkShape shape_of_network(const std::string& file, const std::vector<LayerWorkload>& layers) {
  NetworkShape shape{file, {}};
  for (const LayerWorkload& layer : layers) {
    shape.layers.push_back({layer.name, layer.in, layer.out, layer.window, layer.groups,
                            layer.reads_network_input, layer.writes_network_output});
  }
  return shape;
}

NetworkShape shape_of_network(const std::string& file, const IntegerNetwork& network,
                              const std::vector<std::string>& patterns) {
  NetworkShape shape{file, {}};
  std::vector<std::string> names;
  for (const IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    const IntegerNode& source = network.nodes.at(std::size_t(node.inputs.at(0)));
    shape.layers.push_back({node.name, source.out, node.out, node.window, node.groups});
    names.push_back(node.name);
  }
  const std::vector<bool> kept = select_names(names, patterns, "--layers");
  std::size_t next = 0;
  std::erase_if(shape.layers, [&](const Layer&) { return !kept[next++]; });
  return shape;
}

void check_same_layers(const NetworkShape& a, const NetworkShape& b, OtherChannels other_channels) {
  check_layers_of(a, b, other_channels);
  check_layers_of(b, a, other_channels);
}

}  // namespace escalate
