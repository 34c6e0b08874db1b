#include "compiler/layers/machine_layer.h"

#include "common/error.h"

namespace escalate {
namespace {

// The only place that lists all of them: the compiler of this file says which one is missing.
const MachineLayer* find(IntegerOp op) {
  switch (op) {
    case IntegerOp::kInput:
      return nullptr;
    case IntegerOp::kConv:
      return &machine_convolution();
    case IntegerOp::kMaxPool:
      return &machine_max_pool();
    case IntegerOp::kAvgPool:
      return &machine_average_pool();
    case IntegerOp::kAdd:
      return &machine_addition();
    case IntegerOp::kMultiply:
      return &machine_product();
    case IntegerOp::kMinimum:
      return &machine_minimum();
    case IntegerOp::kMaximum:
      return &machine_maximum();
    case IntegerOp::kTable:
      return &machine_table();
    case IntegerOp::kConcat:
      return &machine_concatenation();
    case IntegerOp::kChannelPad:
      return &machine_channel_pad();
    case IntegerOp::kSelect:
      return &machine_selection();
    case IntegerOp::kRescale:
      return &machine_rescaling();
    case IntegerOp::kFlatten:
      return &machine_flatten();
  }
  return nullptr;
}

}  // namespace

const MachineLayer& machine_layer(IntegerOp op) {
  const MachineLayer* layer = find(op);
  ensure(layer != nullptr, "a layer without a kind");
  return *layer;
}

}  // namespace escalate
