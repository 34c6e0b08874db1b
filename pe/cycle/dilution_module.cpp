#include "pe/cycle/dilution_module.h"

#include <string>

namespace escalate::cycle {

void Dilution::tick() {
  const RowInput* input = entry->front();
  result_ = {};
  if (input != nullptr && !input->tag.pass->pass.direct) {
    result_ = core_.tick(*input, *slot_queue.operator->());
  }
  if (result_.released) entry->release();
  activity_.began = result_.began;
}

void Dilution::list_signals(SignalList& list) const {
  list.add(*this, "element_began", 1, [this] { return result_.began; });
  list.add(*this, "entry_released", 1, [this] { return result_.released; });
  const InverseButterfly& butterfly = core_.butterfly();
  for (int stage = 0; stage < butterfly.num_stages(); ++stage) {
    list.add(*this, "butterfly.stage_" + std::to_string(stage) + "_crossing", butterfly.width(),
             [&butterfly, stage] { return butterfly.crossing(stage); });
  }
}

}  // namespace escalate::cycle
