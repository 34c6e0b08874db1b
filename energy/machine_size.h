// How large a machine is: what machines are made equal in when they are compared.
#pragma once

#include <cstdint>

#include "energy/component.h"
#include "energy/cost_model.h"

namespace escalate {

struct MachineSize {
  std::int64_t multipliers = 0;  ///< that multiply activations or intermediate elements
  double memory_bytes = 0;       ///< all memories on chip, maps and registers of queues included
  double area_mm2 = 0;

  bool operator==(const MachineSize&) const = default;
};

MachineSize machine_size(std::int64_t multipliers, const MachineComponents& machine,
                         const CostModel& costs);

}  // namespace escalate
