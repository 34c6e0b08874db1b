#include "energy/machine_size.h"

namespace escalate {

MachineSize machine_size(std::int64_t multipliers, const MachineComponents& machine,
                         const CostModel& costs) {
  MachineSize size;
  size.multipliers = multipliers;
  for (const Component& component : machine.components) {
    const auto count = static_cast<double>(component.count);
    size.area_mm2 += count * costs.cost(component).area_um2 * 1e-6;
    if (component.kind != "sram" && component.kind != "register_file") continue;
    size.memory_bytes +=
        count * component.attributes.value_of("width") * component.attributes.value_of("depth") / 8;
  }
  return size;
}

}  // namespace escalate
