// What the names of values in an ONNX file stand for, as far as it has been read.
#pragma once

#include <onnx/onnx_pb.h>

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/node.h"

namespace escalate {

/// Zeros around a map that its reader takes over.
struct OnnxPads {
  std::array<int, 4> sides{};  ///< top, left, bottom, right
  bool any() const { return sides != std::array<int, 4>{}; }
};

/// A value that is computed from the image: what a node of the graph makes, perhaps padded.
struct OnnxMap {
  int node = 0;
  int rank = 4;  ///< dimensions, 4 of a map and 2 of a vector
  OnnxPads pads;
};

/// Whole numbers: computed from shapes, or a constant of the file.
struct OnnxSizes {
  /// The number of images, which the file may leave open.
  static constexpr std::int64_t kImages = std::numeric_limits<std::int64_t>::min();
  std::vector<std::int64_t> values;
  bool is_scalar = false;
};

/// The name of a value stands for one thing only; all that it is asked for by a node comes with
/// errors that name the node.
class OnnxValues {
 public:
  /// False if the name stands for something.
  bool claim(const std::string& name) { return names_.insert(name).second; }

  void define(const std::string& name, const onnx::TensorProto* constant);
  void define(const std::string& name, onnx::TensorProto constant);  ///< keeps it
  void define(const std::string& name, OnnxMap map) { maps_[name] = map; }
  void define(const std::string& name, OnnxSizes sizes) { sizes_[name] = std::move(sizes); }

  /// Null if it is not of that kind.
  const onnx::TensorProto* find_constant(const std::string& name) const;
  const OnnxMap* find_map(const std::string& name) const;
  const OnnxSizes* find_sizes(const std::string& name) const;

  /// Nobody may read what a node made any more, for it now makes something else: that `because`.
  void retire(int node, const std::string& because);

  /// Input `i` of a node, padded or not; or one that is not padded.
  const OnnxMap& padded_map(const OnnxNode& node, int i) const;
  const OnnxMap& map(const OnnxNode& node, int i) const;
  const onnx::TensorProto& constant(const OnnxNode& node, int i, const std::string& what) const;
  std::vector<float> floats(const OnnxNode& node, int i, const std::string& what) const;
  float scalar(const OnnxNode& node, int i, const std::string& what) const;
  OnnxSizes sizes(const OnnxNode& node, int i, const std::string& what) const;

 private:
  std::set<std::string> names_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  std::deque<onnx::TensorProto> kept_;
  std::map<std::string, OnnxMap> maps_;
  std::map<std::string, OnnxSizes> sizes_;
  std::map<std::string, std::string> retired_;
};

}  // namespace escalate
