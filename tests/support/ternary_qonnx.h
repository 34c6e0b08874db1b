// A small ternary network in the form that Brevitas and QONNX export.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/quantized_model.h"

namespace escalate {

/// With `shift` 0 batch norms and the classifier have no offsets, so that no bias is rounded.
/// in 3x8x8 -> first (8, 3x3, int8) -> second (8, 3x3) -> pool -> point (12, 1x1) -> mean ->
/// classifier (5), each with a ReLU of 4 bits behind it but for the last; every tensor is
/// quantised, and the weights behind the first layer's have 2 bits.
class TernaryQonnx {
 public:
  explicit TernaryQonnx(float shift) : model_(13, {1, 3, 8, 8}), shift_(shift) {
    add_quant(model_, "in", "image", 0.0231f, 8);
    convolution("image", "first", {8, 3, 3, 3}, 8, true);
    convolution("first.out", "second", {8, 8, 3, 3}, 2, true);
    auto& pool = model_.add("MaxPool", {"second.out"}, {"pool"});
    set_attribute(pool, "kernel_shape", std::vector<int>{2, 2});
    set_attribute(pool, "strides", std::vector<int>{2, 2});
    convolution("pool", "point", {12, 8, 1, 1}, 2, false);
    model_.add("GlobalAveragePool", {"point.out"}, {"mean"});
    add_quant(model_, "mean", "mean.out", 0.0173f, 8);
    model_.add("Flatten", {"mean.out"}, {"flat"});
    weights("classifier", {5, 12}, 2);
    model_.floats("classifier.bias", {5},
                  {0.31f * shift, -0.07f * shift, 0.13f * shift, 0.02f * shift, -0.41f * shift});
    auto& gemm = model_.add("Gemm", {"flat", "classifier.w", "classifier.bias"}, {"classifier"});
    set_attribute(gemm, "transB", 1);
    add_quant(model_, "classifier", "out", 0.0117f, 8);
    model_.output("out");
  }
  const OnnxModel& model() const { return model_; }

 private:
  // Float weights, as they were trained, and what makes them few.
  void weights(const std::string& name, const std::vector<int>& dims, float bits) {
    int size = 1;
    for (const int extent : dims) size *= extent;
    std::vector<float> values, scales;
    for (int i = 0; i < size; ++i) {
      values.push_back(std::sin(0.37f * float(i * i) + float(name.size())));
    }
    model_.floats(name + ".latent", dims, values);
    for (int k = 0; k < dims[0]; ++k) {
      scales.push_back(bits == 2 ? 0.6f + 0.013f * float(k) : 0.0079f + 1e-4f * float(k));
    }
    add_quant(model_, name + ".latent", name + ".w", 1, bits, true, true);
    auto& scale = *model_.graph().mutable_initializer(model_.graph().initializer_size() - 3);
    scale.clear_float_data();
    for (std::size_t i = 0; i < dims.size(); ++i) scale.add_dims(i == 0 ? dims[0] : 1);
    for (const float value : scales) scale.add_float_data(value);
  }

  void convolution(const std::string& from, const std::string& name, const std::vector<int>& dims,
                   float bits, bool is_padded) {
    weights(name, dims, bits);
    auto& conv = model_.add("Conv", {from, name + ".w"}, {name});
    if (is_padded) set_attribute(conv, "pads", std::vector<int>{1, 1, 1, 1});
    const auto by_channel = [&](const char* what, float first, float step) {
      std::vector<float> values;
      for (int k = 0; k < dims[0]; ++k) values.push_back(first + step * float(k % 3));
      model_.floats(name + what, {dims[0]}, values);
    };
    by_channel(".scale", 0.4f, 0.11f);
    by_channel(".bias", -0.1f * shift_, 0.17f * shift_);
    by_channel(".mean", 0.05f * shift_, -0.03f * shift_);
    by_channel(".variance", 0.9f, 0.4f);
    model_.add("BatchNormalization",
               {name, name + ".scale", name + ".bias", name + ".mean", name + ".variance"},
               {name + ".norm"});
    model_.add("Relu", {name + ".norm"}, {name + ".relu"});
    add_quant(model_, name + ".relu", name + ".out", 0.137f, 4, false);
  }

  OnnxModel model_;
  float shift_;
};

}  // namespace escalate
