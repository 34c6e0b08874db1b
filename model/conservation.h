// Laws of conservation that hold for every layer of every run, whatever the machine.
#pragma once

#include <string>

#include "model/accelerator.h"

namespace escalate {

/// InternalError names the layer, the law, and both sides.
void check_conservation(const MachineConfig& machine, const std::string& layer,
                        const LayerRun& run);

}  // namespace escalate
