// Random valid ONNX models of every operator that is read, in all forms that the standard has for
// them in each opset.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/onnx/random_windows.h"

namespace escalate {

class RandomModel : public RandomWindows {
 public:
  /// `every_operator`: also those whose layers are called otherwise than the nodes of the model.
  explicit RandomModel(std::uint64_t seed, bool every_operator = false)
      : RandomWindows(seed, kFirstOpset, kLastOpset), every_operator_(every_operator) {
    images_ = int(model_.input_shape().dim(0).dim_value());
    here_ = {"in", {images_, 0, 0, 0}};
    for (int i = 1; i < 4; ++i) {
      here_.dims[std::size_t(i)] = int(model_.input_shape().dim(i).dim_value());
    }
    chance(3) ? relu() : conv();
    for (int steps = between(0, 8); steps > 0; --steps) step();
    if (is_vector() && chance(4)) {
      const int axis = pick({1, axis_end()});
      auto& softmax = add("Softmax", {here_.name});
      if (chance(2)) set_attribute(softmax, "axis", axis);
      settle();
    }
    if (chance(3)) add_what_leads_nowhere();
    model_.output(here_.name);
  }

 private:
  void step() {
    if (every_operator_ && chance(2) && other_operator()) return;
    switch (between(0, 18)) {
      case 0:
      case 1:
      case 2:
        return is_map() ? conv() : fully_connected();
      case 3:
      case 4:
        return is_map() ? pool() : fully_connected();
      case 5:
        return is_map() ? global_pool() : relu();
      case 6:
        return relu();
      case 7:
        return clip();
      case 8:
        return batch_norm();
      case 9:
      case 10:
        return sum();
      case 11:
        return concat();
      case 12:
        return pad_channels();
      case 13:
      case 14:
        return is_map() ? padded() : fully_connected();
      case 15:
        return to_vector();
      case 16:
        return identity();
      case 17:
        return reshape_to_the_same();
      default:
        return dropout();
    }
  }

  void relu() {
    add("Relu", {here_.name});
    settle(true);
  }

  void clip() {
    const float low = float(between(-3, 0)) / 3, high = float(between(0, 6)) / 3;
    const bool has_low = chance(2), has_high = chance(2);
    std::vector<std::string> inputs = {here_.name};
    if (opset_ >= 11) {
      if (has_low || has_high) inputs.push_back(has_low ? scalar(low) : "");
      if (has_high) inputs.push_back(scalar(high));
    }
    const bool was_not_negative = here_.not_negative;
    auto& node = add("Clip", inputs);
    if (opset_ < 11 && has_low) set_attribute(node, "min", low);
    if (opset_ < 11 && has_high) set_attribute(node, "max", high);
    settle(was_not_negative || (has_low && low >= 0));
  }

  void batch_norm() {
    const int c = channels();
    std::vector<float> variance;
    for (int i = 0; i < c; ++i) variance.push_back(float(random_.uniform()) + 0.01f);
    const std::string scale = constant({c}), bias = constant({c}), mean = constant({c});
    auto& node =
        add("BatchNormalization", {here_.name, scale, bias, mean, constant({c}, variance)});
    if (chance(2)) set_attribute(node, "epsilon", float(between(1, 9)) / 100);
    if (chance(3)) set_attribute(node, "momentum", 0.8f);
    if (opset_ < 9 && chance(2)) set_attribute(node, "spatial", 1);
    if (opset_ >= 14 && chance(2)) set_attribute(node, "training_mode", 0);
    settle();
  }

  void sum() {
    std::vector<Value> same = {here_};
    for (const Value& value : earlier_) {
      if (value.dims == here_.dims) same.push_back(value);
    }
    const Value other = pick(same);
    const bool not_negative = here_.not_negative && other.not_negative;
    add("Add", {here_.name, other.name});
    settle(not_negative);
  }

  void concat() {
    std::vector<Value> fitting = {here_};
    for (const Value& value : earlier_) {
      if (value.dims.size() == here_.dims.size() &&
          std::equal(value.dims.begin() + 2, value.dims.end(), here_.dims.begin() + 2)) {
        fitting.push_back(value);
      }
    }
    std::vector<std::string> inputs = {here_.name};
    bool not_negative = here_.not_negative;
    for (int more = between(0, 2); more > 0; --more) {
      const Value other = pick(fitting);
      inputs.push_back(other.name);
      not_negative = not_negative && other.not_negative;
    }
    const int axis = chance(2) ? 1 : axis_end();
    set_attribute(add("Concat", inputs), "axis", axis);
    settle(not_negative);
  }

  // A Pad of the value that is gone on from, by so much on each side of its axes.
  std::string pad(const std::string& from, const std::vector<int>& pads) {
    std::vector<std::string> inputs = {from};
    if (opset_ >= 11) {
      const auto rank = pads.size() / 2;
      std::vector<int> given = pads, axes;
      if (opset_ >= 18 && chance(2)) {
        given.clear();
        for (const bool behind : {false, true}) {
          for (std::size_t i = rank; i-- > 1;) given.push_back(pads[i + (behind ? rank : 0)]);
        }
        for (std::size_t i = rank; i-- > 1;) axes.push_back(int(i) - (chance(2) ? int(rank) : 0));
      }
      inputs.push_back(integers(given));
      if (chance(3) || !axes.empty()) inputs.push_back(chance(2) ? scalar(0) : "");
      if (!axes.empty()) inputs.push_back(integers(axes));
    }
    const std::string all = fresh();
    model_.integers(all, pads);
    auto& node = model_.add("Pad", inputs, {fresh()});
    if (opset_ >= 18) {
      onnx::NodeProto plainer = node;
      plainer.mutable_input()->Clear();
      for (const std::string& input : {from, all}) plainer.add_input(input);
      plainer_[node.output(0)] = plainer;
    }
    if (opset_ < 11) set_attribute(node, "pads", pads);
    if (opset_ < 11 && chance(3)) set_attribute(node, "value", 0.0f);
    if (chance(3)) set_attribute(node, "mode", "constant");
    return node.output(0);
  }

  void pad_channels() {
    const int before = between(0, 2), behind = between(before == 0 ? 1 : 0, 2);
    std::vector<int> pads(2 * here_.dims.size(), 0);
    pads[1] = before;
    pads[here_.dims.size() + 1] = behind;
    const std::string made = pad(here_.name, pads);
    earlier_.push_back(here_);
    here_.name = made;
    settle(here_.not_negative);
  }

  // A Pad of the map, or two, in front of a window that takes it over.
  void padded() {
    int h = here_.dims[2], w = here_.dims[3];
    const auto around = [&] {
      std::vector<int> pads = {0, 0, between(0, 1), between(0, 1),
                               0, 0, between(0, 1), between(0, 1)};
      if (std::count(pads.begin(), pads.end(), 0) == 8) pads[2] = 1;
      h += pads[2] + pads[6];
      w += pads[3] + pads[7];
      return pads;
    };
    std::string map = pad(here_.name, around());
    const bool twice = chance(4);
    if (twice) map = pad(map, around());
    const int kind = between(0, 3);
    if (kind < 2) return conv_of(map, h, w);
    const bool is_max = kind == 2 && here_.not_negative;
    const bool not_negative = here_.not_negative;
    const std::vector<int> size = {between(twice ? 3 : 2, 4), between(twice ? 3 : 2, 4)};
    if (size[0] > h || size[1] > w) return conv_of(map, h, w);
    auto& node = add(is_max ? "MaxPool" : "AveragePool", {map});
    set_attribute(node, "kernel_shape", size);
    std::vector<int> strides = {1, 1};
    if (chance(2)) {
      strides = {between(1, 3), between(1, 3)};
      set_attribute(node, "strides", strides);
    }
    if (chance(3)) set_attribute(node, "auto_pad", "VALID");
    settle(not_negative);
  }

  void to_vector() {
    if (!is_map()) return relu();
    const bool not_negative = here_.not_negative;
    const int size = here_.dims[1] * here_.dims[2] * here_.dims[3];
    const bool is_one = here_.dims[2] == 1 && here_.dims[3] == 1;
    const int way = between(0, is_one ? 4 : 3);
    if (way == 0) {
      auto& node = add("Flatten", {here_.name});
      if (chance(2)) set_attribute(node, "axis", opset_ >= 11 && chance(2) ? -3 : 1);
    } else if (way == 4) {
      std::vector<int> axes = {2, 3};
      if (opset_ >= 11 && chance(2)) axes = {-2, -1};
      std::vector<std::string> inputs = {here_.name};
      if (opset_ >= 13) inputs.push_back(integers(axes));
      auto& node = add("Squeeze", inputs);
      if (opset_ < 13) set_attribute(node, "axes", axes);
    } else if (way == 1) {
      const std::string shape = shape_from_own_sizes();
      const std::string same = integers({images_, size});
      onnx::NodeProto plainer = add("Reshape", {here_.name, shape});
      plainer.set_input(1, same);
      plainer_[here_.name] = plainer;
    } else {
      const std::vector<int> first = {0, images_, -1};
      std::vector<int> shape = {pick(first), chance(2) ? size : -1};
      if (shape[0] == -1) shape[1] = size;
      auto& node = add("Reshape", {here_.name, integers(shape)});
      if (opset_ >= 14 && shape[0] != 0 && chance(2)) set_attribute(node, "allowzero", 1);
    }
    settle(not_negative);
  }

  // As exporters write x.view(x.size(0), -1).
  std::string shape_from_own_sizes() {
    const std::string rest = integers({-1});
    std::string images;
    if (opset_ >= 15 && chance(2)) {
      auto& shape = model_.add("Shape", {here_.name}, {fresh()});
      set_attribute(shape, "end", chance(2) ? 1 : -3);
      if (chance(2)) set_attribute(shape, "start", chance(2) ? 0 : -4);
      images = shape.output(0);
    } else {
      const std::string shape = model_.add("Shape", {here_.name}, {fresh()}).output(0);
      const std::string index = fresh();
      model_.integer(index, opset_ >= 11 && chance(2) ? -4 : 0);
      auto& gather = model_.add("Gather", {shape, index}, {fresh()});
      if (chance(2)) set_attribute(gather, "axis", 0);
      const std::string image = gather.output(0);
      std::vector<std::string> inputs = {image};
      if (opset_ >= 13) inputs.push_back(integers({0}));
      auto& unsqueeze = model_.add("Unsqueeze", inputs, {fresh()});
      if (opset_ < 13) set_attribute(unsqueeze, "axes", std::vector<int>{0});
      images = unsqueeze.output(0);
    }
    auto& joined = model_.add("Concat", {images, rest}, {fresh()});
    set_attribute(joined, "axis", 0);
    return joined.output(0);
  }

  void reshape_to_the_same() {
    std::vector<int> shape = here_.dims;
    shape[0] = pick({0, images_, -1});
    if (opset_ < 14 && chance(3)) shape[1] = 0;
    const bool not_negative = here_.not_negative;
    add("Reshape", {here_.name, integers(shape)});
    settle(not_negative);
  }

  void identity() {
    const bool not_negative = here_.not_negative;
    add("Identity", {here_.name});
    settle(not_negative);
  }

  void dropout() {
    std::vector<std::string> inputs = {here_.name};
    if (opset_ >= 12 && chance(2)) inputs.push_back(scalar(0.3f));
    if (opset_ >= 12 && inputs.size() > 1 && chance(2)) {
      inputs.push_back(fresh());
      auto& training = *model_.graph().add_initializer();
      training.set_name(inputs.back());
      training.set_data_type(onnx::TensorProto::BOOL);
      training.add_int32_data(0);
    }
    const bool not_negative = here_.not_negative;
    auto& node = add("Dropout", inputs);
    if (opset_ < 12 && chance(2)) set_attribute(node, "ratio", 0.4f);
    if (opset_ >= 12 && chance(4)) set_attribute(node, "seed", 7);
    if (chance(3)) node.add_output(fresh());  // a mask that nobody reads
    settle(not_negative);
  }

  void fully_connected() {
    if (!is_vector()) return relu();
    const int in = channels(), out = between(1, 5);
    macs_ += std::int64_t{in} * out;
    if (chance(3)) {
      add("MatMul", {here_.name, constant({in, out})});
      settle();
      if (chance(2)) add_bias({out});
      return;
    }
    const bool transposed = chance(2);
    std::vector<std::string> inputs = {here_.name,
                                       transposed ? constant({out, in}) : constant({in, out})};
    const std::vector<std::vector<int>> biases = {{}, {1}, {out}, {1, 1}, {1, out}};
    if (opset_ < 11 || chance(2)) inputs.push_back(constant(pick(biases)));
    auto& node = add("Gemm", inputs);
    if (transposed || chance(3)) set_attribute(node, "transB", transposed ? 1 : 0);
    if (chance(3)) set_attribute(node, "transA", 0);
    if (chance(3)) set_attribute(node, "alpha", float(between(-4, 4)) / 3);
    if (chance(3)) set_attribute(node, "beta", float(between(-4, 4)) / 3);
    settle();
  }

  void add_what_leads_nowhere() {
    const Value end = here_;
    const auto macs = macs_;
    const auto shapes = shapes_;
    step();
    here_ = end;
    macs_ = macs;
    shapes_ = shapes;
    constant({2, 3});  // that nobody reads
  }

  bool every_operator_;
};

}  // namespace escalate
