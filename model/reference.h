// What a layer must write: its outputs by dense integer arithmetic, which nothing of the
// accelerator takes part in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/program.h"
#include "model/tensor_store.h"

namespace escalate {

class Reference {
 public:
  /// What the layer reads of one image.
  struct Inputs {
    std::vector<Activations> of_node;
    std::vector<Activations>
        of_addition;  ///< operands of a fused addition; one is the layer's output
  };

  /// The reference of one layer. Takes the program by reference.
  Reference(const Program& program, const LayerCode& layer);

  Inputs inputs(const TensorStore& tensors, int image) const;

  /// The tensor that the layer writes.
  Activations outputs(const Inputs& inputs) const;
  /// The values at the given indices of it. Of convolutions each by a dot product of its own, in
  /// rising order the fastest.
  std::vector<std::int8_t> outputs_at(std::span<const std::size_t> indices,
                                      const Inputs& inputs) const;

 private:
  std::vector<Activations> read_by(const IntegerNode& node, const TensorStore& tensors,
                                   int image) const;
  std::int8_t looked_up(std::int8_t value) const;
  std::int8_t added(std::int8_t value, const Inputs& inputs, std::size_t index) const;

  const Program& program_;
  const IntegerNode& node_;
  const IntegerNode* table_;     // fused, or nullptr
  const IntegerNode* addition_;  // fused, or nullptr
  int own_operand_ = 0;          // which operand of the addition the layer's own output is
};

}  // namespace escalate
