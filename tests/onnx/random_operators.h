// Random nodes of operators that become several layers, none, or one with others.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/onnx/random_parts.h"

namespace escalate {

class RandomOperators : public RandomParts {
 public:
  using RandomParts::RandomParts;

 protected:
  /// Adds one of them; false if the one drawn does not fit the value that is gone on from.
  bool other_operator() {
    switch (between(0, 11)) {
      case 0:
        return activation();
      case 1:
        return with_constant();
      case 2:
        return combination();
      case 3:
        return gate();
      case 4:
        return slice();
      case 5:
        return swapped_halves();
      case 6:
        return joined();
      case 7:
        return resize();
      case 8:
        return transposed_convolution();
      case 9:
        return dilated_convolution();
      case 10:
        return blocks();
      default:
        return chance(2) ? shuffle() : channels_last();
    }
  }

 private:
  int axis_of(int axis) { return opset_ >= 11 && chance(2) ? axis - int(here_.dims.size()) : axis; }
  bool done(bool not_negative = false) {
    settle(not_negative);
    return true;
  }
  // A value of the same dimensions whose range is bounded, so that products stay small.
  std::string bounded(const std::string& from) {
    return model_.add("Tanh", {from}, {fresh()}).output(0);
  }

  bool activation() {
    std::vector<std::string> known = {"Sigmoid", "Tanh", "Softplus", "Softsign",  "Abs",
                                      "Neg",     "Elu",  "Selu",     "LeakyRelu", "HardSigmoid"};
    if (opset_ >= 9) known.emplace_back("Erf");
    if (opset_ >= 14) known.emplace_back("HardSwish");
    if (opset_ >= 18) known.emplace_back("Mish");
    if (opset_ >= 20) known.emplace_back("Gelu");
    const std::string op = pick(known);
    auto& node = add(op, {here_.name});
    const bool has_alpha = op == "Elu" || op == "LeakyRelu" || op == "HardSigmoid";
    if (has_alpha && chance(2)) set_attribute(node, "alpha", float(between(1, 9)) / 10);
    if (op == "HardSigmoid" && chance(2)) set_attribute(node, "beta", float(between(0, 9)) / 10);
    if (op == "Mish" || op == "Gelu") {
      onnx::NodeProto plainer = node;
      plainer.set_op_type("Tanh");
      plainer_[here_.name] = plainer;
    }
    return done(op == "Sigmoid" || op == "Softplus" || op == "Abs" || op == "HardSigmoid");
  }

  // Arithmetic with one number, or one for each channel.
  bool with_constant() {
    std::vector<int> dims = {};
    if (chance(2))
      dims = is_map() ? std::vector<int>{channels(), 1, 1} : std::vector<int>{channels()};
    if (is_map() && chance(4)) {
      add("PRelu", {here_.name, constant({channels(), 1, 1})});
      return done();
    }
    std::vector<std::string> inputs = {here_.name, constant(dims)};
    const std::string op = pick(std::vector<std::string>{"Mul", "Sub", "Add", "Min", "Max"});
    if ((op == "Min" || op == "Max") && opset_ < 8) return false;  // without broadcast
    if (chance(2)) std::swap(inputs[0], inputs[1]);
    add(op, inputs);
    return done();
  }

  // Of two values of one shape.
  bool combination() {
    std::vector<Value> same = {here_};
    for (const Value& value : earlier_) {
      if (value.dims == here_.dims) same.push_back(value);
    }
    const std::string other = bounded(pick(same).name);
    add(pick(std::vector<std::string>{"Mul", "Sub", "Min", "Max"}), {bounded(here_.name), other});
    return done();
  }

  // Broadcast of channels, or of rows and columns.
  bool gate() {
    if (!is_map()) return false;
    const std::string from = bounded(here_.name);
    std::string factor;
    if (chance(2)) {
      factor = model_.add("GlobalAveragePool", {from}, {fresh()}).output(0);
    } else {
      factor = sliced(from, 1, between(0, channels() - 1), 1, 1);
    }
    std::vector<std::string> inputs = {from, factor};
    if (chance(2)) std::swap(inputs[0], inputs[1]);
    add(pick(std::vector<std::string>{"Mul", "Add", "Sub"}), inputs);
    return done();
  }

  // `count` places from `begin` on, `step` apart.
  std::string sliced(const std::string& from, int axis, int begin, int count, int step) {
    const int end = begin + (count - 1) * step + 1;
    if (opset_ < 10) {
      auto& node = model_.add("Slice", {from}, {fresh()});
      set_attribute(node, "starts", std::vector<int>{begin});
      set_attribute(node, "ends", std::vector<int>{end});
      set_attribute(node, "axes", std::vector<int>{axis});
      return node.output(0);
    }
    std::vector<std::string> inputs = {from, integers({begin}), integers({end}),
                                       integers({axis_of(axis)})};
    if (step != 1) inputs.push_back(integers({step}));
    return model_.add("Slice", inputs, {fresh()}).output(0);
  }
  // Goes on from a value that some node made.
  bool go_on(const std::string& name, bool not_negative) {
    earlier_.push_back(here_);
    here_ = {name, {}, false};
    return done(not_negative);
  }

  bool slice() {
    if (!is_map()) return false;
    const int axis = between(1, 3), extent = here_.dims[std::size_t(axis)];
    const int begin = between(0, extent - 1);
    const int step = opset_ >= 10 && chance(3) ? 2 : 1;
    const int count = between(1, (extent - begin - 1) / step + 1);
    return go_on(sliced(here_.name, axis, begin, count, step), here_.not_negative);
  }

  bool swapped_halves() {
    if (!is_map()) return false;
    const int axis = between(1, 3), extent = here_.dims[std::size_t(axis)];
    if (extent < 2) return false;
    const std::vector<int> parts = {between(1, extent - 1), 0};
    const std::vector<int> sizes = {parts[0], extent - parts[0]};
    std::vector<std::string> inputs = {here_.name};
    if (opset_ >= 13) inputs.push_back(integers(sizes));
    auto& split = model_.add("Split", inputs, {fresh(), fresh()});
    set_attribute(split, "axis", axis_of(axis));
    if (opset_ < 13) set_attribute(split, "split", sizes);
    const std::vector<std::string> halves = {split.output(1), split.output(0)};
    const bool not_negative = here_.not_negative;
    set_attribute(add("Concat", halves), "axis", axis_of(axis));
    return done(not_negative);
  }

  // Along height or width.
  bool joined() {
    if (!is_map()) return false;
    const int axis = between(2, 3);
    std::vector<Value> fitting = {here_};
    for (const Value& value : earlier_) {
      if (value.dims.size() != 4) continue;
      std::vector<int> one = value.dims, other = here_.dims;
      one[std::size_t(axis)] = other[std::size_t(axis)] = 0;
      if (one == other) fitting.push_back(value);
    }
    const Value other = pick(fitting);
    const bool not_negative = here_.not_negative && other.not_negative;
    set_attribute(add("Concat", {here_.name, other.name}), "axis", axis_of(axis));
    return done(not_negative);
  }

  bool resize() {
    if (!is_map()) return false;
    const int h = between(1, 2), w = between(1, 2);
    const std::string mode = chance(2) ? "nearest" : "linear";
    const bool not_negative = here_.not_negative;
    const std::vector<float> scales = {1, 1, float(h), float(w)};
    if (opset_ < 10) {
      std::vector<std::string> inputs = {here_.name};
      if (opset_ == 9) inputs.push_back(constant({4}, scales));
      auto& node = add("Upsample", inputs);
      set_attribute(node, "mode", mode.c_str());
      if (opset_ < 9) {
        auto& attribute = *node.add_attribute();
        attribute.set_name("scales");
        attribute.set_type(onnx::AttributeProto::FLOATS);
        for (const float scale : scales) attribute.add_floats(scale);
      }
      return done(not_negative);
    }
    std::vector<std::string> inputs = {here_.name};
    if (opset_ >= 11) inputs.push_back(constant({0}));
    inputs.push_back(constant({4}, scales));
    auto& node = add("Resize", inputs);
    set_attribute(node, "mode", mode.c_str());
    if (opset_ >= 11) {
      set_attribute(node, "coordinate_transformation_mode",
                    pick(std::vector<std::string>{"asymmetric", "half_pixel", "align_corners",
                                                  "pytorch_half_pixel"})
                        .c_str());
      if (mode == "nearest" && chance(2)) set_attribute(node, "nearest_mode", "floor");
    }
    return done(not_negative);
  }

  bool transposed_convolution() {
    if (!is_map()) return false;
    const int in = channels(), group = chance(2) || in % 2 != 0 ? 1 : 2, out = between(1, 2);
    const int h = here_.dims[2], w = here_.dims[3];
    const std::vector<int> size = {between(1, 3), between(1, 3)};
    const std::vector<int> strides = {between(1, 2), between(1, 2)};
    std::vector<std::string> inputs = {here_.name, constant({in, out, size[0], size[1]})};
    if (chance(2)) inputs.push_back(constant({out * group}));
    auto& node = add("ConvTranspose", inputs);
    set_attribute(node, "strides", strides);
    if (group > 1) set_attribute(node, "group", group);
    if (size[0] > 1 && size[1] > 1 && h > 1 && w > 1 && chance(2)) {
      set_attribute(node, "pads", std::vector<int>{1, 0, 0, 1});
    }
    if (chance(3)) {
      set_attribute(node, "output_padding", std::vector<int>{strides[0] - 1, strides[1] - 1});
    }
    macs_ += std::int64_t{h} * w * in * out * size[0] * size[1];
    return done();
  }

  bool dilated_convolution() {
    if (!is_map()) return false;
    const int in = channels(), out = between(1, 3), dilation = between(2, 3);
    auto& node = add("Conv", {here_.name, constant({out, in, 3, 3})});
    set_attribute(node, "dilations", std::vector<int>{dilation, dilation});
    set_attribute(node, "pads", std::vector<int>(4, dilation));
    if (chance(3)) set_attribute(node, "strides", std::vector<int>{2, 2});
    settle();
    macs_ += std::int64_t{out} * here_.dims[2] * here_.dims[3] * in * 9;
    return true;
  }

  // Depth to space and back.
  bool blocks() {
    if (!is_map()) return false;
    const bool not_negative = here_.not_negative;
    if (channels() % 4 == 0) {
      auto& node = add("DepthToSpace", {here_.name});
      set_attribute(node, "blocksize", 2);
      if (opset_ >= 11 && chance(2)) set_attribute(node, "mode", chance(2) ? "CRD" : "DCR");
      return done(not_negative);
    }
    if (here_.dims[2] % 2 != 0 || here_.dims[3] % 2 != 0) return false;
    set_attribute(add("SpaceToDepth", {here_.name}), "blocksize", 2);
    return done(not_negative);
  }

  bool shuffle() {
    if (!is_map() || images_ != 1 || channels() % 2 != 0 || channels() < 4) return false;
    const std::vector<int> d = here_.dims;
    const bool not_negative = here_.not_negative;
    const std::string split =
        model_.add("Reshape", {here_.name, integers({1, 2, d[1] / 2, d[2], d[3]})}, {fresh()})
            .output(0);
    auto& turn = model_.add("Transpose", {split}, {fresh()});
    set_attribute(turn, "perm", std::vector<int>{0, 2, 1, 3, 4});
    const std::string turned = turn.output(0);
    add("Reshape", {turned, integers({1, -1, d[2], d[3]})});
    return done(not_negative);
  }

  // Something that is done with channels last.
  bool channels_last() {
    if (!is_map()) return false;
    auto& there = model_.add("Transpose", {here_.name}, {fresh()});
    set_attribute(there, "perm", std::vector<int>{0, 2, 3, 1});
    const std::string last = there.output(0);
    const std::string sum = model_.add("Add", {last, constant({channels()})}, {fresh()}).output(0);
    const std::string bent = model_.add("Relu", {sum}, {fresh()}).output(0);
    set_attribute(add("Transpose", {bent}), "perm", std::vector<int>{0, 3, 1, 2});
    return done(true);
  }
};

}  // namespace escalate
