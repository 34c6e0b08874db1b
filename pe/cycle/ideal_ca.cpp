#include "pe/cycle/ideal_ca.h"

#include <utility>

namespace escalate {

IdealCaClocked::IdealCaClocked(const MachineConfig& machine)
    : dilution_(machine),
      slot_queue_(machine.ca.slot_queue_rows),
      concentrator_(machine),
      adder_tree_(machine),
      made_(1) {}

void IdealCaClocked::make(const RowInput& input) {
  bool diluted = false;
  for (bool ended = false; !ended;) {
    if (!diluted) diluted = dilution_.tick(input, slot_queue_).released;
    slot_queue_.clock();
    const auto step = concentrator_.tick(slot_queue_, true);
    if (step.stepped) adder_tree_.step(concentrator_.picks(), step, made_);
    slot_queue_.clock();
    ended = step.final_step;
  }
  made_.clock();
  waiting_.emplace_back();
  if (made_.size() == 0) return;
  waiting_.back() = made_.front();
  made_.pop();
  made_.clock();
}

IdealCaClocked::Result IdealCaClocked::tick(const RowInput* input, ElementWriter& queue) {
  Result result;
  if (input != nullptr) make(*input);
  result.released = input != nullptr;
  if (waiting_.empty()) return result;
  result.began = !began_;
  began_ = true;
  if (!queue.has_room()) {
    result.blocked = true;
    return result;
  }
  if (waiting_.front()) queue.push(*std::move(waiting_.front()));
  waiting_.pop_front();
  result.ended = true;
  began_ = false;
  return result;
}

MachineCounters IdealCaClocked::counters() const {
  MachineCounters sum = dilution_.counters();
  add_fields(sum, adder_tree_.counters());
  return sum;
}

}  // namespace escalate
