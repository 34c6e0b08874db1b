// What the compiler knows of one kind of layer. Each file of this folder has a kind or a family.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/layer_emitter.h"

namespace escalate {

/// Stateless: everything about one layer is in its node.
class MachineLayer {
 public:
  /// What results call such a layer.
  virtual std::string name(const IntegerNetwork& network, const IntegerNode& node) const = 0;
  /// Whether it moves or reduces what it reads, so that about as much of its output is zero.
  virtual bool keeps_density() const { return false; }

  // Of layers that only the post-processing unit does; InternalError for a convolution, which is
  // mapped and has emit_convolution().

  /// How it is cut. UserError names the layer if its smallest tiles do not fit.
  virtual PostPlan plan(const IntegerNode& node, const std::vector<const TensorPlace*>& inputs,
                        bool output_resident, std::int64_t workspace_bytes, int batch) const = 0;
  virtual std::vector<Instruction> emit(const MachineConfig& machine, const IntegerNode& node,
                                        const std::vector<const TensorPlace*>& inputs,
                                        const TensorPlace& output, const PostPlan& plan,
                                        bool clear_padding, SpanAllocator::Gap workspace, int batch,
                                        DataWriter& data) const = 0;

 protected:
  ~MachineLayer() = default;
};

/// Of an operation that is a layer; the network's input is none.
const MachineLayer& machine_layer(IntegerOp op);

// One of each, from its file.
const MachineLayer& machine_convolution();
const MachineLayer& machine_max_pool();
const MachineLayer& machine_average_pool();
const MachineLayer& machine_addition();
const MachineLayer& machine_product();
const MachineLayer& machine_minimum();
const MachineLayer& machine_maximum();
const MachineLayer& machine_table();
const MachineLayer& machine_concatenation();
const MachineLayer& machine_channel_pad();
const MachineLayer& machine_selection();
const MachineLayer& machine_rescaling();
const MachineLayer& machine_flatten();

}  // namespace escalate
