// An ONNX file as it is opened: its operators by opset, its constants, its input and outputs.
#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/onnx/node.h"
#include "workloads/onnx/reader.h"
#include "workloads/onnx/tensor.h"

namespace escalate {

/// Dimensions in which the file describes its image, and how they are the network's.
struct OnnxInput {
  std::string name;
  OnnxDims dims;            ///< with one image
  std::vector<int> axes;    ///< by dimension: -1 images, 0 channels, 1 rows, 2 columns
  std::int64_t images = 0;  ///< that the file asks for; 0: any number

  /// Whether dimensions are in ONNX's order, images first.
  bool is_usual() const { return axes[0] < 0 && std::is_sorted(axes.begin(), axes.end()); }
  /// Channels, rows and columns; 1 of what no dimension is.
  Shape shape() const;
};

class OnnxFile {
 public:
  /// `folder`: where data outside the file lie; `steps`: OnnxTensor::steps of its constants. Throws
  /// UserError if its opset or input is not read.
  OnnxFile(const onnx::ModelProto& model, const OnnxOptions& options, std::string folder,
           std::map<std::string, std::int64_t> steps = {});

  const onnx::GraphProto& graph() const { return model_.graph(); }
  const onnx::ModelProto& model() const { return model_; }
  int opset() const { return opset_; }
  const OnnxInput& input() const { return input_; }
  /// Those asked for, or all.
  const std::vector<std::string>& outputs() const { return outputs_; }
  /// By node: whether it leads to an output.
  const std::vector<bool>& needed() const { return needed_; }
  /// By value: how many needed nodes and outputs read it.
  const std::map<std::string, int>& readers() const { return readers_; }
  /// Whether this program wrote it: its metadata tell of all its nodes.
  bool is_ours() const;
  std::map<std::string, std::string> metadata() const;

  /// Null if it is no constant of the file.
  OnnxTensorPointer constant(const std::string& name);
  /// What is wrong with a node's operator, before it is looked at; empty if nothing.
  std::string operator_fault(const onnx::NodeProto& node) const;
  /// Number of the node that makes a value; -1: none.
  int maker(const std::string& value) const;
  std::string left_out() const;  ///< a word on nodes that lead nowhere; empty if there are none

 private:
  void check_opset();
  void claim_names();
  void choose_outputs();
  void find_needed();
  void read_input();
  void set_input(const onnx::ValueInfoProto& declared);
  void check_input_type(const onnx::ValueInfoProto& declared) const;

  const onnx::ModelProto& model_;
  const OnnxOptions& options_;
  std::string folder_;
  std::map<std::string, std::int64_t> steps_;
  int opset_ = 0;
  OnnxInput input_;
  std::vector<std::string> outputs_;
  std::vector<bool> needed_;
  std::map<std::string, int> readers_;
  std::map<std::string, int> makers_;
  std::map<std::string, const onnx::TensorProto*> initializers_;
  std::map<std::string, OnnxTensorPointer> constants_;
};

}  // namespace escalate
