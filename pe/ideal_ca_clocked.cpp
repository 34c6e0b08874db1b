#include "pe/ideal_ca_clocked.h"

namespace escalate {

IdealCaClocked::IdealCaClocked(const MachineConfig& machine)
    : dilution_(machine),
      slot_queue_(machine.ca.slot_queue_rows),
      concentrator_(machine),
      adder_tree_(machine) {}

IdealCaClocked::Result IdealCaClocked::tick(const RowInput& input, ElementWriter& queue) {
  Result result;
  result.began = !began_;
  began_ = true;
  if (!queue.has_room()) {
    result.blocked = true;
    return result;
  }
  bool diluted = false;
  while (!result.released) {
    if (!diluted) diluted = dilution_.tick(input, slot_queue_).released;
    slot_queue_.clock();
    const auto step = concentrator_.tick(slot_queue_, true);
    if (step.stepped) adder_tree_.step(concentrator_.picks(), step, queue);
    slot_queue_.clock();
    result.released = step.final_step;
  }
  began_ = false;
  return result;
}

MachineCounters IdealCaClocked::counters() const {
  MachineCounters sum = dilution_.counters();
  add_fields(sum, adder_tree_.counters());
  return sum;
}

}  // namespace escalate
