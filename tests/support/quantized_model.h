// Parts of quantised ONNX models, as other tools leave them.
#pragma once

#include <string>
#include <vector>

#include "tests/support/onnx_model.h"

namespace escalate {

/// A constant of whole numbers of an ONNX type; one number without dimensions where `dims` is
/// empty.
inline void add_whole(OnnxModel& model, const std::string& name, int type,
                      const std::vector<int>& dims, const std::vector<int>& values) {
  auto& tensor = *model.graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const int extent : dims) tensor.add_dims(extent);
  for (const int value : values) tensor.add_int32_data(value);
}

inline void add_scalar(OnnxModel& model, const std::string& name, float value) {
  model.floats(name, {}, {value});
}

/// QuantizeLinear to NAME.q and DequantizeLinear to NAME, of the scale and zero point NAME.s and
/// NAME.z.
inline void add_pair(OnnxModel& model, const std::string& from, const std::string& name,
                     float scale, int zero_point = 0, int type = onnx::TensorProto::INT8) {
  add_scalar(model, name + ".s", scale);
  add_whole(model, name + ".z", type, {}, {zero_point});
  model.add("QuantizeLinear", {from, name + ".s", name + ".z"}, {name + ".q"});
  model.add("DequantizeLinear", {name + ".q", name + ".s", name + ".z"}, {name});
}

/// Quant of QONNX with one scale, zero point and number of bits.
inline onnx::NodeProto& add_quant(OnnxModel& model, const std::string& from,
                                  const std::string& name, float scale, float bits,
                                  bool is_signed = true, bool is_narrow = false) {
  add_scalar(model, name + ".s", scale);
  add_scalar(model, name + ".z", 0);
  add_scalar(model, name + ".b", bits);
  auto& node = model.add("Quant", {from, name + ".s", name + ".z", name + ".b"}, {name});
  node.set_domain("qonnx.custom_op.general");
  set_attribute(node, "signed", int{is_signed});
  set_attribute(node, "narrow", int{is_narrow});
  set_attribute(node, "rounding_mode", "ROUND");
  return node;
}

/// A chain of real layers and quantisations whose numbers are powers of two, so that every sum is
/// exact and no tool rounds another way.
inline OnnxModel by_pairs() {
  OnnxModel model(13, {1, 2, 4, 4});
  add_pair(model, "in", "x", 0.0625f);
  add_whole(model, "w.q", onnx::TensorProto::INT8, {3, 2, 3, 3}, [] {
    std::vector<int> values;
    for (int i = 0; i < 54; ++i) values.push_back((i * 37) % 255 - 127);
    return values;
  }());
  model.floats("w.s", {3}, {0.03125f, 0.0625f, 0.015625f});
  auto& weights = model.add("DequantizeLinear", {"w.q", "w.s"}, {"w"});
  set_attribute(weights, "axis", 0);
  model.floats("b", {3}, {0.5f, -1, 2});
  auto& conv = model.add("Conv", {"x", "w", "b"}, {"c"});
  set_attribute(conv, "pads", std::vector<int>{1, 1, 1, 1});
  add_pair(model, "c", "y", 0.5f, 4, onnx::TensorProto::UINT8);
  model.add("Add", {"y", "y"}, {"sum"});
  add_pair(model, "sum", "z", 1.0f);
  return model;
}

/// The same of quantised operators.
inline OnnxModel by_quantized_operators() {
  OnnxModel model(13, {1, 2, 4, 4});
  const OnnxModel pairs = by_pairs();
  for (const auto& tensor : pairs.proto.graph().initializer()) {
    *model.graph().add_initializer() = tensor;
  }
  model.add("QuantizeLinear", {"in", "x.s", "x.z"}, {"x.q"});
  add_whole(model, "w.z", onnx::TensorProto::INT8, {3}, {0, 0, 0});
  // In steps of x.s and w.s.
  add_whole(model, "b.q", onnx::TensorProto::INT32, {3}, {256, -256, 2048});
  auto& conv = model.add("QLinearConv",
                         {"x.q", "x.s", "x.z", "w.q", "w.s", "w.z", "y.s", "y.z", "b.q"}, {"y.q"});
  set_attribute(conv, "pads", std::vector<int>{1, 1, 1, 1});
  auto& sum =
      model.add("QLinearAdd", {"y.q", "y.s", "y.z", "y.q", "y.s", "y.z", "z.s", "z.z"}, {"z.q"});
  sum.set_domain("com.microsoft");
  model.add("DequantizeLinear", {"z.q", "z.s", "z.z"}, {"z"});
  return model;
}

/// A convolution whose uint8 weights are up to 255 steps from their zero point, which int8 has not.
inline OnnxModel with_far_weights() {
  OnnxModel model(13, {1, 2, 5, 5});
  add_whole(model, "w.q", onnx::TensorProto::UINT8, {1, 2, 1, 2}, {1, 255, 3, 100});
  add_scalar(model, "w.s", 0.5f);
  add_whole(model, "w.z", onnx::TensorProto::UINT8, {}, {0});
  model.add("DequantizeLinear", {"w.q", "w.s", "w.z"}, {"w"});
  model.add("Conv", {"in", "w"}, {"c"});
  model.output("c");
  return model;
}

}  // namespace escalate
