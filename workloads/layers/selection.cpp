// Channels, rows and columns chosen from tensors that are joined.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "workloads/layers/integer_check.h"
#include "workloads/layers/kinds.h"
#include "workloads/layers/rescaled.h"
#include "workloads/onnx/layer_writer.h"
#include "workloads/yaml_layers.h"
#include "workloads/yaml_line.h"

namespace escalate {
namespace {

constexpr std::array<const char*, 3> kAxes = {"channels", "rows", "columns"};

/// Places along an axis: numbers, begin:end, begin:end:step, and `zero` or zero*N for zeros.
std::vector<int> places_of(const YamlMap& map, const std::string& key) {
  std::vector<int> places;
  const auto number = [&](const std::string& item, const std::string& text) {
    if (text.empty() || text.size() > 7 || text.find_first_not_of("0123456789") != text.npos) {
      map.fail(key, fmt::format("'{}': expected a place, begin:end, begin:end:step or zero", item));
    }
    return std::stoi(text);
  };
  const auto add = [&](int place) {
    if (places.size() >= kMostExtent) map.fail(key, "names too many places");
    places.push_back(place);
  };
  for (const std::string& item : map.texts(key)) {
    const std::size_t colon = item.find(':');
    if (item == "zero") {
      add(Selection::kZero);
    } else if (item.starts_with("zero*")) {
      const int times = number(item, item.substr(5));
      for (int i = 0; i < times; ++i) add(Selection::kZero);
    } else if (colon == item.npos) {
      add(number(item, item));
    } else {
      const std::size_t second = item.find(':', colon + 1);
      const int begin = number(item, item.substr(0, colon));
      const int end = number(item, item.substr(colon + 1, second - colon - 1));
      const int step = second == item.npos ? 1 : number(item, item.substr(second + 1));
      if (step < 1 || begin >= end) map.fail(key, fmt::format("'{}': names no place", item));
      for (int place = begin; place < end; place += step) add(place);
    }
  }
  if (places.empty()) map.fail(key, "names no place");
  return places;
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

/// A map enlarged to that size, whose places finish_resizes() knows once the map is known.
void read_resize(const YamlMap& map, Selection& selection) {
  const std::vector<int> size = map.integers("size", 1, kMostExtent, 2);
  selection.rows.assign(static_cast<std::size_t>(size.front()), Selection::kZero);
  selection.columns.assign(static_cast<std::size_t>(size.back()), Selection::kZero);
}

void read_selection(const YamlMap& map, Selection& selection) {
  if (map.has("axis")) {
    const auto axis = std::find(kAxes.begin(), kAxes.end(), map.text("axis"));
    if (axis == kAxes.end()) map.fail("axis", "expected channels, rows or columns");
    selection.axis = static_cast<int>(axis - kAxes.begin());
  }
  if (map.has("channels")) selection.channels = places_of(map, "channels");
  if (map.has("rows")) selection.rows = places_of(map, "rows");
  if (map.has("columns")) selection.columns = places_of(map, "columns");
}

class Select : public LayerKind {
 public:
  const char* name(const Node&) const override { return "select"; }
  InputCount inputs() const override { return {1, true}; }

  Shape shape(const Node& node, const std::vector<Shape>& inputs) const override {
    try {
      return node.selection.selected(inputs);
    } catch (const UserError& fault) {
      fail_layer(node, fault.message());
    }
  }

  Tensor run(const Node& node, const std::vector<const Tensor*>& inputs) const override {
    std::vector<Shape> shapes;
    for (const Tensor* input : inputs) shapes.push_back(input->shape);
    Tensor out{node.out, {}};
    out.values.reserve(std::size_t(node.out.size()));
    for_each_selected(node.selection, shapes, [&](int input, std::size_t place) {
      out.values.push_back(input == Selection::kZero ? 0.0f
                                                     : inputs[std::size_t(input)]->values[place]);
    });
    return out;
  }

  bool can_be_negative(const Node&, bool reads_negative) const override { return reads_negative; }
  bool passes_values_on(const Node& node) const override { return node.inputs.size() == 1; }
  bool is_identity(const Node& node, const Node&, bool) const override {
    const Selection& selection = node.selection;
    return node.inputs.size() == 1 && selection.channels.empty() && selection.rows.empty() &&
           selection.columns.empty();
  }
  ChannelFlow channel_flow(const Node&, const std::vector<Shape>&) const override {
    return ChannelFlow::kFixed;
  }

  std::vector<std::string> yaml_words() const override { return {"select", "resize"}; }
  int most_inputs(const std::string& word) const override {
    return word == "resize" ? 1 : kMostExtent;
  }
  void read_yaml(const YamlMap& map, const std::string& word, Node& node) const override {
    node.op = OpKind::kSelect;
    if (word == "resize") {
      check_layer_keys(map, word, {"size"});
      return read_resize(map, node.selection);
    }
    check_layer_keys(map, word, {"axis", "channels", "rows", "columns"});
    read_selection(map, node.selection);
  }
  void write_yaml(YamlLine& line, const Node& node) const override {
    const Selection& selection = node.selection;
    if (selection.axis != 0) line.add("axis", kAxes[std::size_t(selection.axis)]);
    if (!selection.channels.empty()) line.add("channels", places_text(selection.channels));
    if (!selection.rows.empty()) line.add("rows", places_text(selection.rows));
    if (!selection.columns.empty()) line.add("columns", places_text(selection.columns));
  }
  void write_onnx(OnnxLayerWriter& writer, int index) const override {
    const Node& node = writer.node(index);
    OnnxModelBuilder::Strings inputs;
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      inputs.push_back(writer.map_input(node, int(i)));
      shapes.push_back(writer.node(node.inputs[i]).out);
    }
    write_selection(writer.builder(), writer.own(), node, inputs, shapes);
  }

  void set_integers(const Node& node, const std::vector<Shape>&, const LayerScales& scales,
                    IntegerNode& made) const override {
    made.op = IntegerOp::kSelect;
    made.selection = node.selection;
    made.requant = rescaling_factors(scales);
  }
};

class IntegerSelection : public IntegerKind {
 public:
  InputCount inputs() const override { return {1, true}; }

  void check(const IntegerCheck& check) const override {
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < check.node().inputs.size(); ++i) shapes.push_back(check.in(i));
    try {
      check.expect_shape(check.node().selection.selected(shapes));
    } catch (const UserError& fault) {
      check.fail(fault.message());
    }
    check.check_factors(std::int64_t(shapes.size()));
  }

  Activations run(const IntegerNode& node,
                  const std::vector<const Activations*>& inputs) const override {
    std::vector<Shape> shapes;
    for (const Activations* input : inputs) shapes.push_back(input->shape);
    Activations out{node.out, {}};
    out.values.reserve(std::size_t(node.out.size()));
    for_each_selected(node.selection, shapes, [&](int input, std::size_t place) {
      if (input == Selection::kZero) return out.values.push_back(0);
      const auto i = std::size_t(input);
      out.values.push_back(requantize(inputs[i]->values[place], 0, node.requant.at(i),
                                      node.clamp_low, node.clamp_high));
    });
    return out;
  }

  bool is_filled(const IntegerNode& node, int c, int h, int w) const override {
    const auto is_zero = [](const std::vector<int>& list, int place) {
      return !list.empty() && list[std::size_t(place)] == Selection::kZero;
    };
    return is_zero(node.selection.channels, c) || is_zero(node.selection.rows, h) ||
           is_zero(node.selection.columns, w);
  }
  std::int64_t num_filled(const IntegerNode& node) const override {
    const Shape& out = node.out;
    const auto chosen = [](const std::vector<int>& list, int extent) {
      return extent - std::count(list.begin(), list.end(), Selection::kZero);
    };
    return out.size() - chosen(node.selection.channels, out.c) *
                            chosen(node.selection.rows, out.h) *
                            chosen(node.selection.columns, out.w);
  }
};

}  // namespace

const LayerKind& selection_layer() {
  static constexpr Select kKind;
  return kKind;
}

const IntegerKind& integer_selection() {
  static constexpr IntegerSelection kKind;
  return kKind;
}

}  // namespace escalate
