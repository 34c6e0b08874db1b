// Makes models of their own of nodes that the host computes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/file.h"
#include "workloads/onnx/network.h"

namespace escalate {

class HostBuilder {
 public:
  explicit HostBuilder(OnnxFile& file);

  void add_input(const std::string& name, const OnnxDims& dims);
  /// A node of the file, after those whose values it reads, with the constants that it reads.
  void add_node(const onnx::NodeProto& node, const OnnxNetwork& network);
  void add_constant(const std::string& name, const OnnxTensor& tensor);
  /// Defines `to` as `from` (of shape `dims`) in another order and shape.
  void add_reordered(const std::string& from, const OnnxDims& dims, const std::string& to,
                     const std::vector<std::int64_t>& order, const OnnxDims& shape);
  void add_output(const std::string& name);
  bool has_nodes() const { return model_.graph().node_size() > 0; }

  HostPart finish();

 private:
  OnnxFile& file_;
  onnx::ModelProto model_;
  std::vector<std::string> operators_;
};

}  // namespace escalate
