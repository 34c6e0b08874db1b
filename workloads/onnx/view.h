// What a value of an ONNX file is, seen from the layer that makes it: the same values in another
// order or shape, some of them left out or repeated, zeros between them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/graph.h"
#include "workloads/onnx/movement.h"

namespace escalate {

/// A tensor of any rank over the elements of a node's output [C][H][W]. Reshapes, transposes,
/// slices, padding and enlargements make views and no layers.
struct OnnxView {
  static constexpr int kFill = MovementStep::kFill;
  int node = 0;
  /// By dimension, what each place adds to the number of the element; kFill: there is none.
  std::vector<std::vector<int>> dims;
  float fill = 0;    ///< what stands where there is no element
  std::string name;  ///< of the ONNX node that makes the value

  /// All of a node's output, as [1, C, H, W], [1, C, W] (H is 1), [1, C] or [C] (H and W are 1).
  static OnnxView whole(int node, const Shape& shape, std::size_t rank, std::string name);

  std::size_t rank() const { return dims.size(); }
  int extent(std::size_t i) const { return int(dims[i].size()); }
  OnnxDims extents() const;
  bool has_fill() const;
  /// Whether the same elements stand in the same places.
  bool is_like(const OnnxView& other) const { return dims == other.dims && fill == other.fill; }

  /// False if what it makes is no view any more: places of a dimension do not add up.
  bool move(const Movement& movement);

  /// Where each dimension is one whole axis of a node of that shape (0 channels, 1 rows, 2
  /// columns; -1: of one element, as the images), each axis once: which.
  std::optional<std::vector<int>> axes(const Shape& shape) const;
  /// A node's output of `shape` in the order that axes() told of another's.
  static OnnxView ordered(int node, const Shape& shape, const std::vector<int>& axes,
                          std::string name);

 private:
  bool reshape(const OnnxDims& to);
};

/// Places 0, step, 2 step, ...
std::vector<int> places_apart(int count, int step);

}  // namespace escalate
