// Puts an ONNX model together: nodes, constants, and names that nothing else has.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

/// One ONNX node in the making.
class MadeNode {
 public:
  using Numbers = std::vector<std::int64_t>;
  explicit MadeNode(onnx::NodeProto& node) : node_(node) {}

  MadeNode& set(const char* name, std::int64_t value);
  MadeNode& set(const char* name, float value);
  MadeNode& set(const char* name, const Numbers& values);
  /// Kernel, strides, dilations where there are any, and paddings.
  MadeNode& set(const Window& window);

 private:
  onnx::AttributeProto& add(const char* name, onnx::AttributeProto::AttributeType type);
  onnx::NodeProto& node_;
};

class OnnxModelBuilder {
 public:
  using Strings = std::vector<std::string>;
  using Numbers = std::vector<std::int64_t>;

  onnx::ModelProto& model() { return model_; }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  /// False if something has the name.
  bool claim(const std::string& name) { return names_.insert(name).second; }
  /// A name that nothing in the file has yet.
  std::string unused(std::string name);

  MadeNode add(const std::string& op, const std::string& name, const Strings& inputs,
               const std::string& output);

  // Constants of a layer, by name. Throws UserError naming it if a value is not finite.
  std::string constant(const Node& node, const std::string& what, const Numbers& shape,
                       const std::vector<float>& values);
  std::string constant(const Node& node, const std::string& what, const Numbers& values);
  /// One number of an 8-bit type.
  std::string zero_point(const Node& node, int type, std::int64_t value);

 private:
  onnx::TensorProto& start_constant(const std::string& name, const Numbers& shape,
                                    onnx::TensorProto::DataType type);
  onnx::ModelProto model_;
  std::set<std::string> names_;  ///< of nodes, values and tensors of the file
};

}  // namespace escalate
