// Operators of quantised networks by those that they stand for.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "workloads/onnx/rewriter.h"

namespace escalate {

struct RewrittenModel {
  onnx::ModelProto model;
  std::map<std::string, std::int64_t> steps;  ///< OnnxTensor::steps of constants made here
};

/// A model without the operators below; nothing if it has none of them. Each is the operator of
/// real numbers that it stands for, behind DequantizeLinear and in front of QuantizeLinear:
///   - QLinearConv, QLinearMatMul, and of ONNX Runtime (com.microsoft) QGemm, QLinearAdd,
///     QLinearMul, QLinearConcat, QLinearAveragePool, QLinearGlobalAveragePool, QLinearSigmoid,
///     QLinearLeakyRelu, QLinearSoftmax;
///   - ConvInteger and MatMulInteger, behind QuantizeLinear or DynamicQuantizeLinear, whose scale
///     is left to calibration;
///   - Quant and BipolarQuant of QONNX and Brevitas.
/// ImageScaler, Affine and Crop, of real numbers, are replaced, too.
/// Weights become real numbers. What is not understood is left as it is. Throws UserError naming
/// a node whose scale, zero point or bits are no constants.
std::optional<RewrittenModel> without_quantized_operators(const onnx::ModelProto& model,
                                                          const std::string& folder);

/// Replaces a Quant or BipolarQuant; false if it is none, or one that is not understood.
bool rewrite_quantizer(OnnxRewriter& rewriter, const onnx::NodeProto& node);

/// Replaces an ImageScaler, Affine or Crop; false if it is none.
bool rewrite_early_operator(OnnxRewriter& rewriter, const onnx::NodeProto& node);

}  // namespace escalate
