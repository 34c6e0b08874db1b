#include "workloads/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/error.h"
#include "common/json.h"

namespace escalate {
namespace {

/// A text in quotes.
std::string quoted(const std::string& text) { return Json(text).dump(); }

std::string pair_of(int h, int w) {
  return h == w ? fmt::format("{}", h) : fmt::format("[{}, {}]", h, w);
}

template <class Value>
double nonzero_share(const std::vector<Value>& values) {
  if (values.empty()) return 1;
  return 1 - double(std::count(values.begin(), values.end(), Value{0})) / double(values.size());
}

bool is_relu6(const Node& node) {
  return node.op == OpKind::kClip && node.clip_min == 0 && node.clip_max == 6 &&
         !node.is_quantizer();
}

/// Places along an axis, those in a row as begin:end or begin:end:step.
std::string places_text(const std::vector<int>& places) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < places.size();) {
    std::size_t end = i + 1;
    const bool is_zero = places[i] == Selection::kZero;
    const int step = end < places.size() ? places[end] - places[i] : 0;
    const auto goes_on = [&](std::size_t at) {
      return is_zero ? places[at] == Selection::kZero
                     : step > 0 && places[at] != Selection::kZero &&
                           places[at] - places[at - 1] == step;
    };
    while (end < places.size() && goes_on(end)) ++end;
    if (!is_zero && end - i < 3) end = i + 1;
    if (is_zero) {
      items.push_back(end == i + 1 ? "zero" : fmt::format("zero*{}", end - i));
    } else if (end == i + 1) {
      items.push_back(fmt::format("{}", places[i]));
    } else if (step == 1) {
      items.push_back(fmt::format("\"{}:{}\"", places[i], places[end - 1] + 1));
    } else {
      items.push_back(fmt::format("\"{}:{}:{}\"", places[i], places[end - 1] + 1, step));
    }
    i = end;
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

/// A clip as a function.
std::string clip_text(const Node& node) {
  std::string steps = "x";
  if (node.is_quantizer()) steps += fmt::format(" {0} div round {0} mul", node.clip_step);
  if (std::isfinite(node.clip_min)) steps += fmt::format(" {} max", node.clip_min);
  if (std::isfinite(node.clip_max)) steps += fmt::format(" {} min", node.clip_max);
  return steps;
}

/// One layer: its keys in order.
class Line {
 public:
  Line(const std::string& kind, const std::string& name) { add(kind, quoted(name)); }
  Line& add(const std::string& key, const std::string& value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
    return *this;
  }
  Line& add(const std::string& key, int value) { return add(key, fmt::format("{}", value)); }
  std::string text() const { return "  - {" + text_ + "}\n"; }

 private:
  std::string text_;
};

class WorkloadWriter {
 public:
  explicit WorkloadWriter(const Graph& graph) : graph_(graph) {
    for (const Node& node : graph.nodes) names_.push_back(node.name);
    names_[0] = "input";
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      while (names_[i] == "input" ||
             (names_[i] != graph.nodes[i].name && graph.find(names_[i]) >= 0)) {
        names_[i] += '_';
      }
    }
  }

  std::string text() {
    const Shape& in = graph_.nodes.at(0).out;
    std::string text =
        fmt::format("name: {}\n", quoted(graph_.name.empty() ? "network" : graph_.name));
    if (!graph_.definition.empty())
      text += fmt::format("definition: {}\n", quoted(graph_.definition));
    text += fmt::format("input: [{}, {}, {}]\n", in.c, in.h, in.w) + transform();
    text +=
        "defaults: {coefficient_density: 1, weight_density: 1, activation_density: 1}\n"
        "layers:\n";
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (node.op == OpKind::kSoftmax) {
        names_[i] = names_[std::size_t(node.inputs.at(0))];
        continue;
      }
      text += line(int(i));
    }
    return text;
  }

 private:
  std::string line(int i) const {
    const Node& node = graph_.nodes[std::size_t(i)];
    if (node.op == OpKind::kBatchNorm) {
      throw UserError(SourcePlace{"", 0, node.name}, "a workload has no batch norms");
    }
    Line line(layer_kind(node), names_[std::size_t(i)]);
    line.add("from", inputs(node));
    add_keys(line, node);
    const bool is_last = i + 1 == int(graph_.nodes.size());
    if (!is_last && node.is_output) line.add("output", "true");
    return line.text();
  }

  std::string transform() const {
    const InputTransform& known = graph_.transform;
    const auto channels = std::size_t(graph_.nodes[0].out.c);
    const bool is_usual = std::all_of(known.std.begin(), known.std.end(),
                                      [](float deviation) { return deviation > 0; });
    if (known.mean.size() != channels || known.std.size() != channels || !is_usual) return "";
    return fmt::format("transform: {{mean: [{}], std: [{}], channels: {}}}\n",
                       fmt::join(known.mean, ", "), fmt::join(known.std, ", "),
                       known.bgr ? "bgr" : "rgb");
  }

  std::string inputs(const Node& node) const {
    std::vector<std::string> names;
    for (const int input : node.inputs) names.push_back(quoted(names_[std::size_t(input)]));
    return names.size() == 1 ? names[0] : fmt::format("[{}]", fmt::join(names, ", "));
  }

  void add_keys(Line& line, const Node& node) const {
    if (node.is_weighted()) add_weighted(line, node);
    if (node.op == OpKind::kMaxPool || node.op == OpKind::kAvgPool) add_pool(line, node);
    if (node.op == OpKind::kSelect) add_selection(line, node.selection);
    if (node.op == OpKind::kPointwise) line.add("is", quoted(node.function.text()));
    if (node.op == OpKind::kClip && !is_relu6(node)) line.add("is", quoted(clip_text(node)));
    if (node.op == OpKind::kChannelPad) {
      line.add("before", node.pad_before).add("after", node.pad_after);
    }
    if (node.op == OpKind::kAdd && (node.add_factor[0] != 1 || node.add_factor[1] != 1)) {
      line.add("factors", fmt::format("[{}, {}]", node.add_factor[0], node.add_factor[1]));
    }
  }

  static void add_window(Line& line, const Window& window) {
    line.add("kernel", pair_of(window.r, window.s));
    line.add("stride", pair_of(window.stride_h, window.stride_w));
    line.add("pad", fmt::format("[{}, {}, {}, {}]", window.pad_top, window.pad_left,
                                window.pad_bottom, window.pad_right));
  }

  static void add_pool(Line& line, const Node& node) {
    add_window(line, node.window);
    if (node.window.ceil_mode) line.add("ceil", "true");
    if (node.count_include_pad) line.add("count_include_pad", "true");
  }

  void add_weighted(Line& line, const Node& node) const {
    line.add("K", node.out_channels);
    if (node.op == OpKind::kConv) {
      add_window(line, node.window);
      if (node.window.is_dilated()) {
        line.add("dilation", pair_of(node.window.dilation_h, node.window.dilation_w));
      }
      if (node.groups != 1) line.add("groups", node.groups);
      if (node.transposed_positions > 0) {
        line.add("transposed_positions", fmt::format("{}", node.transposed_positions));
      }
    }
    add_values(line, node);
  }

  /// Form, terms and densities, where they are not as `defaults` has them.
  static void add_values(Line& line, const Node& node) {
    if (node.form != LayerForm::kUnset) {
      line.add("form", node.form == LayerForm::kDirect ? "direct" : "decomposed");
    }
    const int terms = node.decomposition ? node.decomposition->terms : node.terms;
    if (terms > 0) line.add("terms", terms);
    double weight = nonzero_share(node.weights), coefficient = 1, activation = 1;
    if (node.decomposition) coefficient = nonzero_share(node.decomposition->coefficients);
    if (node.drawn) {
      weight = node.drawn->weight;
      coefficient = node.drawn->coefficient;
      activation = node.drawn->activation;
      if (node.drawn->weight_pattern) {
        line.add("weight_pattern", fmt::format("\"{}:{}\"", node.drawn->weight_pattern->kept,
                                               node.drawn->weight_pattern->group));
      }
    }
    if (weight != 1) line.add("weight_density", fmt::format("{}", weight));
    if (coefficient != 1) line.add("coefficient_density", fmt::format("{}", coefficient));
    if (activation != 1) line.add("activation_density", fmt::format("{}", activation));
  }

  static void add_selection(Line& line, const Selection& selection) {
    static constexpr const char* kAxes[] = {"channels", "rows", "columns"};
    if (selection.axis != 0) line.add("axis", kAxes[selection.axis]);
    if (!selection.channels.empty()) line.add("channels", places_text(selection.channels));
    if (!selection.rows.empty()) line.add("rows", places_text(selection.rows));
    if (!selection.columns.empty()) line.add("columns", places_text(selection.columns));
  }

  const Graph& graph_;
  std::vector<std::string> names_;  ///< by node, as the workload has them
};

}  // namespace

const char* layer_kind(const Node& node) {
  switch (node.op) {
    case OpKind::kInput:
      return "input";
    case OpKind::kConv:
      return "conv";
    case OpKind::kFullyConnected:
      return "fc";
    case OpKind::kMaxPool:
      return "maxpool";
    case OpKind::kAvgPool:
      return "avgpool";
    case OpKind::kGlobalAvgPool:
      return "global_avgpool";
    case OpKind::kAdd:
      return "add";
    case OpKind::kMultiply:
      return "multiply";
    case OpKind::kMinimum:
      return "minimum";
    case OpKind::kMaximum:
      return "maximum";
    case OpKind::kPointwise:
      return "function";
    case OpKind::kConcat:
      return "concat";
    case OpKind::kSelect:
      return "select";
    case OpKind::kChannelPad:
      return "channel_pad";
    case OpKind::kRelu:
      return "relu";
    case OpKind::kClip:
      return is_relu6(node) ? "relu6" : "function";
    case OpKind::kBatchNorm:
      return "batch_norm";
    case OpKind::kFlatten:
      return "flatten";
    case OpKind::kSoftmax:
      return "softmax";
  }
  throw InternalError("a layer of no kind");
}

std::string yaml_workload(const Graph& graph) { return WorkloadWriter(graph).text(); }

}  // namespace escalate
