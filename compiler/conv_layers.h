// The convolutions of a network as the mapper sees them: shapes, coefficients in the order in which
// the input lies, and how many of what is not zero.
#pragma once

#include <map>

#include "compiler/mapping.h"
#include "compiler/network_steps.h"

namespace escalate {

class ConvLayers {
 public:
  /// Refers to `steps`.
  explicit ConvLayers(const NetworkSteps& steps);

  /// The convolution of a step. It refers to this object and to the network.
  ConvLayer layer(int step) const;
  /// Sets `layer.coefficients`: as they lie in the network, unless a flattened input wants them in
  /// another order, which `layer.in` then says.
  void set_coefficients(int step, ConvLayer& layer) const;

  /// Share of the tensor's values that its readers find not to be zero: counted of drawn values,
  /// supposed of others, since activations are not known when a network is compiled.
  double read_density(int tensor) const;

 private:
  const NetworkSteps& steps_;
  std::map<int, IntegerNode> widened_;  ///< those that run with wider kernels, by node
};

}  // namespace escalate
