#include "pe/cycle/direct_picker_module.h"

namespace escalate::cycle {

void DirectPicker::tick() {
  const RowInput* input = entry->front();
  result_ = {};
  if (input != nullptr && input->tag.pass->pass.direct) {
    result_ = core_.tick(*input, *element_queue.operator->());
  }
  if (result_.released) entry->release();
  activity_ = {result_.began, result_.released, result_.blocked};
}

void DirectPicker::list_signals(SignalList& list) const {
  list.add(*this, "element_pushed", 1, [this] { return result_.pushed; });
  list.add(*this, "entry_released", 1, [this] { return result_.released; });
  list.add(*this, "blocked", 1, [this] { return result_.blocked; });
}

}  // namespace escalate::cycle
