// One node of an ONNX file: its attributes as numbers, and errors that name it.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/signatures.h"

namespace escalate {

class OnnxNode {
 public:
  /// UserError if the node is not as its operator is defined in `opset`.
  /// `images`: how many the file's input holds.
  OnnxNode(const onnx::NodeProto& proto, const OnnxOperator& known, int opset,
           std::int64_t images = 1);

  /// Throws UserError with the node's name and operator.
  [[noreturn]] void fail(const std::string& message) const { fail(proto_, message); }
  [[noreturn]] static void fail(const onnx::NodeProto& proto, const std::string& message);

  /// The node's name, or where it has none that of its first output.
  std::string name() const { return name_of(proto_); }
  static std::string name_of(const onnx::NodeProto& proto);
  const std::string& op() const { return proto_.op_type(); }
  int opset() const { return opset_; }
  std::int64_t images() const { return images_; }
  const onnx::NodeProto& proto() const { return proto_; }

  int num_inputs() const { return proto_.input_size(); }
  bool has_input(int i) const { return i < proto_.input_size() && !proto_.input(i).empty(); }
  const std::string& input(int i) const { return proto_.input(i); }
  const std::string& output() const { return proto_.output(0); }
  int num_outputs() const { return proto_.output_size(); }
  const std::string& output(int i) const { return proto_.output(i); }
  /// Names of the outputs after the first.
  std::vector<std::string> other_outputs() const;

  // An attribute that none of these is asked for is one that nobody honours: expect_all_asked().
  bool has(const std::string& attribute) const { return find(attribute) != nullptr; }
  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  bool flag(const std::string& attribute, bool otherwise = false) const;  ///< 0 or 1
  float number(const std::string& attribute, float otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
  std::vector<int> integers(const std::string& attribute, std::vector<int> otherwise) const;
  std::vector<std::int64_t> longs(const std::string& attribute,
                                  std::vector<std::int64_t> otherwise) const;
  /// The same of a dimension out of `rank`, counted from the end if negative.
  int axis(const std::string& attribute, int otherwise, int rank) const;
  int axis_of(std::int64_t value, int rank) const;
  const onnx::AttributeProto* find(const std::string& attribute) const;
  /// Attributes without influence on what is read are ignored.
  void ignore(const std::string& attribute) const { asked_.insert(attribute); }
  void expect_all_asked() const;

  /// A number that has to be small enough for an extent of a tensor.
  int extent(const std::string& what, std::int64_t value) const;

 private:
  const onnx::NodeProto& proto_;
  int opset_;
  std::int64_t images_;
  mutable std::set<std::string> asked_;
};

}  // namespace escalate
