// An ONNX model whose nodes are replaced by others of the same values.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/tensor.h"

namespace escalate {

class OnnxRewriter {
 public:
  using Names = std::vector<std::string>;

  /// `folder`: where data outside the file lie. The model has to outlive it.
  OnnxRewriter(const onnx::ModelProto& model, std::string folder);

  /// A constant of the file or made here; nothing of other values.
  std::optional<OnnxTensor> constant(const std::string& name) const;
  /// The node that makes a value; null: none.
  const onnx::NodeProto* maker(const std::string& value) const;
  /// Nodes that read a value.
  std::vector<const onnx::NodeProto*> readers(const std::string& value) const;
  int opset() const { return opset_; }

  // What takes a node's place, in order.
  void keep(const onnx::NodeProto& node);
  onnx::NodeProto& add(const std::string& op, const std::string& name, const Names& inputs,
                       const std::string& output);
  /// A constant by a name that nothing else has; returns it.
  std::string add_constant(const std::string& name, const OnnxTensor& tensor);
  /// One that stands for a value of the file.
  void define(const std::string& value, const OnnxTensor& tensor);
  std::string unused(std::string name);

  onnx::ModelProto finish();
  /// Of constants made here that stand for whole numbers: OnnxTensor::steps.
  const std::map<std::string, std::int64_t>& steps() const { return steps_; }

 private:
  const onnx::ModelProto& model_;
  std::string folder_;
  int opset_ = 0;
  onnx::GraphProto made_;  ///< its nodes and constants only
  std::set<std::string> names_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  std::map<std::string, const onnx::NodeProto*> makers_;
  std::map<std::string, std::int64_t> steps_;
};

}  // namespace escalate
