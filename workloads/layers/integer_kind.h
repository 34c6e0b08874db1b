// What one operation of an integer network knows of itself, beside the kinds of layers that become
// it.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/integer_network.h"
#include "workloads/layers/layer_kind.h"

namespace escalate {

class IntegerCheck;

/// Stateless, as LayerKind.
class IntegerKind {
 public:
  virtual InputCount inputs() const { return {}; }
  virtual bool has_window() const { return false; }
  /// UserError naming the node unless its shape follows from what it reads, and all that it has is
  /// of the size and in the range that run() wants.
  virtual void check(const IntegerCheck& check) const = 0;
  /// The output by dense integer arithmetic.
  virtual Activations run(const IntegerNode& node,
                          const std::vector<const Activations*>& inputs) const = 0;
  /// is_filled() and num_filled() of integer_network.h.
  virtual bool is_filled(const IntegerNode&, int /*c*/, int /*h*/, int /*w*/) const {
    return false;
  }
  virtual std::int64_t num_filled(const IntegerNode&) const { return 0; }

 protected:
  ~IntegerKind() = default;
};

}  // namespace escalate
