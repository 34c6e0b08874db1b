// What a mapping costs at least: bounds that leave most mappings out of the search.
#pragma once

#include "compiler/mapping_cost.h"

namespace escalate {

/// What mapping_cost() is at least, each of the three: sums, found in a fraction of the time.
MappingCost least_mapping_cost(const MachineConfig& machine, const ConvLayer& layer,
                               const MappingRoom& room, const ConvMapping& mapping);

/// The same for the mapping and all that have more row tiles or smaller passes.
MappingCost least_cost_in_parts(const MachineConfig& machine, const ConvLayer& layer,
                                const MappingRoom& room, const ConvMapping& mapping);

}  // namespace escalate
