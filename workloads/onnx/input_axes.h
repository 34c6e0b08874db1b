// How a file describes its image: which dimension is channels, which rows, which columns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "workloads/onnx/file.h"

namespace escalate {

/// What dimensions of an image are.
enum ImageAxis { kImages = -1, kChannels = 0, kRows = 1, kColumns = 2 };

/// Follows the image from a file's input to the first layers that read maps or vectors.
class InputAxes {
 public:
  using Constant = std::function<OnnxTensorPointer(const std::string&)>;

  /// `needed`: by node, whether it counts; `constant`: null of what is none of the file.
  InputAxes(const onnx::GraphProto& graph, const std::vector<bool>& needed, Constant constant)
      : graph_(graph), needed_(needed), constant_(std::move(constant)) {}

  /// Those of ONNX, images first; none of other ranks than 2 to 4.
  static std::vector<int> usual(std::size_t rank);
  /// By dimension of the input `name` of extents `dims` (below 1: open): ONNX's order, images
  /// first; [N, H, W, C] if the file brings it into ONNX's; one without images if the file adds
  /// their dimension by itself.
  std::vector<int> find(const std::string& name, const OnnxDims& dims) const;

 private:
  /// By dimension of a value that of the input; kAdded: one that the file adds.
  using Order = std::vector<int>;
  static constexpr int kAdded = -1;

  bool is_channels_last(const std::string& name) const;
  std::vector<int> without_images(const std::string& name, const OnnxDims& dims) const;
  std::vector<int> axes_of(const Order& order, std::size_t rank) const;
  /// What a node that moves values makes of an order; empty: not known.
  Order moved(const onnx::NodeProto& node, const Order& order, const OnnxDims& dims) const;
  Order unsqueezed(const onnx::NodeProto& node, const Order& order) const;
  Order reshaped(const onnx::NodeProto& node, const Order& order, const OnnxDims& dims) const;
  std::vector<std::int64_t> numbers(const onnx::NodeProto& node, const char* attribute,
                                    int i) const;

  const onnx::GraphProto& graph_;
  const std::vector<bool>& needed_;
  Constant constant_;
};

}  // namespace escalate
