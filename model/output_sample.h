// Which outputs of a layer are checked: a share of them, drawn from a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph.h"

namespace escalate {

class OutputSample {
 public:
  static constexpr double kShare = 0.01;  ///< share of the outputs, rounded up

  /// Draws outputs of a tensor of shape `out`.
  OutputSample(const Shape& out, std::uint64_t seed);

  /// Indices into the tensor's values, rising.
  const std::vector<std::size_t>& outputs() const { return outputs_; }

  /// For each channel of the outputs and position of an input of shape `in`, [K][H][W]: whether an
  /// output of the sample reads it through `window`.
  std::vector<bool> positions_read(const Window& window, const Shape& in) const;

 private:
  Shape out_;
  std::vector<std::size_t> outputs_;
};

}  // namespace escalate
