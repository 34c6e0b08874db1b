// Convolutions and pools of random models, with paddings in all forms.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/onnx/random_operators.h"

namespace escalate {

class RandomWindows : public RandomOperators {
 public:
  using RandomOperators::RandomOperators;

 protected:
  // kernel_shape, strides, pads or auto_pad, dilations of a window over that map.
  void set_window(onnx::NodeProto& node, int h, int w, std::vector<int> kernel, bool may_pad,
                  bool wide_pads) {
    const bool is_conv = node.op_type() == "Conv";
    if (!is_conv || chance(2)) set_attribute(node, "kernel_shape", kernel);
    std::vector<int> strides = {1, 1};
    if (chance(2)) {
      strides = {between(1, 3), between(1, 3)};
      set_attribute(node, "strides", strides);
    }
    const int since = node.op_type() == "MaxPool" ? 10 : node.op_type() == "AveragePool" ? 19 : 1;
    onnx::NodeProto plainer = node;
    if (opset_ >= since && chance(3)) {
      set_attribute(node, "dilations",
                    std::vector<int>{kernel[0] == 1 && is_conv ? between(1, 2) : 1, 1});
    }
    const int from = node.attribute_size();
    const bool may_be_same = is_conv || (same_is_clear(h, kernel[0], strides[0]) &&
                                         same_is_clear(w, kernel[1], strides[1]));
    set_padding(node, h, w, kernel, may_pad, may_be_same, wide_pads);
    if (since <= kLibraryOpset) return;
    for (int i = from; i < node.attribute_size(); ++i) {
      *plainer.add_attribute() = node.attribute(i);
    }
    plainer_[node.output(0)] = plainer;
  }

  // Whether all runtimes agree where windows of SAME begin.
  static bool same_is_clear(int extent, int kernel, int stride) {
    return (extent - 1) / stride * stride + kernel >= extent - 1;
  }

  void set_padding(onnx::NodeProto& node, int h, int w, const std::vector<int>& kernel,
                   bool may_pad, bool may_be_same, bool wide_pads) {
    const bool fits = kernel[0] <= h && kernel[1] <= w;
    const int way = between(0, fits ? 4 : 2);
    if (may_pad && may_be_same && way == 0) {
      set_attribute(node, "auto_pad", "SAME_UPPER");
    } else if (may_pad && may_be_same && way == 1) {
      set_attribute(node, "auto_pad", "SAME_LOWER");
    } else if ((may_pad && way == 2) || !fits) {
      const auto most = [&](int extent) { return wide_pads ? extent : extent - 1; };
      std::vector<int> pads = {between(0, most(kernel[0])), between(0, most(kernel[1])),
                               between(0, most(kernel[0])), between(0, most(kernel[1]))};
      if (pads[0] + pads[2] + h < kernel[0]) pads[0] = pads[2] = kernel[0] - 1;
      if (pads[1] + pads[3] + w < kernel[1]) pads[1] = pads[3] = kernel[1] - 1;
      set_attribute(node, "pads", pads);
      if (chance(4)) set_attribute(node, "auto_pad", "NOTSET");
    } else if (chance(2)) {
      set_attribute(node, "auto_pad", "VALID");
    }
  }
  std::vector<int> kernel(int h, int w) {
    return {between(1, std::min(4, h + 1)), between(1, std::min(4, w + 1))};
  }

  void conv() { conv_of(here_.name, here_.dims[2], here_.dims[3]); }
  void conv_of(const std::string& from, int h, int w) {
    std::vector<int> divisors;
    for (int g = 1; g <= channels(); ++g) {
      if (channels() % g == 0) divisors.push_back(g);
    }
    const int in = channels(), group = pick(divisors), out = group * between(1, 3);
    const std::vector<int> size = kernel(h, w);
    std::vector<std::string> inputs = {from, constant({out, in / group, size[0], size[1]})};
    const int bias = between(0, 3);
    if (bias == 0) inputs.push_back(constant({out}));
    if (bias == 1) inputs.emplace_back();
    auto& node = add("Conv", inputs);
    if (group > 1 || chance(3)) set_attribute(node, "group", group);
    set_window(node, h, w, size, true, true);
    settle();
    macs_ += std::int64_t{here_.dims[1]} * here_.dims[2] * here_.dims[3] * (in / group) * size[0] *
             size[1];
    if (bias > 1 && chance(2)) add_bias({here_.dims[1], 1, 1});
  }

  // A constant along the channels, before or behind the value, perhaps with a leading 1.
  void add_bias(std::vector<int> dims) {
    if (chance(3)) dims.insert(dims.begin(), 1);
    std::vector<std::string> inputs = {here_.name, constant(dims)};
    if (chance(2)) std::swap(inputs[0], inputs[1]);
    add("Add", inputs);
    settle();
    // What it was before the addition is no value of the network.
    earlier_.pop_back();
  }

  void pool() {
    const bool is_max = chance(2);
    const int h = here_.dims[2], w = here_.dims[3];
    const bool not_negative = here_.not_negative;
    auto& node = add(is_max ? "MaxPool" : "AveragePool", {here_.name});
    set_window(node, h, w, kernel(h, w), true, false);
    set_pool_attributes(node);
    if (!is_max || opset_ < 8 || !chance(4)) return settle(not_negative);
    node.add_output(fresh());  // indices that nobody reads
    settle(not_negative);
  }
  void set_pool_attributes(onnx::NodeProto& node) {
    const bool is_max = node.op_type() == "MaxPool";
    if (is_max && opset_ >= 8 && chance(4)) set_attribute(node, "storage_order", between(0, 1));
    if (!is_max && chance(2)) set_attribute(node, "count_include_pad", between(0, 1));
    if (opset_ < 10 || !chance(2)) return;
    // Rounding up goes by the standard of today: a window that would begin in the padding behind
    // the map is left out. The library is older, so only where it does not matter.
    const bool has_auto_pad =
        std::any_of(node.attribute().begin(), node.attribute().end(),
                    [](const auto& attribute) { return attribute.name() == "auto_pad"; });
    if (has_auto_pad) return;
    set_attribute(node, "ceil_mode", 1);
    const auto plainer = plainer_.find(here_.name);
    if (plainer != plainer_.end()) set_attribute(plainer->second, "ceil_mode", 1);
    const std::vector<int> out = inferred(here_.name);
    const auto value = [&](const char* name, std::size_t i, int otherwise) {
      for (const auto& attribute : node.attribute()) {
        if (attribute.name() == name) return int(attribute.ints(int(i)));
      }
      return otherwise;
    };
    const Value& in = earlier_.back();
    for (std::size_t i = 0; i < 2; ++i) {
      const int start = (out[2 + i] - 1) * value("strides", i, 1);
      if (start < in.dims[2 + i] + value("pads", i, 0)) continue;
      node.mutable_attribute()->RemoveLast();
      if (plainer != plainer_.end()) plainer->second.mutable_attribute()->RemoveLast();
      return;
    }
  }

  void global_pool() {
    const bool not_negative = here_.not_negative;
    if (chance(2)) {
      add("GlobalAveragePool", {here_.name});
      return settle(not_negative);
    }
    std::vector<std::string> inputs = {here_.name};
    std::vector<int> axes = {2, 3};
    if (opset_ >= 11 && chance(2)) axes = {-1, -2};
    if (chance(2)) std::swap(axes[0], axes[1]);
    if (opset_ >= 18) inputs.push_back(integers(axes));
    auto& node = add("ReduceMean", inputs);
    if (opset_ < 18) set_attribute(node, "axes", axes);
    if (opset_ >= 18 && chance(2)) {
      set_attribute(node, "noop_with_empty_axes", between(0, 1));
    }
    onnx::NodeProto plainer;
    plainer.set_op_type("ReduceMean");
    plainer.add_input(inputs[0]);
    plainer.add_output(here_.name);
    set_attribute(plainer, "axes", axes);
    if (chance(2)) {
      const int keeps = between(0, 1);
      set_attribute(node, "keepdims", keeps);
      set_attribute(plainer, "keepdims", keeps);
    }
    plainer_[here_.name] = plainer;
    settle(not_negative);
  }
};

}  // namespace escalate
