#include "pe/cycle/ideal_ca_module.h"

namespace escalate::cycle {

void IdealCa::tick() {
  const RowInput* input = entry->front();
  // In direct mode the entry is the direct picker's.
  if (input != nullptr && input->tag.pass->pass.direct) input = nullptr;
  result_ = core_.tick(input, *element_queue.operator->());
  if (result_.released) entry->release();
  activity_ = {result_.began, result_.ended, result_.blocked};
}

void IdealCa::list_signals(SignalList& list) const {
  list.add(*this, "element_began", 1, [this] { return result_.began; });
  list.add(*this, "element_ended", 1, [this] { return result_.ended; });
  list.add(*this, "entry_released", 1, [this] { return result_.released; });
  list.add(*this, "blocked", 1, [this] { return result_.blocked; });
}

}  // namespace escalate::cycle
