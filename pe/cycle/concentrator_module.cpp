#include "pe/cycle/concentrator_module.h"

namespace escalate::cycle {

void Concentrator::tick() {
  result_ = core_.tick(*slot_queue.operator->(), element_queue->has_room());
  if (result_.stepped) {
    adder_tree->step(core_.picks(), result_);
    row_ = result_.tag.h;
    column_ = result_.tag.w;
  }
  activity_ = {.ended = result_.final_step, .blocked = result_.blocked};
}

void Concentrator::list_signals(SignalList& list) const {
  list.add(*this, "step", 1, [this] { return result_.stepped; });
  list.add(*this, "final_step", 1, [this] { return result_.final_step; });
  list.add(*this, "blocked", 1, [this] { return result_.blocked; });
  list.add(*this, "picks", 8, [this] { return result_.stepped ? core_.picks().size() : 0; });
  list.add(*this, "element_row", 16, [this] { return std::uint64_t(row_); });
  list.add(*this, "element_column", 16, [this] { return std::uint64_t(column_); });
  list.add(*this, "slot_rows_retired", 4, [this] { return std::uint64_t(result_.retired); });
}

}  // namespace escalate::cycle
