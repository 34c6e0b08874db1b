// The ring input buffer of a PE block as a module (docs/microarchitecture.md, section 5).
#pragma once

#include <memory>
#include <vector>

#include "buffers/cycle/ring.h"
#include "interconnect/cycle/clocked_unit.h"
#include "interconnect/cycle/entry_ports.h"
#include "interconnect/cycle/registered_channel.h"

namespace escalate::cycle {

class RingBuffer : public ClockedUnit, public RingWriterIf {
 public:
  sc_core::sc_export<RingWriterIf> writer;
  sc_core::sc_vector<sc_core::sc_export<EntryPortIf>> readers;  ///< by PE row, slice-major
  sc_core::sc_port<PassTableIf> passes;

  RingBuffer(const sc_core::sc_module_name& name, const MachineConfig& machine);

  int free_chunks() const override { return core_.free_chunks(); }
  void reserve(int chunks) override { core_.reserve(chunks); }
  void write(std::shared_ptr<const Entry> entry, bool at_once) override;

  bool is_empty() const { return core_.empty(); }
  const MachineCounters& counters() const { return core_.counters(); }
  void list_signals(SignalList& list) const;

 private:
  /// The read port of one PE row.
  class Reader : public EntryPortIf {
   public:
    Reader(RingBuffer& ring, int slice, int row, int number)
        : ring_(ring), slice_(slice), row_(row), number_(number) {}
    const RowInput* front() override;
    void release() override { ring_.core_.release(number_); }

   private:
    RingBuffer& ring_;
    int slice_, row_, number_;
    RowInput input_;
  };
  void tick() override { registers_.request(); }

  int rows_of_slice_;
  int entry_channels_;
  RingClocked core_;
  RegisterUpdate registers_;
  std::vector<std::unique_ptr<Reader>> reader_ports_;
};

}  // namespace escalate::cycle
