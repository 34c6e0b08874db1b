// The ONNX operators that are read, as the standard has them: attributes, inputs and outputs by
// opset. A test holds the table against ONNX's own definitions.
#pragma once

#include <onnx/onnx_pb.h>

#include <limits>
#include <string>
#include <vector>

namespace escalate {

constexpr int kFirstOpset = 7, kLastOpset = 28;

struct OnnxOperator {
  struct Attribute {
    std::string name;
    onnx::AttributeProto::AttributeType type;
    int since = kFirstOpset, until = kLastOpset;  ///< opsets that have it
  };
  struct Count {
    int since;  ///< holds from this opset to the next entry's
    int least, most;
  };
  std::string name;
  int since = kFirstOpset, until = kLastOpset;  ///< opsets that define it
  std::vector<Attribute> attributes;
  std::vector<Count> inputs, outputs;

  /// The entry that holds in `opset`.
  static const Count& count_in(int opset, const std::vector<Count>& counts);
  /// Null if the operator has none of that name in `opset`.
  const Attribute* find(const std::string& attribute, int opset) const;
};

const std::vector<OnnxOperator>& onnx_operators();
std::vector<OnnxOperator> onnx_signature_table();  ///< makes them

/// The operator of that name of the standard's domain; null if it is not read.
const OnnxOperator* find_onnx_operator(const std::string& name);

/// What a node has that its operator has not in `opset`, or lacks; empty if nothing: an attribute
/// of another name or type, too few or too many inputs or outputs.
std::string signature_fault(const onnx::NodeProto& node, const OnnxOperator& known, int opset);

}  // namespace escalate
