// The analytic model by which mappings of a convolution are compared (docs/compiler.md,
// "Estimate").
#pragma once

#include "compiler/mapping.h"

namespace escalate {

struct MappingCost {
  double cycles = 0;           ///< from the first load to the last store
  double dram_bytes = 0;       ///< loaded and stored
  double delivered_bytes = 0;  ///< to all ring input buffers
};

/// Goes through the layer's loads, passes, drains and stores as the emitter orders them, each as
/// long as its unit would take for it with activations of the layer's densities, and each after
/// those that it needs: data, and places in double buffers. Loads and stores share DRAM's bus.
MappingCost mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                         const MappingRoom& room, const ConvMapping& mapping);

}  // namespace escalate
