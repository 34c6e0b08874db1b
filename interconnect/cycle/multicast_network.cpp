#include "interconnect/cycle/multicast_network.h"

#include <algorithm>

namespace escalate::cycle {

MulticastNetwork::MulticastNetwork(const sc_core::sc_module_name& name,
                                   const MachineConfig& machine)
    : ClockedUnit(name),
      control("control"),
      source("source"),
      blocks("blocks", std::size_t(machine.blocks)),
      core_(machine) {
  SC_HAS_PROCESS(MulticastNetwork);
  SC_METHOD(send);
  sensitive << clock.pos();
  dont_initialize();
  control.bind(*this);
}

void MulticastNetwork::start() {
  sending_ = true;
  send();
}

bool MulticastNetwork::has_room(const Delivery& delivery) const {
  return std::all_of(delivery.blocks.begin(), delivery.blocks.end(), [&](int block) {
    return blocks[std::size_t(block)]->free_chunks() >= delivery.entry->num_chunks();
  });
}

void MulticastNetwork::deliver(const Delivery& delivery, bool at_once) {
  for (const int block : delivery.blocks) {
    blocks[std::size_t(block)]->write(delivery.entry, at_once);
  }
}

// Sends entries that start in this cycle, at its beginning. With ideal.input they are delivered,
// too.
void MulticastNetwork::send() {
  while (sending_ && core_.is_free()) {
    const Delivery* delivery = source->next();
    if (delivery == nullptr) {
      end_if_all_sent();
      return;
    }
    if (!has_room(*delivery)) return;
    for (const int block : delivery->blocks) {
      blocks[std::size_t(block)]->reserve(delivery->entry->num_chunks());
    }
    const auto delivered = core_.start(*delivery);
    source->take();
    if (delivered) deliver(*delivered, true);
  }
}

void MulticastNetwork::tick() {
  const auto delivered = core_.tick();
  if (!delivered) return;
  deliver(*delivered, false);
  end_if_all_sent();
}

void MulticastNetwork::end_if_all_sent() {
  if (!sending_ || source->next() != nullptr) return;
  sending_ = false;
  source->all_sent();
}

void MulticastNetwork::list_signals(SignalList& list) const {
  list.add(*this, "sending", 1, [this] { return std::uint64_t(!core_.is_free()); });
  list.add(*this, "entries_sent", 32,
           [this] { return std::uint32_t(core_.counters().entries_sent); });
}

}  // namespace escalate::cycle
