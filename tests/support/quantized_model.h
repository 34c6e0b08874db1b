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

}  // namespace escalate
