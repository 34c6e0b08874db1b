// Small networks as PyTorch's exporters wrote them, with images and what PyTorch makes of these
// (scripts/pytorch_networks).
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "workloads/tensor.h"

namespace escalate {

inline std::filesystem::path pytorch_folder() {
  return std::filesystem::path(source_folder()) / "tests/onnx/pytorch";
}

/// Names of the files without their ending: NAME.trace or NAME.dynamo, by exporter.
inline std::vector<std::string> pytorch_networks() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(pytorch_folder())) {
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string pytorch_file(const std::string& name) {
  return (pytorch_folder() / (name + ".onnx")).string();
}

/// The values that lie beside a network's file, with that ending.
inline std::vector<float> pytorch_values(const std::string& name, const std::string& ending) {
  const std::string network = name.substr(0, name.find('.'));
  const std::string bytes = read_file((pytorch_folder() / (network + ending)).string());
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

inline std::vector<Tensor> pytorch_images(const std::string& name, const Shape& shape) {
  const std::vector<float> values = pytorch_values(name, ".in");
  std::vector<Tensor> images;
  for (auto at = values.begin(); at != values.end(); at += std::ptrdiff_t(shape.size())) {
    images.push_back({shape, {at, at + std::ptrdiff_t(shape.size())}});
  }
  return images;
}

/// A name that test programs take.
inline std::string pytorch_test_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

}  // namespace escalate
