// OpenCV's dnn module as an ONNX runtime that is not ours.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstring>
#include <map>
#include <opencv2/dnn.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/atomic_file.h"
#include "workloads/tensor.h"

namespace escalate {

/// A tensor of one float; false if it is of another type or size.
inline bool read_scalar(const onnx::TensorProto& tensor, float& value) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT || tensor.dims_size() > 1) return false;
  if (tensor.raw_data().size() == sizeof value) {
    std::memcpy(&value, tensor.raw_data().data(), sizeof value);
    return true;
  }
  if (tensor.float_data_size() == 1) value = tensor.float_data(0);
  return tensor.float_data_size() == 1;
}

/// Makes the bounds of Clip attributes, as they were up to opset 10: OpenCV 4.6 does not read
/// bounds that are inputs.
inline void bounds_to_attributes(onnx::GraphProto& graph) {
  std::map<std::string, float> constants;
  for (const auto& tensor : graph.initializer()) {
    float value = 0;
    if (read_scalar(tensor, value)) constants[tensor.name()] = value;
  }
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "Clip") continue;
    for (int i = 1; i < node.input_size(); ++i) {
      if (node.input(i).empty()) continue;
      auto& bound = *node.add_attribute();
      bound.set_name(i == 1 ? "min" : "max");
      bound.set_type(onnx::AttributeProto::FLOAT);
      bound.set_f(constants.at(node.input(i)));
    }
    while (node.input_size() > 1) node.mutable_input()->RemoveLast();
  }
}

/// An ONNX file of one input and one output, run by OpenCV image by image. Throws cv::Exception
/// where OpenCV cannot.
class OpenCvRuntime {
 public:
  explicit OpenCvRuntime(const std::string& path) {
    onnx::ModelProto model;
    if (!model.ParseFromString(read_file(path))) throw std::runtime_error("not an ONNX file");
    bounds_to_attributes(*model.mutable_graph());
    const std::string bytes = model.SerializeAsString();
    net_ = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.enableFusion(false);  // 4.6 joins an addition x + x with a batch norm after it wrongly
    output_ = model.graph().output(0).name();
  }

  std::vector<float> run(const Tensor& image) {
    const int sizes[] = {1, image.shape.c, image.shape.h, image.shape.w};
    net_.setInput(cv::Mat(4, sizes, CV_32F, const_cast<float*>(image.values.data())));
    const cv::Mat out = net_.forward(output_);
    return {out.ptr<float>(), out.ptr<float>() + out.total()};
  }

 private:
  cv::dnn::Net net_;
  std::string output_;
};

}  // namespace escalate
