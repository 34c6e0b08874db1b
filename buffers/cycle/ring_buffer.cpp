#include "buffers/cycle/ring_buffer.h"

#include <utility>

namespace escalate::cycle {

RingBuffer::RingBuffer(const sc_core::sc_module_name& name, const MachineConfig& machine)
    : ClockedUnit(name),
      writer("writer"),
      readers("readers", std::size_t(machine.slices) * std::size_t(machine.rows)),
      passes("passes"),
      rows_of_slice_(machine.rows),
      entry_channels_(machine.ring.entry_channels),
      core_(machine, machine.slices * machine.rows),
      registers_("registers", [this] { core_.clock(); }) {
  writer.bind(*this);
  for (int number = 0; number < int(readers.size()); ++number) {
    reader_ports_.push_back(
        std::make_unique<Reader>(*this, number / rows_of_slice_, number % rows_of_slice_, number));
    readers[std::size_t(number)].bind(*reader_ports_.back());
  }
}

const RowInput* RingBuffer::Reader::front() {
  const RingClocked::Slot* slot = ring_.core_.front(number_);
  if (slot == nullptr) return nullptr;
  input_ =
      row_input(ring_.passes->pass(slot->pass), *slot->entry, slice_, row_, ring_.entry_channels_);
  return &input_;
}

void RingBuffer::write(std::shared_ptr<const Entry> entry, bool at_once) {
  const std::int64_t number = passes->newest_pass();
  const ClockedPass& pass = passes->pass(number).pass;
  std::vector<bool> reads;
  for (int reader = 0; reader < int(readers.size()); ++reader) {
    reads.push_back(reader % rows_of_slice_ < pass.active_rows(reader / rows_of_slice_));
  }
  core_.write(std::move(entry), number, std::move(reads), at_once);
}

void RingBuffer::list_signals(SignalList& list) const {
  list.add(*this, "free_chunks", 16, [this] { return std::uint64_t(core_.free_chunks()); });
  list.add(*this, "empty", 1, [this] { return std::uint64_t(core_.empty()); });
}

}  // namespace escalate::cycle
